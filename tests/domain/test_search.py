"""Search finds exactly the flats that can be booked for what was asked."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range

from app.db import reading, transaction
from app.domain.availability import ring
from app.domain.availability.stay_rules import HouseRules, check_stay
from app.domain.pricing.rates import write_ring
from app.domain.search import drift, index
from app.domain.search.criteria import Criteria, Sort
from app.domain.search.geography import box_on_map, circle, place_on_map
from app.domain.search.results import Results, find
from app.domain.search.statement import PAGE_SIZE
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import City, Coordinates, District, PriceRule, Property, PropertySearch, PropertyStatus
from tests import factories

CITY = "kostanay"
"""A city that no other test uses: what is found there is what these tests put there."""


@pytest.fixture
def city(app: Flask) -> int:
    """The city, emptied of what earlier tests listed there."""
    with transaction() as session:
        city_id = session.scalars(select(City.id).where(City.slug == CITY)).one()
        shown = Property.status == PropertyStatus.PUBLISHED
        for prop in session.scalars(select(Property).where(Property.city_id == city_id, shown)):
            prop.status = PropertyStatus.PAUSED
            index.rebuild(session, prop.id, now=clock.now())
    return city_id


def listed(**changes: Any) -> Property:
    with transaction() as session:
        return factories.make_property(session, city=CITY, **changes)


def search(criteria: Criteria, now: datetime, language: str = "ru") -> Results:
    with reading() as connection:
        return find(connection, criteria, language=language, now=now)


def ids(found: Results) -> set[int]:
    return {card.id for card in found.cards}


def test_only_published_flats_of_the_city_are_found(city: int, now: datetime) -> None:
    shown = listed()
    for status in PropertyStatus:
        if status is not PropertyStatus.PUBLISHED:
            listed(status=status)
    with transaction() as session:
        factories.make_property(session, city="almaty")
    found = search(Criteria(city), now)
    assert ids(found) == {shown.id}
    assert (found.count, found.count_is_capped, found.next_after) == (1, False, None)


def test_filters_narrow(city: int, now: datetime) -> None:
    with transaction() as session:
        district = session.scalars(select(District.id).where(District.city_id == city).limit(1)).one_or_none()
    small = listed(rooms=1, max_guests=2, property_class="economy")
    large = listed(rooms=3, max_guests=6, property_class="premium", district_id=district)
    assert ids(search(Criteria(city), now)) == {small.id, large.id}
    assert ids(search(Criteria(city, guests=3), now)) == {large.id}
    assert ids(search(Criteria(city, rooms=2), now)) == {large.id}
    assert ids(search(Criteria(city, classes=("economy",)), now)) == {small.id}
    assert ids(search(Criteria(city, guests=7), now)) == set()
    if district is not None:
        assert ids(search(Criteria(city, district_id=district), now)) == {large.id}


def test_a_flat_is_found_exactly_when_all_its_nights_are_free(city: int, now: datetime) -> None:
    prop = listed()
    with transaction() as session:
        held = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(10, 3), now=now)
    for begin, nights, is_free in [(7, 3, True), (13, 2, True), (8, 3, False), (12, 1, False), (9, 6, False)]:
        found = search(Criteria(city, stay=factories.stay_in(begin, nights, now=now)), now)
        assert (prop.id in ids(found)) == is_free, (begin, nights)
        assert found.count == int(is_free)
    assert held.check_in == factories.stay_in(10, now=now).check_in


def test_limits_of_nights_are_the_flats_own(city: int, now: datetime) -> None:
    prop = listed(min_nights=3, max_nights=5)
    for nights, fits in [(2, False), (3, True), (5, True), (6, False)]:
        assert (prop.id in ids(search(Criteria(city, stay=factories.stay_in(10, nights, now=now)), now))) == fits


@pytest.mark.parametrize(
    "utc",
    [
        "2031-03-04T14:59:59",
        "2031-03-04T15:00:00",
        "2031-03-04T15:00:30",
        "2031-03-04T15:01:00",
        "2031-03-04T18:59:59",
        "2031-03-04T19:00:01",
        "2031-03-04T22:00:00",
    ],
)
def test_what_search_offers_for_tonight_is_what_the_rules_accept(city: int, utc: str) -> None:
    """Around the cut-off (20:00 in Almaty) and midnight, for both kinds of handing over the keys."""
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    today = clock.local_date(now)
    props = [listed(self_check_in=True), listed(self_check_in=False)]
    stay = Stay(today, today + timedelta(days=1))
    offered = ids(search(Criteria(city, stay=stay), now))
    for prop in props:
        rules = HouseRules(prop.max_guests, prop.min_nights, prop.max_nights, prop.self_check_in)
        assert (prop.id in offered) == _accepts(stay, rules, now), f"self check-in: {prop.self_check_in}"


def _accepts(stay: Stay, rules: HouseRules, now: datetime) -> bool:
    try:
        check_stay(stay, 1, rules, now=now)
    except DomainError:
        return False
    return True


@pytest.mark.parametrize("days_ahead", [499, 500, 512, 700])
def test_nothing_is_offered_beyond_the_horizon(city: int, now: datetime, days_ahead: int) -> None:
    """500 days, counted to the check-out; beyond it the ring's bits mean other nights."""
    prop = listed()
    check_out = clock.local_date(now) + timedelta(days=days_ahead + 1)
    stay = Stay(check_out - timedelta(days=2), check_out)
    offered = ids(search(Criteria(city, stay=stay), now))
    assert (prop.id in offered) == (days_ahead + 1 <= 500)


