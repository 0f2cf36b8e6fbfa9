"""The price in search is the quote of checkout, to the tenge; orders and limits by price follow it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.db import reading, transaction
from app.domain.availability.stay_rules import HouseRules
from app.domain.pricing.quote import quote
from app.domain.pricing.rates import tariff_of
from app.domain.pricing.tariff import Tariff
from app.domain.search import drift, index
from app.domain.search.criteria import Criteria, Sort
from app.domain.search.results import Results, find
from app.kit import clock
from app.kit.period import Stay
from app.models import City, PriceRule, PropertyPrices, Role, StayDiscount
from tests import factories

CITY = "kyzylorda"
"""A city that no other test uses."""
FLATS = 36


class Market:
    """Random flats of the city with their tariffs and house rules."""

    def __init__(self, city_id: int, now: datetime) -> None:
        self.city_id = city_id
        self.now = now
        self.flats: dict[int, tuple[Tariff, HouseRules]] = {}

    def find(self, criteria: Criteria) -> Results:
        """All pages of a search in one."""
        rows, totals, stays, after = [], [], [], None
        while True:
            with reading() as connection:
                page = find(connection, _with_after(criteria, after), language="ru", now=self.now)
            rows += page.rows
            totals += page.totals or []
            stays += page.stays or []
            after = page.next_after
            if after is None:
                return Results(rows, totals, page.count, False, None, stays or None)

    def total(self, flat: int, stay: Stay, guests: int) -> int:
        """What checkout asks."""
        return quote(self.flats[flat][0], stay, guests=guests).total

    def accepts(self, flat: int, stay: Stay, guests: int) -> bool:
        """Is it within the flat's limits? (Nothing is booked here.)"""
        rules = self.flats[flat][1]
        return rules.min_nights_from(stay.check_in) <= stay.nights <= rules.max_nights and guests <= rules.max_guests


def _with_after(criteria: Criteria, after: tuple[int | float, int] | None) -> Criteria:
    return replace(criteria, after=after)


@pytest.fixture(scope="module")
def made(web_app: Flask) -> Market:
    """Flats with every rule of pricing, by the same dice each time."""
    dice = random.Random(20_261)
    now = clock.now()
    with web_app.app_context(), transaction() as session:
        city_id = session.scalars(select(City.id).where(City.slug == CITY)).one()
        landlord_id = factories.make_user(session, roles=(Role.GUEST, Role.LANDLORD))
        market = Market(city_id, now)
        for _ in range(FLATS):
            _add_flat(session, market, landlord_id, dice)
    return market


@pytest.fixture
def market(made: Market, app: Flask) -> Market:
    """The flats, with the application's context."""
    return made


def _add_flat(session: Session, market: Market, landlord_id: UUID, dice: random.Random) -> None:
    most = dice.randint(1, 8)
    base = dice.randint(4_001, 90_000)
    prop = factories.make_property(
        session,
        landlord_id=landlord_id,
        city=CITY,
        max_guests=most,
        base_price=base,
        weekend_price=dice.choice([None, base + dice.randint(1, 9_999), base - 777]),
        cleaning_fee=dice.choice([0, dice.randint(1, 9_000)]),
        extra_guest_price=dice.choice([0, dice.randint(1, 4_000)]),
        one_night_surcharge=dice.choice([0, dice.randint(1, 5_000)]),
        deposit=dice.choice([0, 0, dice.randint(1, 60_000)]),
        min_nights=dice.choice([1, 1, 2, 5]),
        max_nights=dice.choice([30, 90, 365]),
    )
    prop.included_guests = dice.randint(1, most)
    today = clock.local_date(market.now)
    first = today + timedelta(days=dice.randint(0, 10))
    for _ in range(dice.randint(0, 5)):
        until = first + timedelta(days=dice.randint(1, 12))
        price, percent = dice.choice(
            [(dice.randint(500, 200_000), None), (None, dice.choice([-33, 17, 150])), (None, None)]
        )
        least = dice.choice([2, 3, 9]) if price is None and percent is None else dice.choice([None, 4])
        session.add(
            PriceRule(
                property_id=prop.id,
                nights=Range(first, until),
                price=price,
                percent=percent,
                min_nights=least,
                name="",
                created_at=market.now,
            )
        )
        first = until + timedelta(days=dice.randint(0, 6))
    for nights in (7, 28):
        if dice.random() < 0.5:
            session.add(StayDiscount(property_id=prop.id, min_nights=nights, percent=dice.randint(1, 90)))
    session.flush()
    index.rebuild(session, prop.id, now=market.now)
    tariff = tariff_of(session, prop, now=market.now)
    rules = HouseRules(prop.max_guests, prop.min_nights, prop.max_nights, True, date_minimums=tariff.date_minimums)
    market.flats[prop.id] = (tariff, rules)


