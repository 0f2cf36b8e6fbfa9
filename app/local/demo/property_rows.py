"""Writing flats, their pictures, their keys and what changes their prices."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.pricing.tariff import MONTH, WEEK, Tariff
from app.local.demo.copying import copy_rows
from app.local.demo.directions import access_details
from app.local.demo.flat import DemoFlat
from app.local.demo.house import DemoHouse
from app.local.demo.review_rows import FlatReviews
from app.local.demo.rooms.render import DrawnRoom
from app.models import City, Coordinates, District, Property, PropertyStatus
from app.models.sealed import key_ring, place_of

_COLUMNS = tuple(Property.__table__.columns.keys())


def add_properties(
    session: Session,
    flats: Mapping[int, DemoFlat],
    reviews: Mapping[int, FlatReviews],
    rooms: Mapping[str, DrawnRoom],
    rng: random.Random,
    *,
    now: datetime,
) -> list[Property]:
    """Write the flats by id, each with its pictures (`rooms` by key), rules, discounts and sealed access instructions.

    Gives them back as they were written, outside any session.
    """
    places = _places(session)
    props = [_property(property_id, flat, places, reviews.get(property_id)) for property_id, flat in flats.items()]
    copy_rows(session, "properties", _COLUMNS, ([getattr(prop, name) for name in _COLUMNS] for prop in props))
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
            (property_id, flat.house.code_mode.value, _sealed_keys(property_id, flat, rng), now)
            for property_id, flat in flats.items()
        ),
    )
    _add_prices(session, flats.items())
    return props


def _add_prices(session: Session, flats: Iterable[tuple[int, DemoFlat]]) -> None:
    copy_rows(
        session,
        "price_rules",
        ("property_id", "nights", "price", "percent", "min_nights", "name", "created_at"),
        (
            (
                *(property_id, f"[{rule.first},{rule.until})", rule.price, rule.percent, rule.min_nights),
                *(season.name, flat.created_at),
            )
            for property_id, flat in flats
            for season in flat.rates.seasons
            for rule in (season.rule,)
        ),
    )
    copy_rows(
        session,
        "stay_discounts",
        ("property_id", "min_nights", "percent"),
        (
            (property_id, nights, percent)
            for property_id, flat in flats
            for nights, percent in ((WEEK, flat.tariff.weekly_percent), (MONTH, flat.tariff.monthly_percent))
            if percent
        ),
    )


def _property(
    property_id: int, flat: DemoFlat, places: Mapping[tuple[str, str], tuple[int, int]], reviews: FlatReviews | None
) -> Property:
    facts = flat.facts
    city_id, district_id = places[facts.city.slug, facts.district.slug]
    return Property(
        id=property_id,
        landlord_id=flat.landlord.id,
        city_id=city_id,
        district_id=district_id,
        status=PropertyStatus.PUBLISHED.value,
        property_class=facts.property_class.value,
        slug=flat.slug,
        title=flat.title,
        description=flat.description,
        street=flat.street,
        building=flat.building,
        location=Coordinates(flat.longitude, flat.latitude),
        rooms=facts.rooms,
        beds=facts.beds,
        max_guests=facts.max_guests,
        area_m2=facts.area_m2,
        floor=flat.floor,
        floors_total=flat.floors_total,
        amenities=flat.amenities,
        self_check_in=facts.self_check_in,
        rating_sum=reviews.rating_sum if reviews else 0,
        rating_count=len(reviews.reviews) if reviews else 0,
        created_at=flat.created_at,
        published_at=flat.created_at,
        **_prices(flat.tariff),
        **_house(flat.house),
    )


def _prices(tariff: Tariff) -> dict[str, int | None]:
    return {
        "base_price": tariff.base_price,
        "weekend_price": tariff.weekend_price,
        "cleaning_fee": tariff.cleaning_fee,
        "included_guests": tariff.included_guests,
        "extra_guest_price": tariff.extra_guest_price,
        "one_night_surcharge": tariff.one_night_surcharge,
        "deposit": tariff.deposit,
    }


def _house(house: DemoHouse) -> dict[str, object]:
    return {
        "check_in_time": house.check_in_time,
        "check_out_time": house.check_out_time,
        "cleaning_minutes": house.cleaning_minutes,
        "instant_booking": house.instant_booking,
        "cut_off_time": house.cut_off_time,
        "min_nights": house.min_nights,
        "max_nights": house.max_nights,
        "cancellation_policy": house.policy.value,
    }


def _sealed_keys(property_id: int, flat: DemoFlat, rng: random.Random) -> bytes:
    details = access_details(flat.floor, flat.house, self_check_in=flat.facts.self_check_in, rng=rng)
    place = place_of("access_instructions", "details_sealed", property_id)
    return key_ring().seal(details.model_dump_json(), place=place)


def _places(session: Session) -> dict[tuple[str, str], tuple[int, int]]:
    """Ids of cities and districts by their slugs."""
    statement = select(City.slug, District.slug, City.id, District.id).join(District, District.city_id == City.id)
    return {
        (city, district): (city_id, district_id) for city, district, city_id, district_id in session.execute(statement)
    }
