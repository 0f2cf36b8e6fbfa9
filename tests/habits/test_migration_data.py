"""What was in the tables before a migration means the same after it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

from app import db as database
from app.db import transaction
from app.domain.availability import ring
from app.domain.listings.cities import sync_reference
from app.domain.pricing import rates
from app.domain.search import drift
from app.domain.search.geography import on_map
from app.domain.search.rows import house_rules
from app.factory import create_worker_app
from app.kit import clock
from app.kit.money import Tenge
from app.models import AccessGrant, AccessInstructions, Booking, City, Property, PropertyPrices, PropertySearch
from tests.services import Services, make_settings

TODAY = clock.local_date(clock.now())
CHECK_IN = TODAY + timedelta(days=30)
FLAT = """
    INSERT INTO properties (landlord_id, city_id, status, property_class, slug, title, description, street, building,
        location, rooms, beds, max_guests, area_m2, floor, floors_total, amenities, base_price, weekend_price,
        cleaning_fee, check_in_time, check_out_time, cleaning_minutes, self_check_in, min_nights, max_nights,
        cancellation_policy, rating_sum, rating_count, created_at)
    SELECT %(user)s, c.id, 'published', 'comfort', 'flat', '{"ru": "Светлая у Парка", "en": "By the park"}',
        '{"ru": "Тихо"}', 'улица Абая', '1', point(c.location[0] + 0.02, c.location[1] - 0.01), 2, 2, 5, 54, 3, 9, 3,
        12000, %(weekend)s, 3000, '14:00', '12:00', 120, %(self)s, 1, 90, 'moderate', 9, 2, now()
    FROM cities c WHERE slug = 'almaty' RETURNING id
"""
SEARCH = """
    INSERT INTO property_search (property_id, is_listed, city_id, property_class, rooms, max_guests, min_nights,
        max_nights, self_check_in, score, rating, busy)
    SELECT id, true, city_id, property_class, rooms, max_guests, min_nights, max_nights, self_check_in,
        (rating_sum + 40) * 1000 / (rating_count + 10), 450, %(busy)s::bit(512) FROM properties WHERE id = %(flat)s
"""
BOOKING = """
    INSERT INTO bookings (reference, property_id, guest_id, status, channel, check_in, check_out, check_in_at,
        check_out_at, guests, quote, total, cancellation_policy, created_at, confirmed_at)
    VALUES (%(reference)s, %(flat)s, %(user)s, 'confirmed', 'web', %(check_in)s, %(check_out)s,
        %(check_in)s + time '09:00', %(check_out)s + time '07:00', 2, %(quote)s, 50000, 'moderate', now(), now())
    RETURNING id
"""
OCCUPANCY = """
    INSERT INTO occupancies (property_id, kind, booking_id, during, created_at)
    SELECT property_id, 'booking', id, tstzrange(check_in_at, check_out_at + interval '2 hours'), now()
    FROM bookings WHERE id = %(booking)s