def _stays(dice: random.Random, today: date, count: int) -> Iterator[tuple[Stay, int]]:
    for _ in range(count):
        check_in = today + timedelta(days=dice.choice([dice.randint(1, 40), dice.randint(1, 440)]))
        nights = dice.choice([1, 1, 2, 3, 5, 6, 7, 8, 14, 27, 28, 29, 45])
        yield Stay(check_in, check_in + timedelta(days=nights)), dice.randint(1, 6)


def test_the_total_is_the_quote_and_the_flats_are_those_that_accept_the_stay(market: Market) -> None:
    """Over random tariffs, stays and guests; also with dates that ask for a longer stay (3-domain, Price)."""
    checked = 0
    for stay, guests in _stays(random.Random(7), clock.local_date(market.now), 60):
        found = market.find(Criteria(market.city_id, stay=stay, guests=guests))
        expected = {flat for flat in market.flats if market.accepts(flat, stay, guests)}
        assert {row.id for row in found.rows} == expected, (stay, guests)
        assert found.count == len(expected)
        for row, total in zip(found.rows, found.totals or [], strict=True):
            assert total == market.total(row.id, stay, guests), (row.id, stay, guests)
            checked += 1
    assert checked > 200


def test_sorted_by_price_is_sorted_by_quote(market: Market) -> None:
    for stay, guests in _stays(random.Random(8), clock.local_date(market.now), 25):
        found = market.find(Criteria(market.city_id, stay=stay, guests=guests, sort=Sort.PRICE))
        fitting = [flat for flat in market.flats if market.accepts(flat, stay, guests)]
        assert [row.id for row in found.rows] == sorted(
            fitting, key=lambda flat: (market.total(flat, stay, guests), flat)
        )


@pytest.mark.parametrize("sort", list(Sort))
def test_limits_of_price_are_of_the_whole_stay(market: Market, sort: Sort) -> None:
    """Both ends count; each order and every combination of ends."""
    stay = factories.stay_in(20, 6, now=market.now)
    fitting = [flat for flat in market.flats if market.accepts(flat, stay, 1)]
    totals = sorted(market.total(flat, stay, 1) for flat in fitting)
    least, most = totals[len(totals) // 4], totals[-3]
    for low, high in [(least, None), (None, most), (least, most), (least, least), (most + 1, most + 1)]:
        found = market.find(Criteria(market.city_id, stay=stay, price_from=low, price_to=high, sort=sort))
        expected = {flat for flat in fitting if (low or 0) <= market.total(flat, stay, 1) <= (high or 10**12)}
        assert {row.id for row in found.rows} == expected
        assert found.count == len(expected)


def test_without_dates_price_is_of_an_ordinary_night(market: Market) -> None:
    bases = {flat: tariff.base_price for flat, (tariff, _) in market.flats.items()}
    found = market.find(Criteria(market.city_id, sort=Sort.PRICE))
    assert [row.id for row in found.rows] == sorted(bases, key=lambda flat: (bases[flat], flat))
    middle = sorted(bases.values())[FLATS // 2]
    found = market.find(Criteria(market.city_id, price_to=middle))
    assert {row.id for row in found.rows} == {flat for flat, base in bases.items() if base <= middle}


@pytest.mark.parametrize("sort", list(Sort))
def test_flexible_dates_show_the_cheapest_of_seven_stays(market: Market, sort: Sort) -> None:
    """A flat counts when any shifted stay is accepted; its card has the cheapest, of equal ones the nearest."""
    for stay, guests in _stays(random.Random(9), clock.local_date(market.now), 12):
        found = market.find(Criteria(market.city_id, stay=stay, is_flexible=True, guests=guests, sort=sort))
        best = {flat: offer for flat in market.flats if (offer := _best(market, flat, stay, guests))}
        assert {row.id for row in found.rows} == set(best)
        if not best:
            continue
        for row, total, shown in zip(found.rows, found.totals or [], found.stays or [], strict=True):
            assert (total, shown) == (best[row.id][0], best[row.id][2]), (row.id, stay)
        if sort is Sort.PRICE:
            assert [row.id for row in found.rows] == sorted(best, key=lambda flat: (best[flat][0], flat))


def _best(market: Market, flat: int, stay: Stay, guests: int) -> tuple[int, tuple[int, int], Stay] | None:
    today = clock.local_date(market.now)
    offers = []
    for days in range(-3, 4):
        shifted = Stay(stay.check_in + timedelta(days=days), stay.check_out + timedelta(days=days))
        if shifted.check_in > today and market.accepts(flat, shifted, guests):
            offers.append((market.total(flat, shifted, guests), (abs(days), days), shifted))
    return min(offers, key=lambda offer: offer[:2]) if offers else None


def test_planted_drift_of_prices_is_found_and_rebuilt(market: Market) -> None:
    now = market.now
    flat = next(iter(market.flats))
    with transaction() as session:
        prices = session.get_one(PropertyPrices, flat)
        nightly = list(prices.nightly)
        night = clock.local_date(now) + timedelta(days=9)
        nightly[night.toordinal() % 512] += 1
        prices.nightly = nightly
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[flat]) == [flat]
        index.rebuild(session, flat, now=now)
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[flat]) == []
