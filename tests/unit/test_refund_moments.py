"""The cancelling page says up to when its refund holds: never later, and never less than then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bookings.cancellation import Paid, Terms, changes_for_worse, refund
from app.models import CancellationPolicy, RefundCause

CHECK_IN = datetime(2027, 3, 20, 9, tzinfo=UTC)
PAID = Paid(nights=30_000, cleaning=3_000, service_fee=3_000, deposit=20_000)


def back(terms: Terms, now: datetime) -> int:
    return refund(PAID, terms, RefundCause.CANCELLED_BY_GUEST, now=now).total


@given(
    st.sampled_from(CancellationPolicy),
    st.timedeltas(timedelta(minutes=1), timedelta(days=60)),
    st.timedeltas(timedelta(0), timedelta(days=60)),
)
def test_up_to_the_moment_nothing_gets_worse_and_after_it_something_does(
    policy: CancellationPolicy, paid_before: timedelta, passed: timedelta
) -> None:
    """Cancellation and refunds: every tier of every policy, the free hour included."""
    terms = Terms(policy, CHECK_IN, CHECK_IN - paid_before)
    now = terms.paid_at + passed
    found = changes_for_worse(PAID, terms, now=now)
    if found is None:
        assert all(back(terms, now + timedelta(hours=h)) >= back(terms, now) for h in range(0, 24 * 61, 7))
        return
    moment, later = found
    assert moment >= now
    assert back(terms, moment) == back(terms, now) or moment == CHECK_IN
    assert back(terms, moment + timedelta(microseconds=1)) == later.total < back(terms, now)
    for part in range(1, 20):
        assert back(terms, now + (moment - now) * part / 20) == back(terms, now)


@pytest.mark.parametrize(
    ("hours_ahead", "changes_in_hours"), [(200, 80), (120, 0), (60, 36), (24, 0), (10, 10), (0, None), (-5, None)]
)
def test_moderate_conditions_change_five_days_and_one_day_before_check_in(
    hours_ahead: int, changes_in_hours: int | None
) -> None:
    terms = Terms(CancellationPolicy.MODERATE, CHECK_IN, CHECK_IN - timedelta(days=90))
    now = CHECK_IN - timedelta(hours=hours_ahead)
    found = changes_for_worse(PAID, terms, now=now)
    expected = None if changes_in_hours is None else now + timedelta(hours=changes_in_hours)
    assert (None if found is None else found[0]) == expected
