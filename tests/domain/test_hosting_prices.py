"""A landlord changes prices: search, the quote and the tables agree from the same commit on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.db import reading, transaction
from app.domain.availability import ring
from app.domain.hosting.flats import rules_of
from app.domain.hosting.prices import PriceList, WantedRule, add_rule, change_prices, delete_rule
from app.domain.pricing.quote import quote
from app.domain.pricing.rates import tariff_of
from app.domain.search import drift
from app.domain.search.stay_price import total_sql
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import AuditEntry, PriceRule, Property, PropertyPrices, PropertySearch, StayDiscount
from tests import factories
from tests.domain.hosts import change_the_terms, refusal

PLAIN = PriceList(15_000, None, 3_000, 2, 0, 0, 0, 0, 0)


@pytest.fixture
def flat(app: Flask) -> Property:
    with transaction() as session:
        return factories.make_property(session, max_guests=4, included_guests=2)


def change(flat: Property, now: datetime, by: UUID | None = None, **changes: Any) -> None:
    values = {name: getattr(PLAIN, name) for name in PLAIN.__slots__} | changes
    with transaction() as session:
        change_prices(session, flat.id, PriceList(**values), landlord_id=by or flat.landlord_id, now=now)


def new_rule(flat: Property, rule: WantedRule, now: datetime, by: UUID | None = None) -> int:
    with transaction() as session:
        return add_rule(session, flat.id, rule, landlord_id=by or flat.landlord_id, now=now)


def assert_agree(flat: Property, now: datetime, stays: list[Stay]) -> None:
    """Search's total is the quote's, to the tenge, and the index says what the tables say."""
    with transaction() as session:
        prop = session.get_one(Property, flat.id)
        tariff = tariff_of(session, prop, now=now)
        for stay in stays:
            guests = range(1, prop.max_guests + 1)
            assert search_totals(flat, stay, guests) == [quote(tariff, stay, guests=each).total for each in guests]
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[flat.id]) == []


def search_totals(flat: Property, stay: Stay, guests: Iterable[int]) -> list[int]:
    """What search says that the stay costs for each number of guests."""
    statement = text(f"SELECT {total_sql(stay.nights)} FROM property_prices r WHERE r.property_id = :id")
    nights = {f"night{n}": ring.position(night) + 1 for n, night in enumerate(stay.dates())}
    with reading() as connection:
        asked = [{"id": flat.id, "guests": each, **nights} for each in guests]
        return [int(connection.execute(statement, params).scalar_one()) for params in asked]


def some_stays(now: datetime) -> list[Stay]:
    return [factories.stay_in(days, nights, now=now) for days, nights in ((1, 1), (2, 3), (5, 7), (9, 28), (40, 40))]


def test_a_changed_price_list_is_in_search_from_the_same_commit_on(flat: Property, now: datetime) -> None:
    change(
        flat,
        now,
        base_price=21_000,
        weekend_price=26_500,
        cleaning_fee=5_500,
        included_guests=1,
        extra_guest_price=2_300,
        one_night_surcharge=1_700,
        deposit=30_000,
        weekly_percent=7,
        monthly_percent=23,
    )
    assert_agree(flat, now, some_stays(now))
    with transaction() as session:
        assert session.get_one(PropertySearch, flat.id).base_price == 21_000


def test_discounts_that_are_taken_away_are_gone(flat: Property, now: datetime) -> None:
    change(flat, now, weekly_percent=10, monthly_percent=30)
    change(flat, now, monthly_percent=25)
    with transaction() as session:
        rows = session.execute(
            select(StayDiscount.min_nights, StayDiscount.percent).where(StayDiscount.property_id == flat.id)
        ).all()
    assert [tuple(row) for row in rows] == [(28, 25)]
    assert_agree(flat, now, some_stays(now))


def test_a_change_that_is_rolled_back_leaves_search_as_it_was(flat: Property, now: datetime) -> None:
    """One transaction: nobody ever sees a new price in search and an old one at checkout, or the other way round."""
    with transaction() as session:
        before = session.get_one(PropertyPrices, flat.id).nightly
    with transaction() as session:
        change_prices(session, flat.id, PriceList(99_000, *PLAIN_REST), landlord_id=flat.landlord_id, now=now)
        assert session.get_one(PropertyPrices, flat.id).nightly != before
        session.rollback()
    with transaction() as session:
        assert session.get_one(PropertyPrices, flat.id).nightly == before
    assert_agree(flat, now, some_stays(now))


PLAIN_REST = tuple(getattr(PLAIN, name) for name in PLAIN.__slots__[1:])


def test_rules_for_dates_change_the_price_of_their_nights_only(flat: Property, now: datetime) -> None:
    """3-domain, Price: date rule over weekend over base. Half-open: the night of `until` costs what it did."""
    today = clock.local_date(now)
    first, until = today + timedelta(days=5), today + timedelta(days=8)
    rule_id = new_rule(flat, WantedRule(first, until, price=40_000, name=" Наурыз "), now)
    before, inside, after = (Stay(day, day + timedelta(days=1)) for day in (first - timedelta(days=1), first, until))
    assert search_totals(flat, before, [1]) == search_totals(flat, after, [1])
    assert search_totals(flat, inside, [1]) == [(40_000 * 110) // 100 + 3_000]
    assert_agree(flat, now, some_stays(now))
    with reading() as connection:
        [named] = rules_of(connection, flat.id, today=today)
    assert (named.id, named.name, named.rule.first, named.rule.until) == (rule_id, "Наурыз", first, until)

    with transaction() as session:
        delete_rule(session, flat.id, rule_id, landlord_id=flat.landlord_id, now=now)
    assert search_totals(flat, inside, [1]) == search_totals(flat, before, [1])
    assert_agree(flat, now, some_stays(now))


def test_a_percentage_and_a_shortest_stay_for_dates(flat: Property, now: datetime) -> None:
    today = clock.local_date(now)
    new_rule(flat, WantedRule(today + timedelta(days=3), today + timedelta(days=6), percent=-20, min_nights=3), now)
    assert_agree(flat, now, some_stays(now))
    with transaction() as session:
        assert session.get_one(PropertySearch, flat.id).has_min_nights is True


def test_one_rule_a_night(flat: Property, now: datetime) -> None:
    """Touching is fine, overlapping is refused and changes nothing."""
    today = clock.local_date(now)
    day = [today + timedelta(days=n) for n in range(20)]
    new_rule(flat, WantedRule(day[5], day[10], price=20_000), now)
    new_rule(flat, WantedRule(day[10], day[12], price=21_000), now)
    assert refusal(lambda: new_rule(flat, WantedRule(day[9], day[11], price=22_000), now)) == ("rule_overlaps", None)
    assert_agree(flat, now, some_stays(now))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"until": 0}, "rule_dates_wrong", None),
        ({"first": -9, "until": -3}, "rule_over", None),
        ({"until": 731}, "rule_too_far", None),
        ({"price": 20_000, "percent": 10}, "rule_price_or_percent", None),
        ({"price": None}, "rule_says_nothing", None),
        ({"price": None, "percent": 0}, "rule_says_nothing", None),
        ({"price": 499}, "value_out_of_range", "price"),
        ({"price": None, "percent": -91}, "value_out_of_range", "percent"),
        ({"price": None, "percent": 501}, "value_out_of_range", "percent"),
        ({"min_nights": 1}, "value_out_of_range", "min_nights"),
        ({"min_nights": 91}, "value_out_of_range", "min_nights"),
    ],
)
def test_rules_that_make_no_sense_are_refused(
    flat: Property, now: datetime, changes: dict[str, Any], code: str, field: str | None
) -> None:
    today = clock.local_date(now)
    values: dict[str, Any] = {"first": 0, "until": 4, "price": 20_000} | changes
    values |= {name: today + timedelta(days=values[name]) for name in ("first", "until")}
    assert refusal(lambda: new_rule(flat, WantedRule(**values), now)) == (code, field)
    with transaction() as session:
        assert session.scalars(select(PriceRule).where(PriceRule.property_id == flat.id)).all() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_price", 499),
        ("base_price", 10_000_001),
        ("weekend_price", 0),
        ("cleaning_fee", -1),
        ("cleaning_fee", 1_000_001),
        ("included_guests", 0),
        ("included_guests", 5),
        ("extra_guest_price", -1),
        ("one_night_surcharge", 1_000_001),
        ("deposit", 10_000_001),
        ("weekly_percent", 91),
        ("monthly_percent", -1),
    ],
)
def test_prices_that_the_table_would_refuse_are_refused_by_name(
    flat: Property, now: datetime, field: str, value: int
) -> None:
    changes: dict[str, Any] = {field: value}
    assert refusal(lambda: change(flat, now, **changes)) == ("value_out_of_range", field)


def test_only_the_landlord_changes_a_flat(flat: Property, now: datetime) -> None:
    """Promise 22 below the web: another landlord is told that there is no such flat."""
    with transaction() as session:
        other = factories.make_property(session).landlord_id
    today = clock.local_date(now)
    rule = WantedRule(today, today + timedelta(days=2), price=20_000)
    rule_id = new_rule(flat, rule, now)
    later = WantedRule(today + timedelta(days=5), today + timedelta(days=6), price=20_000)
    assert refusal(lambda: change(flat, now, by=other)) == ("property_unknown", None)
    assert refusal(lambda: new_rule(flat, later, now, by=other)) == ("property_unknown", None)
    assert refusal(lambda: change_the_terms(flat, now, by=other)) == ("property_unknown", None)

    def drop(property_id: int, by: UUID) -> None:
        with transaction() as session:
            delete_rule(session, property_id, rule_id, landlord_id=by, now=now)

    assert refusal(lambda: drop(flat.id, other)) == ("property_unknown", None)
    with transaction() as session:
        own = factories.make_property(session, landlord_id=other)
    assert refusal(lambda: drop(own.id, other)) == ("rule_unknown", None)


def test_every_change_is_in_the_audit_trail(flat: Property, now: datetime) -> None:
    today = clock.local_date(now)
    change(flat, now, base_price=17_000)
    rule_id = new_rule(flat, WantedRule(today, today + timedelta(days=2), price=20_000), now)
    with transaction() as session:
        delete_rule(session, flat.id, rule_id, landlord_id=flat.landlord_id, now=now)
    change_the_terms(flat, now)
    with transaction() as session:
        statement = select(AuditEntry).where(
            AuditEntry.subject_kind == "property", AuditEntry.subject_id == str(flat.id)
        )
        entries = session.scalars(statement.order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "prices.changed",
        "prices.rule_added",
        "prices.rule_deleted",
        "terms.changed",
    ]
    assert {entry.actor_id for entry in entries} == {flat.landlord_id}
    assert entries[0].details["base_price"] == 17_000


money = st.integers(0, 50_000)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.integers(500, 90_000),
    st.none() | st.integers(500, 90_000),
    st.tuples(money, money, money, money),
    st.tuples(st.integers(0, 90), st.integers(0, 90)),
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9), st.integers(-90, 200)), max_size=4),
)
def test_whatever_a_landlord_sets_search_and_checkout_agree(  # noqa: PLR0917  # drawn by hypothesis
    app: Flask,
    base: int,
    weekend: int | None,
    fees: tuple[int, int, int, int],
    discounts: tuple[int, int],
    included: int,
    rules: list[tuple[int, int, int]],
) -> None:
    now = clock.now()
    today = clock.local_date(now)
    with transaction() as session:
        flat = factories.make_property(session, max_guests=4)
    wanted = PriceList(base, weekend, fees[0], included, fees[1], fees[2], fees[3], *discounts)
    change(flat, now, **{name: getattr(wanted, name) for name in wanted.__slots__})
    for start, length, percent in rules:
        first = today + timedelta(days=start)
        with contextlib.suppress(DomainError):  # overlaps, or says nothing: then it changes nothing
            new_rule(flat, WantedRule(first, first + timedelta(days=length), percent=percent), now)
    assert_agree(flat, now, some_stays(now))


def test_the_parity_check_can_fail(flat: Property, now: datetime) -> None:
    """A price that is changed behind the domain's back is found: by the totals and by the drift check."""
    with transaction() as session:
        session.get_one(Property, flat.id).base_price = 77_000
    with pytest.raises(AssertionError):
        assert_agree(flat, now, some_stays(now))
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[flat.id]) == [flat.id]


def test_a_flat_that_does_not_exist_is_nobodys(app: Flask, now: datetime) -> None:
    with transaction() as session, pytest.raises(DomainError):
        change_prices(session, 10**12, PLAIN, landlord_id=uuid4(), now=now)
