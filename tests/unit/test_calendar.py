"""The calendar of a flat: whatever it offers can be booked, and what can be booked it offers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.availability import ring
from app.domain.availability.calendar import CalendarDay, Choice, DayState, days_of_month, nearest_stay, problem_with
from app.domain.availability.stay_rules import HouseRules
from app.kit import clock
from app.kit.period import Stay
from tests.unit.strategies import house_rules, moments

busy_offsets = st.sets(st.integers(min_value=0, max_value=120), max_size=60)
RULES = HouseRules(max_guests=4, min_nights=1, max_nights=90, self_check_in=True)


def month_of(day: date, busy: str, rules: HouseRules, choice: Choice, now: datetime) -> list[CalendarDay]:
    days = days_of_month(day.replace(day=1), busy, rules, choice, now=now)
    assert [found.date.day for found in days] == list(range(1, len(days) + 1))
    assert days[-1].date + timedelta(days=1) == (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return days


def taken(now: datetime, offsets: set[int]) -> str:
    return ring.mask(clock.local_date(now) + timedelta(days=offset) for offset in offsets)


@given(moments, house_rules(), busy_offsets, st.integers(0, 90))
def test_every_offered_check_out_makes_a_stay_that_can_be_booked(
    now: datetime, rules: HouseRules, offsets: set[int], ahead: int
) -> None:
    busy, check_in = taken(now, offsets), clock.local_date(now) + timedelta(days=ahead)
    choice = Choice(check_in)
    for month in (check_in, check_in + timedelta(days=31)):
        for day in month_of(month, busy, rules, choice, now):
            if day.next_choice is None or day.next_choice.check_out is None:
                continue
            stay = Stay(check_in, day.next_choice.check_out)
            assert problem_with(stay, 1, busy, rules, now=now) is None, f"{stay} was offered"


@given(moments, house_rules(), busy_offsets, st.integers(0, 40), st.integers(1, 20))
def test_what_can_be_booked_is_offered(
    now: datetime, rules: HouseRules, offsets: set[int], ahead: int, nights: int
) -> None:
    busy, check_in = taken(now, offsets), clock.local_date(now) + timedelta(days=ahead)
    stay = Stay(check_in, check_in + timedelta(days=nights))
    if problem_with(stay, 1, busy, rules, now=now) is not None:
        return
    begins = {day.date: day.next_choice for day in month_of(check_in, busy, rules, Choice(), now)}
    assert begins[check_in] == Choice(check_in)
    ends = {day.date: day.next_choice for day in month_of(stay.check_out, busy, rules, Choice(check_in), now)}
    assert ends[stay.check_out] == Choice(check_in, stay.check_out)


@given(moments, house_rules(), busy_offsets)
def test_the_nearest_stay_can_be_booked_and_nothing_is_nearer(
    now: datetime, rules: HouseRules, offsets: set[int]
) -> None:
    busy = taken(now, offsets)
    found = nearest_stay(busy, rules, now=now)
    day = clock.local_date(now)
    end = found.check_in if found else day + timedelta(days=ring.HORIZON_DAYS - rules.min_nights)
    while day < end:
        stay = Stay(day, day + timedelta(days=rules.min_nights))
        assert problem_with(stay, 1, busy, rules, now=now) is not None
        day += timedelta(days=1)
    if found is not None:
        assert found.nights == rules.min_nights
        assert problem_with(found, 1, busy, rules, now=now) is None


def test_days_around_a_taken_night() -> None:
    now = datetime(2027, 3, 4, 10, tzinfo=UTC)
    busy = ring.mask([date(2027, 3, 10)])
    plain = {day.date.day: day for day in month_of(date(2027, 3, 1), busy, RULES, Choice(), now)}
    assert plain[3].state is DayState.PAST
    assert plain[4].state is DayState.FREE
    assert plain[10].state is DayState.BUSY
    assert plain[10].next_choice is None
    chosen = {day.date.day: day for day in month_of(date(2027, 3, 1), busy, RULES, Choice(date(2027, 3, 8)), now)}
    assert chosen[8].state is DayState.CHECK_IN
    assert chosen[10].state is DayState.CHECKOUT_ONLY
    assert chosen[10].next_choice == Choice(date(2027, 3, 8), date(2027, 3, 10))
    assert chosen[11].next_choice == Choice(date(2027, 3, 11)), "beyond the taken night a new stay begins"


@pytest.mark.parametrize(
    ("utc", "first_free"),
    [("2027-03-04T18:59:59", 4), ("2027-03-04T19:00:01", 5)],
)
def test_the_calendar_turns_the_page_at_midnight_in_almaty(utc: str, first_free: int) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    days = month_of(date(2027, 3, 1), ring.EMPTY, RULES, Choice(), now)
    assert next(day.date.day for day in days if day.state is DayState.FREE) == first_free


@pytest.mark.parametrize("check_in", [date(1, 1, 1), date(2020, 1, 1), date(9999, 12, 1), date(9999, 12, 31)])
def test_an_absurd_check_in_in_the_address_breaks_nothing(check_in: date) -> None:
    now = datetime(2027, 3, 4, 10, tzinfo=UTC)
    days = month_of(date(2027, 3, 1), ring.EMPTY, RULES, Choice(check_in), now)
    assert len(days) == 31
    assert all(day.next_choice is None or day.next_choice.check_in == day.date for day in days)


def test_after_the_cut_off_tonight_is_not_offered_even_when_the_address_asks_for_it() -> None:
    rules = HouseRules(max_guests=4, min_nights=1, max_nights=90, self_check_in=False)
    now = datetime(2027, 3, 4, 15, 1, tzinfo=UTC)  # 20:01 in Almaty
    days = month_of(date(2027, 3, 1), ring.EMPTY, rules, Choice(date(2027, 3, 4)), now)
    assert all(day.next_choice is None or day.next_choice.check_in != date(2027, 3, 4) for day in days)


def test_dates_with_a_longer_shortest_stay_offer_no_shorter_one() -> None:
    """Stays: min nights, also those of dates; the calendar offers only what the check accepts."""
    now = datetime(2027, 3, 4, 10, tzinfo=UTC)
    rules = HouseRules(4, 1, 90, self_check_in=True, date_minimums=((date(2027, 3, 4), date(2027, 3, 10), 5),))
    chosen = {day.date.day: day for day in month_of(date(2027, 3, 1), ring.EMPTY, rules, Choice(date(2027, 3, 8)), now)}
    assert [n for n in range(9, 20) if chosen[n].next_choice == Choice(date(2027, 3, 8), date(2027, 3, n))] == [
        *range(13, 20)
    ]
    assert nearest_stay(ring.EMPTY, rules, now=now) == Stay(date(2027, 3, 4), date(2027, 3, 9))
    taken_soon = ring.mask([date(2027, 3, 11)])
    assert nearest_stay(taken_soon, rules, now=now) == Stay(date(2027, 3, 4), date(2027, 3, 9))
    assert nearest_stay(ring.mask([date(2027, 3, 7)]), rules, now=now) == Stay(date(2027, 3, 8), date(2027, 3, 13))


def test_a_minimum_of_dates_above_the_flats_maximum_closes_them() -> None:
    now = datetime(2027, 3, 4, 10, tzinfo=UTC)
    rules = HouseRules(4, 1, 3, self_check_in=True, date_minimums=((date(2027, 3, 4), date(2027, 3, 6), 5),))
    assert nearest_stay(ring.EMPTY, rules, now=now) == Stay(date(2027, 3, 6), date(2027, 3, 7))
