"""Everything the page of one flat shows, in one query.

PostgreSQL answers with two texts: the busy nights, and everything else as JSON. The second hardly ever changes, so
what it says is kept by the text itself: nothing is decoded, decrypted or built twice, and nothing kept can be stale.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy.engine import Connection

from app.domain.availability.stay_rules import HouseRules
from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardInfo, PhotoInfo
from app.domain.listings.review_info import (
    REVIEW_COLUMNS,
    REVIEW_JOINS,
    REVIEW_ORDER,
    STARS,
    ReviewInfo,
    first_name,
    review_of,
)
from app.domain.pricing.rates import TARIFF_COLUMNS, tariff_of_values
from app.domain.pricing.tariff import Tariff
from app.kit import clock
from app.kit.money import Tenge

REVIEWS_SHOWN = 6
KEPT = 384
"""Faces (a flat in one language) kept in each process: about 42 KB each with their markup, 16 MB at most."""


@dataclass(frozen=True, slots=True)
class LandlordInfo:
    """Who lets the flat."""

    name: str
    since: date
    listings: int


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A flat's public face, without its nights; the building and the codes are not here.

    Equal only to itself, so that what is made of it can be kept by it: another answer of the database is another face.
    """

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
    tariff: Tariff
    is_instant: bool
    """Without it a guest asks first."""
    cancellation_policy: str
    landlord: LandlordInfo
    photos: tuple[PhotoInfo, ...]
    reviews: tuple[ReviewInfo, ...]
    """The newest."""
    stars: tuple[int, ...]
    """How many of all reviews gave five stars, four, three, two, one."""


@dataclass(frozen=True, slots=True)
class PropertyInfo:
    """A flat as it is now: its face, and in `ring` its busy nights."""

    face: Face
    ring: str

    @property
    def card(self) -> CardInfo:
        """The flat as in a list."""
        return self.face.card

    @property
    def rules(self) -> HouseRules:
        """Which stays it accepts."""
        return self.face.rules

    @property
    def tariff(self) -> Tariff:
        """What it charges."""
        return self.face.tariff

    @property
    def check_in_time(self) -> time:
        """From when on guests may come, local time."""
        return self.face.check_in_time

    @property
    def check_out_time(self) -> time:
        """Until when guests leave, local time."""
        return self.face.check_out_time

    @property
    def cancellation_policy(self) -> str:
        """The code of its CancellationPolicy."""
        return self.face.cancellation_policy


_PROPERTY = f"""
    SELECT s.busy::text, to_json(face)::text
    FROM (
        SELECT {CARD_COLUMNS.replace(":lang", "%(lang)s")},
            coalesce(p.description ->> %(lang)s, p.description ->> 'ru') AS description,
            c.slug AS city_slug, d.slug AS district_slug, p.street,
            p.location[0] AS longitude, p.location[1] AS latitude,
            p.beds, p.floor, p.floors_total, p.amenities, p.check_in_time, p.check_out_time, p.min_nights, p.max_nights,
            p.self_check_in, p.cut_off_time, p.instant_booking, p.cancellation_policy,
            {TARIFF_COLUMNS.replace(":yesterday", "%(yesterday)s")},
            u.id AS landlord_id, u.created_at AS landlord_since,
            encode(up.name_sealed, 'hex') AS landlord_name,
            (
                SELECT count(*) FROM properties o WHERE o.landlord_id = p.landlord_id AND o.status = 'published'
            ) AS listings,
            (
                SELECT coalesce(json_agg(json_build_array(key, width, height, blur) ORDER BY position), '[]')
                FROM (SELECT * FROM photos WHERE property_id = p.id ORDER BY position LIMIT 40) shown
            ) AS photos,
            (
                SELECT coalesce(json_agg(to_json(shown) ORDER BY shown.created_at DESC, shown.id DESC), '[]')
                FROM (
                    SELECT {REVIEW_COLUMNS} FROM reviews r {REVIEW_JOINS}
                    WHERE r.property_id = p.id ORDER BY {REVIEW_ORDER} LIMIT {REVIEWS_SHOWN}
                ) shown
            ) AS reviews,
            {STARS} AS stars
        FROM properties p {CARD_JOINS}
        JOIN users u ON u.id = p.landlord_id
        LEFT JOIN user_profiles up ON up.user_id = u.id
        WHERE p.id = %(id)s AND p.status = 'published'
    ) face
    JOIN property_search s ON s.property_id = face.id
    """  # noqa: S608  # fixed texts


def property_page(connection: Connection, property_id: int, *, language: str, now: datetime) -> PropertyInfo | None:
    """A published flat, or None. Names of people are opened here, first names only."""
    yesterday = clock.local_date(now) - timedelta(days=1)
    wanted = {"id": property_id, "lang": language, "yesterday": yesterday}
    row = connection.exec_driver_sql(_PROPERTY, wanted).one_or_none()
    return None if row is None else PropertyInfo(_face(row[1]), row[0])


@lru_cache(maxsize=KEPT)
def _face(text: str) -> Face:
    """What the database's JSON says.

    Kept are first names of landlords and reviewers, as the public page shows them, in this process's memory only. They
    are found by their ciphertext (it is part of `text`): a name that was changed or erased is not shown once more.
    """
    data: dict[str, Any] = json.loads(text)
    tariff = tariff_of_values(data)
    return Face(
        card=_card(data),
        description=data["description"],
        city_slug=data["city_slug"],
        district_slug=data["district_slug"],
        street=data["street"],
        latitude=data["latitude"],
        longitude=data["longitude"],
        beds=data["beds"],
        floor=data["floor"],
        floors_total=data["floors_total"],
        amenities=data["amenities"],
        check_in_time=time.fromisoformat(data["check_in_time"]),
        check_out_time=time.fromisoformat(data["check_out_time"]),
        rules=HouseRules(
            data["max_guests"],
            data["min_nights"],
            data["max_nights"],
            data["self_check_in"],
            None if data["cut_off_time"] is None else time.fromisoformat(data["cut_off_time"]),
            tariff.date_minimums,
        ),
        tariff=tariff,
        is_instant=data["instant_booking"],
        cancellation_policy=data["cancellation_policy"],
        landlord=LandlordInfo(
            first_name(data["landlord_name"], data["landlord_id"]),
            clock.local_date(datetime.fromisoformat(data["landlord_since"])),
            data["listings"],
        ),
        photos=tuple(PhotoInfo(*photo) for photo in data["photos"]),
        reviews=tuple(review_of(review) for review in data["reviews"]),
        stars=tuple(data["stars"]),
    )


def _card(data: dict[str, Any]) -> CardInfo:
    """A card out of CARD_COLUMNS as JSON."""
    photo = None
    if data["photo_key"] is not None:
        photo = PhotoInfo(data["photo_key"], data["photo_width"], data["photo_height"], data["photo_blur"])
    return CardInfo(
        id=data["id"],
        slug=data["slug"],
        title=data["title"],
        district_name=data["district_name"],
        city_name=data["city_name"],
        photo=photo,
        rating=data["rating_sum"] / data["rating_count"] if data["rating_count"] else None,
        reviews_count=data["rating_count"],
        property_class=data["property_class"],
        rooms=data["rooms"],
        max_guests=data["max_guests"],
        area_m2=data["area_m2"],
        per_night=Tenge(data["base_price"]),
    )