def test_an_endless_stay_is_answered_at_once(city: int, now: datetime) -> None:
    """A stay to the end of the calendar must not cost a million steps: anybody can write such an address."""
    listed()
    stay = Stay(clock.local_date(now) + timedelta(days=1), date(9999, 12, 31))
    assert stay.nights > 2_000_000
    began = time.thread_time()
    assert ids(search(Criteria(city, stay=stay), now)) == set()
    assert time.thread_time() - began < 0.2, "seconds of this thread's own work"


def test_pages_follow_each_other_without_gaps_or_repetitions(city: int, now: datetime) -> None:
    ratings = [(0, 0), (48, 10), (50, 10), (20, 5), (25, 5)]
    made = {
        listed(rating_sum=total, rating_count=count).id
        for number in range(PAGE_SIZE + 7)
        for total, count in [ratings[number % len(ratings)]]
    }
    for sort in Sort:
        first = search(Criteria(city, sort=sort), now)
        assert first.count == len(made)
        assert len(first.cards) == PAGE_SIZE
        assert first.next_after is not None
        second = search(replace(Criteria(city, sort=sort), after=first.next_after), now)
        assert second.next_after is None
        assert ids(first) | ids(second) == made
        assert not ids(first) & ids(second)
        values = [card.rating or 0 for card in [*first.cards, *second.cards]]
        if sort is Sort.RATING:
            assert values == sorted(values, reverse=True)


def test_cards_speak_the_language_and_fall_back_to_russian(city: int, now: datetime) -> None:
    listed(title={"ru": "Студия", "en": "Studio"})
    assert [card.title for card in search(Criteria(city), now, "en").cards] == ["Studio"]
    assert [card.title for card in search(Criteria(city), now, "kk").cards] == ["Студия"]


