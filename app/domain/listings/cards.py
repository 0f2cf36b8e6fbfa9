"""What a card of a flat shows, and where its data come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.kit.money import Tenge


class PhotoInfo(NamedTuple):
    """A picture: files are `<key>-<width>.webp`; `blur` is a data: URI of a few pixels."""

    key: str
    width: int
    height: int
    blur: str


class CardInfo(NamedTuple):
    """A flat in a list. A tuple, since pages make twenty and a frozen dataclass costs five times as much."""

    id: int
    slug: str
    title: str
    district_name: str
    city_name: str
    photo: PhotoInfo | None
    rating: float | None
    reviews_count: int
    property_class: str
    rooms: int
    max_guests: int
    area_m2: int
    per_night: Tenge
    """The price of an ordinary night."""


class CardRow(NamedTuple):
    """CARD_COLUMNS as the database gives them: all that a card shows, and what finished markup is kept by."""

    id: int
    slug: str
    title: str
    district_name: str
    city_name: str
    photo_key: str | None
    photo_width: int | None
    photo_height: int | None
    photo_blur: str | None
    rating_sum: int
    rating_count: int
    property_class: str
    rooms: int
    max_guests: int
    area_m2: int
    base_price: int


CARD_COLUMNS = """
    p.id, p.slug, coalesce(p.title ->> :lang, p.title ->> 'ru') AS title,
    coalesce(d.names ->> :lang, '') AS district_name, c.names ->> :lang AS city_name,
    f.key AS photo_key, f.width AS photo_width, f.height AS photo_height, f.blur AS photo_blur,
    p.rating_sum, p.rating_count, p.property_class, p.rooms, p.max_guests, p.area_m2,
    p.base_price
"""
"""Those of CardRow, over properties p, cities c, districts d (left) and the first photos f (left), with :lang."""

CARD_JOINS = """
    JOIN cities c ON c.id = p.city_id
    LEFT JOIN districts d ON d.id = p.district_id
    LEFT JOIN photos f ON f.property_id = p.id AND f.position = 0
"""


def card_rows(rows: Sequence[Sequence[Any]]) -> list[CardRow]:
    """The cards' part of rows that begin with CARD_COLUMNS."""
    width = len(CardRow._fields)
    return [CardRow._make(row[:width]) for row in rows]


def card_from(row: Any) -> CardInfo:
    """A card out of a CardRow, or of a longer row that has CARD_COLUMNS by name."""
    photo = None
    if row.photo_key is not None:
        photo = PhotoInfo(row.photo_key, row.photo_width, row.photo_height, row.photo_blur)
    return CardInfo(
        id=row.id,
        slug=row.slug,
        title=row.title,
        district_name=row.district_name,
        city_name=row.city_name,
        photo=photo,
        rating=row.rating_sum / row.rating_count if row.rating_count else None,
        reviews_count=row.rating_count,
        property_class=row.property_class,
        rooms=row.rooms,
        max_guests=row.max_guests,
        area_m2=row.area_m2,
        per_night=Tenge(row.base_price),
    )
