"""Lists of cards as finished markup, kept in the process: twenty cards cost most of a search page otherwise.

A card's markup is kept by the row it was written from, hence by everything it shows, so it is never stale. What depends
on the guest's choice is put in afterwards: the query of its address and the price; so is the heart, which is one
person's. Kept cards hold no personal data, no token and no nonce.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from app.domain.listings.cards import CardRow, card_from
from app.i18n import current_language, format_day_month, gettext, ngettext
from app.kit.money import format_tenge
from app.kit.period import Stay
from blueprints.shared.hearts import Hearts
from blueprints.shared.kept import gap, split
from blueprints.shared.presenting import card_view
from blueprints.shared.templates import template

KEPT = 8192
"""About 1.5 KB each: 12 MB a process at most."""


def cards_html(
    rows: Sequence[CardRow],
    totals: Sequence[int] | None = None,
    *,
    hearts: Hearts,
    stay: Stay | None = None,
    stays: Sequence[Stay] | None = None,
    guests: int = 1,
    suffix: str = "",
    heading: str = "h3",
    eager: int = 0,
) -> Markup:
    """The cards of a list, one after another, as components/card.html writes them.

    With a stay the prices are `totals`, for the whole of it; with `stays`, one for each flat, its card says when and
    leads there, for so many `guests`. `suffix` is a query that keeps the guest's choice, `heading` the level that fits
    under the page's headings, `eager` how many photos are above the fold, `hearts` those of at least these flats.
    """
    unit, query, language = escape(_unit(stay if totals is not None else None)), escape(suffix), current_language()
    parts = []
    for number, row in enumerate(rows):
        amount = row.base_price if totals is None else totals[number]
        if stays is not None:
            query, unit = escape(_leading_to(stays[number], guests)), escape(_unit_with_dates(stays[number]))
        before, _, to_amount, _, to_unit, _, to_heart, _, after = _skeleton(
            row, language, number < eager, number == 0 < eager, heading
        )
        heart = hearts.of(row.id, anchor="card")
        parts.append(f"{before}{query}{to_amount}{format_tenge(amount)}{to_unit}{unit}{to_heart}{heart}{after}")
    return Markup("".join(parts))  # noqa: S704  # escaped parts


def _unit(stay: Stay | None) -> str:
    if stay is None:
        return gettext("за ночь")
    return ngettext("за %(num)s ночь", "за %(num)s ночи", stay.nights) % {"num": stay.nights}


@lru_cache(maxsize=1024)
def _dated_unit(stay: Stay, _language: str) -> str:
    return f"{_unit(stay)}, {format_day_month(stay.check_in)} – {format_day_month(stay.check_out)}"


def _unit_with_dates(stay: Stay) -> str:
    return _dated_unit(stay, current_language())


def _leading_to(stay: Stay, guests: int) -> str:
    return f"?check_in={stay.check_in}&check_out={stay.check_out}" + (f"&guests={guests}" if guests != 1 else "")


@lru_cache(maxsize=KEPT)
def _skeleton(row: CardRow, _language: str, eager: bool, first: bool, heading: str) -> list[str]:
    """A card around its gaps: for the query, the amount, its unit, and the heart."""
    macro = template("components/card.html").module.property_card  # type: ignore[attr-defined]
    card = card_view(card_from(row), suffix=gap("query"))
    return split(str(macro(card, gap("amount"), gap("unit"), gap("heart"), eager, first, heading)))
