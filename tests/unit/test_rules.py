"""Which stays a flat accepts: limits, cut-offs, the horizon, and midnight in Almaty."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access.grants import KeysState, window_of
from app.domain.availability.stay_rules import HouseRules, check_stay, first_check_in
from app.domain.bookings.cancellation import FULL_REFUND_BEFORE, free_until
from app.domain.bookings.state_machine import ALLOWED, may_become
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import BookingStatus, CancellationPolicy
from tests.unit.strategies import house_rules, moments

SELF = HouseRules(max_guests=4, min_nights=1, max_nights=90, self_check_in=True)
IN_PERSON = HouseRules(max_guests=4, min_nights=1, max_nights=90, self_check_in=False)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def refusal(stay: Stay, rules: HouseRules, now: datetime, *, guests: int = 2) -> str | None:
    try:
        check_stay(stay, guests, rules, now=now)
    except DomainError as error:
        return error.code
    return None


def nights_from(day: date, nights: int = 1) -> Stay:
    return Stay(day, day + timedelta(days=nights))


@pytest.mark.parametrize(
    ("utc", "rules", "first"),
    [
        # 20:00 in Almaty is 15:00 UTC; the minute of the cut-off itself still counts
        ("2027-03-04T14:59:59", IN_PERSON, "2027-03-04"),
        ("2027-03-04T15:00:59", IN_PERSON, "2027-03-04"),
        ("2027-03-04T15:01:00", IN_PERSON, "2027-03-05"),
        ("2027-03-04T15:01:00", SELF, "2027-03-04"),
        # 23:59 is 18:59 UTC
        ("2027-03-04T18:59:59", SELF, "2027-03-04"),
        ("2027-03-04T18:59:59", IN_PERSON, "2027-03-05"),
        ("2027-03-04T19:00:00", SELF, "2027-03-05"),
        ("2027-03-04T19:00:01", SELF, "2027-03-05"),
        ("2027-03-04T19:00:01", IN_PERSON, "2027-03-05"),
        ("2026-12-31T19:00:01", IN_PERSON, "2027-01-01"),
    ],
)
def test_the_first_check_in_depends_on_who_hands_over_the_keys(utc: str, rules: HouseRules, first: str) -> None:
    assert first_check_in(rules, now=moment(utc)) == date.fromisoformat(first)


def test_a_stay_that_began_yesterday_is_refused_and_tonight_is_not() -> None:
    today = date(2027, 3, 4)
    assert refusal(nights_from(today), SELF, moment("2027-03-04T18:59:59")) is None
    assert refusal(nights_from(today), SELF, moment("2027-03-04T19:00:01")) == "check_in_passed"
    assert refusal(nights_from(today), IN_PERSON, moment("2027-03-04T15:01:00")) == "too_late_today"


def test_the_horizon_is_500_days_to_the_check_out() -> None:
    now = moment("2027-03-04T18:59:59")
    last = date(2027, 3, 4) + timedelta(days=500)
    assert refusal(Stay(last - timedelta(days=1), last), SELF, now) is None
    assert refusal(Stay(last, last + timedelta(days=1)), SELF, now) == "too_far_ahead"
    assert refusal(Stay(last, last + timedelta(days=1)), SELF, moment("2027-03-04T19:00:01")) is None


@pytest.mark.parametrize(
    ("nights", "guests", "code"),
    [
        (2, 1, "too_few_nights"),
        (3, 4, None),
        (7, 1, None),
        (8, 1, "too_many_nights"),
        (3, 5, "too_many_guests"),
        (3, 0, "too_many_guests"),
        (3, -1, "too_many_guests"),
    ],
)
def test_the_house_limits(nights: int, guests: int, code: str | None) -> None:
    rules = HouseRules(max_guests=4, min_nights=3, max_nights=7, self_check_in=True)
    stay = nights_from(date(2027, 4, 1), nights)
    assert refusal(stay, rules, moment("2027-03-04T10:00:00"), guests=guests) == code


@given(house_rules(), moments, st.integers(-5, 520), st.integers(1, 400), st.integers(-1, 45))
def test_an_accepted_stay_keeps_every_limit(
    rules: HouseRules, now: datetime, ahead: int, nights: int, guests: int
) -> None:
    today = clock.local_date(now)
    stay = nights_from(today + timedelta(days=ahead), nights)
    fits = (
        first_check_in(rules, now=now) <= stay.check_in
        and stay.check_out <= today + timedelta(days=500)
        and rules.min_nights <= nights <= rules.max_nights
        and 1 <= guests <= rules.max_guests
    )
    assert (refusal(stay, rules, now, guests=guests) is None) == fits


@given(moments, st.sampled_from(list(CancellationPolicy)), st.integers(-48, 24 * 40))
def test_cancelling_is_free_until_the_policy_says(now: datetime, policy: CancellationPolicy, hours: int) -> None:
    check_in_at = now + timedelta(hours=hours)
    found = free_until(policy, check_in_at, now=now)
    assert (found is None) == (check_in_at - FULL_REFUND_BEFORE[policy] <= now)
    assert found is None or now < found < check_in_at


@given(moments, st.integers(1, 24 * 90), st.integers(-24 * 100, 24 * 100))
def test_keys_are_open_from_a_day_before_check_in_to_check_out(check_in: datetime, hours: int, shift: int) -> None:
    """Promise 24, as a rule over all moments."""
    check_out = check_in + timedelta(hours=hours)
    now = check_in + timedelta(hours=shift)
    state = window_of(check_in, check_out).state(now)
    assert (state is KeysState.OPEN) == (check_in - timedelta(hours=24) <= now < check_out)
    assert (state is KeysState.CLOSED) == (now >= check_out)


def test_bookings_that_ended_do_not_come_back() -> None:
    assert set(ALLOWED) == set(BookingStatus)
    ended = {status for status in BookingStatus if not ALLOWED[status]}
    assert {"completed", "no_show", "declined", "cancelled_by_guest", "cancelled_by_landlord"} <= ended
    for status in BookingStatus:
        assert not may_become(status, status)
        assert not may_become(status, BookingStatus.REQUESTED)
    assert not may_become(BookingStatus.CANCELLED_BY_GUEST, BookingStatus.CONFIRMED)
    assert [s for s in BookingStatus if may_become(s, BookingStatus.CHECKED_IN)] == [BookingStatus.CONFIRMED]


def test_only_states_that_keep_nights_can_be_paid_states() -> None:
    for status in BookingStatus:
        assert not status.is_paid or status.occupies


def test_cut_offs_are_local_times() -> None:
    assert SELF.cut_off == time(23, 59)
    assert IN_PERSON.cut_off == time(20, 0)
