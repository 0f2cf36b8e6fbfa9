"""The ring of busy nights as arithmetic."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.availability import ring
from app.kit.period import Stay
from app.models import RING_NIGHTS
from tests.unit.strategies import days, stays

window = st.integers(min_value=0, max_value=ring.HORIZON_DAYS - 1)


@given(days, st.sets(window, max_size=60))
def test_exactly_the_nights_of_the_mask_are_busy(today: date, offsets: set[int]) -> None:
    nights = {today + timedelta(days=offset) for offset in offsets}
    found = ring.mask(nights)
    assert len(found) == RING_NIGHTS
    assert {
        today + timedelta(days=n) for n in range(ring.HORIZON_DAYS) if ring.is_busy(found, today + timedelta(n))
    } == (nights)


@given(days, stays(longest=60), stays(longest=60))
def test_a_stay_is_free_exactly_when_it_shares_no_night(today: date, taken: Stay, wanted: Stay) -> None:
    """Within one horizon: both stays are moved to within 500 days of today."""

    def moved(stay: Stay) -> Stay:
        begin = today + timedelta(days=stay.check_in.toordinal() % 400)
        return Stay(begin, begin + timedelta(days=stay.nights))

    taken, wanted = moved(taken), moved(wanted)
    is_free = ring.is_free(ring.mask(taken.dates()), wanted.check_in, wanted.check_out)
    assert is_free == (not set(taken.dates()) & set(wanted.dates()))


@given(days)
def test_no_two_bookable_nights_share_a_bit(today: date) -> None:
    positions = {ring.position(today + timedelta(days=n)) for n in range(ring.HORIZON_DAYS)}
    assert len(positions) == ring.HORIZON_DAYS


@given(days)
def test_clearing_passed_nights_touches_no_bookable_night(today: date) -> None:
    passed = {ring.position(night) for night in ring.passed_nights(today)}
    coming = {ring.position(today + timedelta(days=n)) for n in range(ring.HORIZON_DAYS)}
    assert not passed & coming
    assert len(passed) + len(coming) <= RING_NIGHTS


@given(days)
def test_a_nightly_job_that_misses_days_still_clears_every_bit_before_it_is_used_again(today: date) -> None:
    """A passed night's bit becomes a bookable night's after 12 days at the soonest."""
    yesterday = today - timedelta(days=1)
    for later in range(11):
        last = today + timedelta(days=later + ring.HORIZON_DAYS - 1)
        assert ring.position(yesterday) != ring.position(last)
    assert yesterday in ring.passed_nights(today + timedelta(days=10))


def test_an_empty_ring_is_free() -> None:
    assert ring.mask([]) == ring.EMPTY
    assert ring.is_free(ring.EMPTY, date(2027, 1, 1), date(2028, 1, 1))


@given(days, st.sets(window, max_size=60), st.integers(0, ring.HORIZON_DAYS - 1), st.integers(0, 60))
def test_nights_in_a_row_are_those_asked_for_one_by_one(today: date, offsets: set[int], ahead: int, count: int) -> None:
    """Across the ring's seam too: the offsets reach everywhere."""
    busy, first = ring.mask(today + timedelta(days=offset) for offset in offsets), today + timedelta(days=ahead)
    one_by_one = [ring.is_busy(busy, first + timedelta(days=n)) for n in range(count)]
    assert ring.nights_from(busy, first, count) == one_by_one
