"""From the domain's answers to what templates show: addresses, translated labels, prices of chosen stays."""

from __future__ import annotations

from typing import NamedTuple

from app.config import Settings
from app.domain.listings.cards import CardInfo, PhotoInfo
from app.wording.terms import class_label


class Card(NamedTuple):
    """A flat in a list, ready to be written."""

    id: int
    url: str
    title: str
    district_name: str
    city_name: str
    photo: PhotoInfo | None
    rating: float | None
    reviews_count: int
    property_class: str
    class_label: str
    rooms: int
    max_guests: int
    area_m2: int
    per_night: int


def property_path(property_id: int, slug: str) -> str:
    """The canonical address of a flat: built by hand, since `url_for` costs 10 µs and lists need twenty."""
    return f"/p/{property_id}-{slug}"


def photo_path(key: str, width: int, settings: Settings) -> str:
    """Where a picture is served in one of its widths (400, 800, 1600)."""
    return f"{settings.photo_url}/{key}-{width}.webp"


def card_view(info: CardInfo, *, suffix: str = "") -> Card:
    """A card. `suffix` is a query that keeps the guest's choice."""
    return Card(
        id=info.id,
        url=property_path(info.id, info.slug) + suffix,
        title=info.title,
        district_name=info.district_name,
        city_name=info.city_name,
        photo=info.photo,
        rating=info.rating,
        reviews_count=info.reviews_count,
        property_class=info.property_class,
        class_label=class_label(info.property_class),
        rooms=info.rooms,
        max_guests=info.max_guests,
        area_m2=info.area_m2,
        per_night=info.per_night,
    )
