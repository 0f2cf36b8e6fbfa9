"""The filters of a search as its page shows them: the choices, those that are set, and each without itself."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from app.domain.listings.amenities import AMENITIES
from app.domain.search.facets import MOST_ROOMS, RATINGS
from app.i18n import current_language, format_rating, gettext
from app.kit.money import format_tenge
from app.models import PropertyClass
from app.wording.terms import class_label
from blueprints.shared.search_query import SearchQuery

Labelled = tuple[tuple[str, str], ...]
"""Codes with what people read."""


class Choices(NamedTuple):
    """What can be chosen, in the reader's language; values as addresses have them."""

    rooms: Labelled
    classes: Labelled
    amenities: Labelled
    ratings: Labelled


class Chosen(NamedTuple):
    """What is chosen. Hashable: the form is kept by it."""

    rooms: str
    classes: tuple[str, ...]
    amenities: tuple[str, ...]
    rating: str
    is_instant: bool
    is_flexible: bool
    has_dates: bool
    number: int


class Chip(NamedTuple):
    """A filter that is set, and the address of the search without it."""

    label: str
    url: str


def choices() -> Choices:
    """In the current language."""
    return _choices(current_language())


@lru_cache(maxsize=8)
def _choices(_language: str) -> Choices:
    return Choices(
        rooms=tuple((str(n), f"{n}+" if n > 1 else "1+") for n in range(1, MOST_ROOMS + 1)),
        classes=tuple((code.value, class_label(code)) for code in PropertyClass),
        amenities=tuple((code, gettext(text)) for code, text in AMENITIES),
        ratings=tuple((f"{rating / 100:g}", f"{format_rating(rating / 100)}+") for rating in RATINGS),
    )


def chosen_of(query: SearchQuery) -> Chosen:
    """What the form shows as chosen."""
    return Chosen(
        rooms=str(query.rooms or ""),
        classes=query.classes,
        amenities=query.amenities,
        rating=f"{query.rating / 100:g}" if query.rating else "",
        is_instant=query.instant_only,
        is_flexible=query.is_flexible,
        has_dates=query.stay is not None,
        number=query.filters_count,
    )


def chips_of(query: SearchQuery) -> list[Chip]:
    """The filters that are set, each removable alone."""
    known = choices()
    found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
    if query.text:
        found.append((f"«{query.text}»", (("q", None),)))
    if query.is_flexible and query.stay is not None:
        found.append((gettext("Даты ± 3 дня"), (("flexible", None),)))
    if query.price_from is not None or query.price_to is not None:
        found.append((_price_label(query), (("price_from", None), ("price_to", None))))
    if query.rooms:
        found.append((gettext("Комнат от %(count)s") % {"count": query.rooms}, (("rooms", None),)))
    found += [(label, (("property_class", code),)) for code, label in known.classes if code in query.classes]
    if query.rating:
        rating = gettext("Оценка от %(rating)s") % {"rating": format_rating(query.rating / 100)}
        found.append((rating, (("rating", None),)))
    if query.instant_only:
        found.append((gettext("Мгновенное бронирование"), (("instant", None),)))
    found += [(label, (("amenity", code),)) for code, label in known.amenities if code in query.amenities]
    if query.area is not None:
        found.append((gettext("Участок карты"), (("box", None), ("near", None), ("radius", None))))
    return [Chip(label, query.address(without=without)) for label, without in found]


def _price_label(query: SearchQuery) -> str:
    least = "" if query.price_from is None else gettext("от %(amount)s") % {"amount": format_tenge(query.price_from)}
    most = "" if query.price_to is None else gettext("до %(amount)s") % {"amount": format_tenge(query.price_to)}
    return f"{least} {most}".strip()
