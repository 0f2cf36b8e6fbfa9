"""How often a provider is asked about a payment."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.payments.polling import POLL_CLOSED_MOST, POLL_MOST, pause_until_poll

SECOND = timedelta(seconds=1)
intervals = st.integers(1, 3600).map(lambda seconds: seconds * SECOND)
ages = st.integers(0, 14 * 24 * 3600).map(lambda seconds: seconds * SECOND)


@given(interval=intervals, age=ages, is_over=st.booleans())
def test_never_more_often_than_the_provider_wants(interval: timedelta, age: timedelta, *, is_over: bool) -> None:
    assert pause_until_poll(interval, age=age, is_over=is_over) >= interval


@given(interval=intervals, age=ages)
def test_while_it_can_be_paid_never_more_seldom_than_half_a_minute(interval: timedelta, age: timedelta) -> None:
    assert pause_until_poll(interval, age=age, is_over=False) <= max(interval, POLL_MOST)


@given(interval=intervals, age=ages)
def test_afterwards_never_more_seldom_than_each_hour(interval: timedelta, age: timedelta) -> None:
    assert pause_until_poll(interval, age=age, is_over=True) <= max(interval, POLL_CLOSED_MOST)


@given(interval=intervals, age=ages, older=ages, is_over=st.booleans())
def test_pauses_only_grow(interval: timedelta, age: timedelta, older: timedelta, *, is_over: bool) -> None:
    sooner, later = sorted([age, older])
    first = pause_until_poll(interval, age=sooner, is_over=is_over)
    assert first <= pause_until_poll(interval, age=later, is_over=is_over)


def test_a_quarter_of_an_hour_costs_few_questions() -> None:
    """Fifty open codes of the usual interval: well under the six questions a second that there are for them."""
    age, asked = 5 * SECOND, 0
    while age < timedelta(minutes=15):
        asked += 1
        age += pause_until_poll(5 * SECOND, age=age, is_over=False)
    assert asked <= 45
    assert 50 * asked / 900 < 3