"""


def line(kind: str, price: int, nights: int) -> dict[str, object]:
    return {"kind": kind, "amount": price * nights, "quantity": nights, "unit_price": price}


CLEANING = {"kind": "cleaning", "amount": 3000, "quantity": 1, "unit_price": None}
QUOTES = {
    "BCDFGH22": [line("nights", 12_000, 5), line("weekend_nights", 17_000, 2), CLEANING],
    "BCDFGH33": [line("nights", 11_000, 7), CLEANING],
}
"""A week that was booked with weekend prices, and one without, at a price that has changed since."""


@pytest.fixture
def migrated(services: Services) -> Iterator[Flask]:
    """A database that was filled at 0001 and brought to the newest migration."""
    url = services.create_database()
    app = create_worker_app(make_settings(url, services.redis_url))
    with app.app_context():
        upgrade(revision="0001")
        with transaction() as session:
            sync_reference(session)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            fill(connection)
        upgrade()
        yield app
        for engine in database.db.engines.values():
            engine.dispose()
    services.drop_database(url)


def fill(connection: psycopg.Connection) -> None:
    """Two flats, with weekend prices and without, each with a paid week."""
    user = uuid4()
    connection.execute(
        "INSERT INTO users (id, phone_sealed, phone_token, roles, created_at)"
        " VALUES (%s, 'x', sha256('x'::bytea), '{guest}', now())",
        (user,),
    )
    busy = ring.mask(CHECK_IN + timedelta(days=n) for n in range(7))
    for (reference, quote), weekend in zip(QUOTES.items(), (17_000, None), strict=True):
        values: dict[str, object] = {
            "user": user,
            "weekend": weekend,
            "self": weekend is not None,
            "busy": busy,
            "reference": reference,
            "quote": json.dumps(quote),
            "check_in": CHECK_IN,
            "check_out": CHECK_IN + timedelta(days=7),
        }
        values["flat"] = one(connection, FLAT, values)
        connection.execute(SEARCH, values)
        connection.execute(
            "INSERT INTO access_instructions (property_id, details_sealed, updated_at) VALUES (%(flat)s, 'x', now())",
            values,
        )
        values["booking"] = one(connection, BOOKING, values)
        connection.execute(OCCUPANCY, values)
        connection.execute(
            "INSERT INTO access_grants (booking_id, valid_from, valid_until, created_at)"
            " SELECT id, check_in_at, check_out_at, now() FROM bookings WHERE id = %(booking)s",
            values,
        )


def one(connection: psycopg.Connection, statement: str, values: Mapping[str, object]) -> int:
    found = connection.execute(statement.encode(), values).fetchone()
    assert found is not None
    return int(found[0])


def test_0002_carries_the_bookings_prices_over(migrated: Flask) -> None:
    """Each night costs what its line says: Friday and Saturday the weekend's price where the quote has one."""
    with transaction() as session:
        found = {row.reference: row for row in session.scalars(select(Booking))}
        nights = [CHECK_IN + timedelta(days=n) for n in range(7)]
        weekend = [17_000 if night.weekday() in (4, 5) else 12_000 for night in nights]
        assert weekend.count(17_000) == 2
        assert found["BCDFGH22"].night_prices == weekend
        assert found["BCDFGH33"].night_prices == [11_000] * 7
        assert all(row.answer_by is None for row in found.values())
        assert {row.issue for row in session.scalars(select(AccessGrant))} == {1}
        assert {row.mode for row in session.scalars(select(AccessInstructions))} == {"shared"}


def test_0002_writes_what_search_reads_as_the_product_would(migrated: Flask) -> None:
    with transaction() as session:
        rows = session.execute(
            select(Property, PropertySearch, PropertyPrices, City)
            .join(PropertySearch, PropertySearch.property_id == Property.id)
            .join(PropertyPrices, PropertyPrices.property_id == Property.id)
            .join(City, City.id == Property.city_id)
        ).all()
        assert len(rows) == 2
        for prop, search, prices, city in rows:
            expected = rates.ring_row(prop.id, rates.tariff_of(session, prop, now=clock.now()), today=TODAY)
            nightly = expected["nightly"]
            assert isinstance(nightly, list)
            for night in coming():
                assert prices.nightly[ring.position(night)] == nightly[ring.position(night)], night
            fees = ("one_night_surcharge", "included_guests", "extra_guest_price", "cleaning_fee", "deposit")
            assert [getattr(prices, fee) for fee in fees] == [expected[fee] for fee in fees]
            assert (
                max(abs(a - b) for a, b in zip(search.position, on_map(prop.location, city.location), strict=True))
                < 0.001
            )
            cut_off = house_rules(prop).cut_off
            assert search.cut_off_minute == cut_off.hour * 60 + cut_off.minute
            assert (search.base_price, search.amenities, search.instant_booking) == (Tenge(12_000), 3, True)


def test_after_0002_a_rebuild_leaves_no_drift(migrated: Flask) -> None:
    """`flask search rebuild`, then `flask search check`: also the words, which the migration writes in its own way."""
    runner = migrated.test_cli_runner()
    assert runner.invoke(args=["search", "rebuild"]).exit_code == 0
    checked = runner.invoke(args=["search", "check"])
    assert (checked.exit_code, checked.output.strip()) == (0, "0 rows differ")
    with transaction() as session:
        assert drift.drifted(session, now=clock.now()) == []
        found = session.scalars(select(PropertySearch.busy)).all()
        assert found == [ring.mask(CHECK_IN + timedelta(days=n) for n in range(7))] * 2


def coming() -> list[date]:
    return [TODAY + timedelta(days=n) for n in range(ring.HORIZON_DAYS)]
