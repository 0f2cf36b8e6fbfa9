"""Everything the page of one flat shows, in three queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Row, text
from sqlalchemy.engine import Connection

from app.domain.availability.stay_rules import HouseRules
from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardInfo, PhotoInfo, card_from
from app.kit import clock
from app.models.sealed import key_ring, place_of

REVIEWS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class LandlordInfo:
    """Who lets the flat."""

    name: str
    since: date
    listings: int


@dataclass(frozen=True, slots=True)
class ReviewInfo:
    """A review as everyone sees it."""

    author: str
    rating: int
    text: str
    stayed: date
    reply: str | None


@dataclass(frozen=True, slots=True)
class PropertyInfo:
    """A flat's public face. `ring` is its busy nights; the building and the codes are not here."""

    card: CardInfo
    description: str
    city_slug: str
    district_slug: str | None
    street: str
    latitude: float
    longitude: float
    beds: int
    floor: int
    floors_total: int
    amenities: int
    check_in_time: time
    check_out_time: time
    rules: HouseRules
    cancellation_policy: str
    landlord: LandlordInfo
    ring: str
    photos: tuple[PhotoInfo, ...]
    reviews: tuple[ReviewInfo, ...]


_PROPERTY = text(
    f"""
    SELECT {CARD_COLUMNS}, coalesce(p.description ->> :lang, p.description ->> 'ru') AS description,
        c.slug AS city_slug, d.slug AS district_slug, p.street, p.location[0] AS longitude, p.location[1] AS latitude,
        p.beds, p.floor, p.floors_total, p.amenities, p.check_in_time, p.check_out_time, p.min_nights, p.max_nights,
        p.self_check_in, p.cancellation_policy, s.busy, u.id AS landlord_id, u.created_at AS landlord_since,
        up.name_sealed AS landlord_name,
        (SELECT count(*) FROM properties o WHERE o.landlord_id = p.landlord_id AND o.status = 'published') AS listings
    FROM properties p {CARD_JOINS}
    JOIN property_search s ON s.property_id = p.id
    JOIN users u ON u.id = p.landlord_id
    LEFT JOIN user_profiles up ON up.user_id = u.id
    WHERE p.id = :id AND p.status = 'published'
    """  # noqa: S608  # fixed texts
)
_PHOTOS = text("SELECT key, width, height, blur FROM photos WHERE property_id = :id ORDER BY position LIMIT 40")
_REVIEWS = text(
    f"""
    SELECT r.author_id, up.name_sealed, r.rating, r.text, b.check_in, r.reply
    FROM reviews r JOIN bookings b ON b.id = r.booking_id LEFT JOIN user_profiles up ON up.user_id = r.author_id
    WHERE r.property_id = :id ORDER BY r.created_at DESC LIMIT {REVIEWS_SHOWN}
    """  # noqa: S608  # a constant
)


def property_page(connection: Connection, property_id: int, *, language: str) -> PropertyInfo | None:
    """A published flat, or None. Names of people are opened here, first names only."""
    row = connection.execute(_PROPERTY, {"id": property_id, "lang": language}).one_or_none()
    if row is None:
        return None
    photos = connection.execute(_PHOTOS, {"id": property_id}).all()
    reviews = connection.execute(_REVIEWS, {"id": property_id}).all()
    return PropertyInfo(
        card=card_from(row),
        description=row.description,
        city_slug=row.city_slug,
        district_slug=row.district_slug,
        street=row.street,
        latitude=row.latitude,
        longitude=row.longitude,
        beds=row.beds,
        floor=row.floor,
        floors_total=row.floors_total,
        amenities=row.amenities,
        check_in_time=row.check_in_time,
        check_out_time=row.check_out_time,
        rules=HouseRules(row.max_guests, row.min_nights, row.max_nights, row.self_check_in),
        cancellation_policy=row.cancellation_policy,
        landlord=_landlord(row),
        ring=str(row.busy),
        photos=tuple(PhotoInfo(*photo) for photo in photos),
        reviews=tuple(
            ReviewInfo(
                _first_name(review.name_sealed, review.author_id),
                review.rating,
                review.text,
                review.check_in,
                review.reply,
            )
            for review in reviews
        ),
    )


def _landlord(row: Row[tuple[object, ...]]) -> LandlordInfo:
    since: datetime = row.landlord_since
    return LandlordInfo(_first_name(row.landlord_name, row.landlord_id), clock.local_date(since), row.listings)


def _first_name(sealed: bytes | None, user_id: object) -> str:
    if sealed is None:
        return ""
    name = key_ring().open(sealed, place=place_of("user_profiles", "name_sealed", user_id))
    return name.split(" ")[0]
