"""Writing flats, their pictures and their keys."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.local.demo.copying import Row, copy_rows
from app.local.demo.directions import access_details
from app.local.demo.flat import DemoFlat
from app.local.demo.review_rows import FlatReviews
from app.local.demo.rooms.render import DrawnRoom
from app.models import City, CodeMode, District, PropertyStatus
from app.models.sealed import key_ring, place_of

_COLUMNS = (
    *("id", "landlord_id", "city_id", "district_id", "status", "property_class", "slug", "title", "description"),
    *("street", "building", "location", "rooms", "beds", "max_guests", "area_m2", "floor", "floors_total", "amenities"),
    *("base_price", "weekend_price", "cleaning_fee", "check_in_time", "check_out_time", "cleaning_minutes"),
    *("included_guests", "extra_guest_price", "one_night_surcharge", "deposit", "instant_booking"),
    *("self_check_in", "min_nights", "max_nights", "cancellation_policy", "rating_sum", "rating_count"),
    *("created_at", "published_at"),
)


def add_properties(
    session: Session,
    flats: Mapping[int, DemoFlat],
    reviews: Mapping[int, FlatReviews],
    rooms: Mapping[str, DrawnRoom],
    rng: random.Random,
    *,
    now: datetime,
) -> None:
    """Write the flats by id, each with its pictures (`rooms` by key) and sealed access instructions."""
    places = _places(session)
    copy_rows(
        session,
        "properties",
        _COLUMNS,
        (_row(property_id, flat, places, reviews.get(property_id)) for property_id, flat in flats.items()),
    )
    copy_rows(
        session,
        "photos",
        ("property_id", "position", "key", "width", "height", "blur"),
        (
            (property_id, position, picture.key, room.width, room.height, room.blur)
            for property_id, flat in flats.items()
            for position, picture in enumerate(flat.pictures)
            for room in (rooms[picture.key],)
        ),
    )
    copy_rows(
        session,
        "access_instructions",
        ("property_id", "mode", "details_sealed", "updated_at"),
        (
            (property_id, CodeMode.SHARED.value, _sealed_keys(property_id, flat, rng), now)
            for property_id, flat in flats.items()
        ),
    )


def _row(
    property_id: int, flat: DemoFlat, places: Mapping[tuple[str, str], tuple[int, int]], reviews: FlatReviews | None
) -> Row:
    facts = flat.facts
    city_id, district_id = places[facts.city.slug, facts.district.slug]
    return (
        *(property_id, flat.landlord.id, city_id, district_id, PropertyStatus.PUBLISHED.value),
        *(
            facts.property_class.value,
            flat.slug,
            _json(flat.title),
            _json(flat.description),
            flat.street,
            flat.building,
        ),
        *(f"({flat.longitude!r},{flat.latitude!r})", facts.rooms, facts.beds, facts.max_guests, facts.area_m2),
        *(flat.floor, flat.floors_total, flat.amenities, flat.base_price, flat.weekend_price, flat.cleaning_fee),
        *(flat.check_in_time, flat.check_out_time, flat.cleaning_minutes),
        *(facts.max_guests, 0, 0, 0, True, facts.self_check_in),
        *(flat.min_nights, flat.max_nights, flat.policy.value),
        *(reviews.rating_sum if reviews else 0, len(reviews.reviews) if reviews else 0),
        *(flat.created_at, flat.created_at),
    )


def _sealed_keys(property_id: int, flat: DemoFlat, rng: random.Random) -> bytes:
    details = access_details(flat.floor, self_check_in=flat.facts.self_check_in, rng=rng)
    place = place_of("access_instructions", "details_sealed", property_id)
    return key_ring().seal(details.model_dump_json(), place=place)


def _json(text: Mapping[str, str]) -> str:
    return json.dumps(text, ensure_ascii=False)


def _places(session: Session) -> dict[tuple[str, str], tuple[int, int]]:
    """Ids of cities and districts by their slugs."""
    statement = select(City.slug, District.slug, City.id, District.id).join(District, District.city_id == City.id)
    return {
        (city, district): (city_id, district_id) for city, district, city_id, district_id in session.execute(statement)
    }