def test_the_price_on_a_card_is_the_quote(city: int, now: datetime) -> None:
    prop = listed(base_price=20_000, weekend_price=26_000, cleaning_fee=1_000)
    stay = factories.stay_in(10, 7, now=now)
    found = search(Criteria(city, stay=stay), now)
    nights = 5 * 20_000 + 2 * 26_000
    assert found.totals == [nights + 1_000 + nights // 10]
    assert [card.id for card in found.cards] == [prop.id]


def test_the_score_rewards_many_good_ratings_over_one_perfect_one(city: int, now: datetime) -> None:
    one_perfect, many_good = listed(rating_sum=5, rating_count=1), listed(rating_sum=480, rating_count=100)
    unrated = listed()
    assert [card.id for card in search(Criteria(city), now).cards] == [many_good.id, one_perfect.id, unrated.id]


def test_a_change_of_the_flat_that_missed_the_index_is_found_as_drift(city: int, now: datetime) -> None:
    prop = listed()
    with transaction() as session:
        session.get_one(Property, prop.id).max_guests = 9
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[prop.id]) == [prop.id]
        index.rebuild(session, prop.id, now=now)
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[prop.id]) == []
        row = session.get_one(PropertySearch, prop.id)
        assert (row.max_guests, row.busy) == (9, ring.EMPTY)


def test_a_word_that_missed_the_index_is_found_as_drift(city: int, now: datetime) -> None:
    prop = listed(title={"ru": "Шанырак у ботаники"})
    assert ids(search(Criteria(city, text="шанырак"), now)) == {prop.id}
    for planted in (
        "UPDATE property_words SET words = 'else' WHERE property_id = :flat",
        "DELETE FROM known_words WHERE word = 'wanirak'",
    ):
        with transaction() as session:
            session.execute(text(planted), {"flat": prop.id})
        assert ids(search(Criteria(city, text="шанырак"), now)) == set()
        with transaction() as session:
            assert drift.drifted(session, now=now, of=[prop.id]) == [prop.id]
            index.rebuild(session, prop.id, now=now)
        with transaction() as session:
            assert drift.drifted(session, now=now, of=[prop.id]) == []
        assert ids(search(Criteria(city, text="шанырак"), now)) == {prop.id}


def test_a_long_description_does_not_make_everything_match(city: int, now: datetime) -> None:
    wordy = listed(description={"ru": " ".join(f"{stem}{end}" for stem in ("сад", "дом", "вид") for end in "абвгдежз")})
    plain = listed(title={"ru": "Квартира у фонтана"})
    assert ids(search(Criteria(city, text="фантан"), now)) == {plain.id}
    assert ids(search(Criteria(city, text="у"), now)) == {wordy.id, plain.id}, "small words narrow nothing"


def test_a_rule_for_dates_asks_for_more_nights_than_the_flat(city: int, now: datetime) -> None:
    prop = listed()
    stay = factories.stay_in(30, 2, now=now)
    with transaction() as session:
        nights = Range(stay.check_in, stay.check_out)
        rule = PriceRule(
            property_id=prop.id, nights=nights, price=None, percent=None, min_nights=3, name="", created_at=now
        )
        session.add(rule)
        session.flush()
        write_ring(session, session.get_one(Property, prop.id), now=now)
    longer = Stay(stay.check_in, stay.check_out + timedelta(days=1))
    before = Stay(stay.check_in - timedelta(days=1), stay.check_out)
    assert [prop.id in ids(search(Criteria(city, stay=each), now)) for each in (stay, longer, before)] == [
        False,
        True,
        True,
    ]
    short = Stay(stay.check_in - timedelta(days=1), stay.check_in)
    assert ids(search(Criteria(city, stay=short), now)) == {prop.id}, "the minimum is for stays that begin there"


def test_places_on_the_map(city: int, now: datetime) -> None:
    """A box and a circle around the centre, and the order by distance."""
    flats = [listed(location=Coordinates(63.63 + 0.01 * step, 53.21)) for step in (2, 0, 1)]
    near = place_on_map(53.21, 63.63, Coordinates(63.63, 53.21))
    order = [card.id for card in search(Criteria(city, sort=Sort.DISTANCE, near=near), now).cards]
    assert order == [flats[1].id, flats[2].id, flats[0].id]
    assert ids(search(Criteria(city, area=circle(near, 1.0)), now)) == {flats[1].id, flats[2].id}
    box = box_on_map(53.2, 63.635, 53.22, 63.66, Coordinates(63.63, 53.21))
    assert ids(search(Criteria(city, area=box), now)) == {flats[0].id, flats[2].id}
