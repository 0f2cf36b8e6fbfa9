"""The demo landlord's story fits into the calendars at any moment of any season. No database here."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.availability.stay_rules import HouseRules, cut_off_at
from app.domain.checkout.request import ANSWER
from app.local.demo.booking_rows import times_of
from app.local.demo.flat import DemoFlat
from app.local.demo.flats import make_flats
from app.local.demo.people import make_people
from app.local.demo.plan import plan_calendars
from app.local.demo.stays import shortest_from
from app.local.demo.story import Turn, plan_story, without

MOMENTS = [
    datetime(2026, 12, 20, 3, 1, tzinfo=UTC),
    datetime(2026, 12, 29, 20, 30, tzinfo=UTC),
    datetime(2027, 3, 12, 18, 59, tzinfo=UTC),
    datetime(2027, 5, 26, 9, 0, tzinfo=UTC),
    datetime(2027, 8, 30, 14, 0, tzinfo=UTC),
]


def dice() -> random.Random:
    return random.Random(5)


def rules_of(flat: DemoFlat) -> HouseRules:
    house = flat.house
    return HouseRules(
        flat.facts.max_guests, house.min_nights, house.max_nights, flat.facts.self_check_in, house.cut_off_time
    )


@pytest.mark.parametrize("now", MOMENTS)
def test_nothing_is_in_the_way_of_the_story(now: datetime) -> None:
    people = make_people(dice(), now=now)
    flats = make_flats(people, dice(), now=now)
    story = plan_story(flats, people, now=now)
    calendars = without(plan_calendars(flats, people, dice(), now=now), story)
    for number in range(6):
        kept = [episode.kept_free for episode in story if episode.flat == number]
        taken = [*kept, *(entry.stay for entry, _ in calendars[number].entries)]
        nights = [night for stay in taken for night in stay.dates()]
        assert len(nights) == len(set(nights))
    assert any(who == people.guest.id for _, who in calendars[0].entries)


@pytest.mark.parametrize("now", MOMENTS)
def test_every_turn_comes_when_the_product_allows_it(now: datetime) -> None:
    people = make_people(dice(), now=now)
    flats = make_flats(people, dice(), now=now)
    story = plan_story(flats, people, now=now)
    assert {episode.turn for episode in story} == set(Turn)
    for episode in story:
        flat = flats[episode.flat]
        assert flat.landlord == people.landlord
        assert episode.stay.nights >= shortest_from(flat, episode.stay.check_in)
        assert episode.booked_at <= episode.at <= now
        assert episode.booked_at < times_of(flat).check_in_at(episode.stay)
        if episode.turn is Turn.ASKED:
            assert not flat.house.instant_booking
            cut_off = cut_off_at(episode.stay.check_in, rules_of(flat))
            assert min(episode.at + ANSWER, cut_off) > now + timedelta(hours=12)
        if episode.new_check_out is not None:
            assert episode.stay.check_in < episode.new_check_out <= episode.kept_free.check_out
            assert (episode.new_check_out > episode.stay.check_out) == (episode.turn is Turn.EXTENDED)


def test_the_same_moment_gives_the_same_story() -> None:
    first, second = (
        plan_story(make_flats(people, dice(), now=MOMENTS[0]), people, now=MOMENTS[0])
        for people in (make_people(dice(), now=MOMENTS[0]), make_people(dice(), now=MOMENTS[0]))
    )
    assert first == second
