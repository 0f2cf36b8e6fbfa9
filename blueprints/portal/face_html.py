"""What the page of a flat shows to everyone at any hour, as finished markup, kept in the process.

A face (app/domain/listings/reading.py) equals only itself and never changes, so what is kept by it cannot be stale.
The markup is in portal/property_face.html, which sees neither a person, nor a token or nonce, nor the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import current_app
from jinja2 import Environment
from markupsafe import Markup

from app.config import Settings
from app.domain.listings.amenities import amenities_in
from app.domain.listings.reading import KEPT, Face
from app.domain.reviews.reading import cursor_of
from app.i18n import current_language, gettext, ngettext
from app.models import CancellationPolicy
from app.wording.terms import POLICY_LABELS, POLICY_LINES, class_label
from blueprints.portal.json_ld import vacation_rental
from blueprints.shared.kept import gap, split
from blueprints.shared.presenting import property_path


@dataclass(frozen=True, slots=True)
class FaceHtml:
    """A flat for portal/property.html: plain facts for the panel, and finished parts of the page."""

    id: int
    url: str
    title: str
    city_name: str
    max_guests: int
    min_nights: int
    guest_choices: list[tuple[int, str]]
    telegram_url: str
    """Opens the flat in the bot; empty without Telegram."""
    about: Markup
    head: Markup
    json_ld: Markup
    lead: tuple[Markup, Markup]
    """What stands before the heart, and after it."""
    rest: Markup


@dataclass(frozen=True, slots=True)
class LandlordView:
    """Who lets the flat."""

    name: str
    initials: str
    since: date
    listings_count: int


def face_html(face: Face) -> FaceHtml:
    """The finished parts in the reader's language."""
    return _finished(face, current_language(), current_app.jinja_env)


@lru_cache(maxsize=KEPT)
def _finished(face: Face, language: str, environment: Environment) -> FaceHtml:
    """Kept by the application's environment too, since that knows where its pictures are served from."""
    template = environment.get_template("portal/property_face.html")
    context = template.new_context(
        {
            "prop": _view(face),
            "lang": language,
            "rating": face.card.rating,
            "reviews_count": face.card.reviews_count,
            "reviews": face.reviews,
            "stars": face.stars,
            "more_url": _more_url(face),
            "heart": gap("heart"),
        }
    )

    settings: Settings = current_app.config["SETTINGS"]

    def part(block: str) -> Markup:
        return Markup("".join(template.blocks[block](context)))  # noqa: S704  # a template's

    before, _, after = split(part("lead"))
    return FaceHtml(
        id=face.card.id,
        url=property_path(face.card.id, face.card.slug),
        title=face.card.title,
        city_name=face.card.city_name,
        max_guests=face.rules.max_guests,
        min_nights=face.rules.min_nights,
        guest_choices=[(count, _guests(count)) for count in range(1, face.rules.max_guests + 1)],
        telegram_url=settings.telegram_link(f"p{face.card.id}"),
        about=part("about"),
        head=part("head"),
        json_ld=vacation_rental(face, settings),
        lead=(Markup(before), Markup(after)),  # noqa: S704  # a template's
        rest=part("rest"),
    )


def _more_url(face: Face) -> str | None:
    """Where older reviews are than those of the face."""
    if face.card.reviews_count <= len(face.reviews) or not face.reviews:
        return None
    return f"{property_path(face.card.id, face.card.slug)}/reviews?after={cursor_of(face.reviews[-1])}"


def _guests(count: int) -> str:
    return ngettext("%(num)s гость", "%(num)s гостя", count) % {"num": count}


def _view(face: Face) -> dict[str, object]:
    """The flat itself, labels translated."""
    card, policy = face.card, CancellationPolicy(face.cancellation_policy)
    district_url = f"/{face.city_slug}/{face.district_slug}" if face.district_slug else f"/{face.city_slug}"
    return {
        "id": card.id,
        "url": property_path(card.id, card.slug),
        "title": card.title,
        "description": face.description,
        "city_name": card.city_name,
        "city_url": f"/{face.city_slug}",
        "district_name": card.district_name or card.city_name,
        "district_url": district_url,
        "street": face.street,
        "latitude": face.latitude,
        "longitude": face.longitude,
        "class_label": class_label(card.property_class),
        "rooms": card.rooms,
        "beds": face.beds,
        "max_guests": face.rules.max_guests,
        "area_m2": card.area_m2,
        "floor": face.floor,
        "floors_total": face.floors_total,
        "photos": face.photos,
        "amenities": [(code, gettext(text)) for code, text in amenities_in(face.amenities)],
        "check_in_time": face.check_in_time,
        "check_out_time": face.check_out_time,
        "min_nights": face.rules.min_nights,
        "max_nights": face.rules.max_nights,
        "cancellation_policy": face.cancellation_policy,
        "policy_label": gettext(POLICY_LABELS[policy]),
        "policy_lines": [gettext(line) for line in POLICY_LINES[policy]],
        "landlord": LandlordView(
            face.landlord.name or gettext("Хозяин"),
            (face.landlord.name or gettext("Хозяин"))[:1].upper(),
            face.landlord.since,
            face.landlord.listings,
        ),
    }
