"""A flat's nights as a guest chooses among them: states of days, and the nearest stay that can be booked. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.domain.availability import ring
from app.domain.availability.stay_rules import HouseRules, check_stay, first_check_in
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay


class DayState(StrEnum):
    """What a day is to someone who chooses dates."""

    PAST = "past"
    """Passed, too late today, or beyond the horizon."""
    BUSY = "busy"
    FREE = "free"
    CHECKOUT_ONLY = "checkout_only"
    """The night is taken, but a stay may end on this day."""
    CHECK_IN = "check_in"
    INSIDE = "inside"
    CHECK_OUT = "check_out"


class Choice(NamedTuple):
    """The dates chosen so far. A tuple, as a day is, since a page makes a hundred."""

    check_in: date | None = None
    check_out: date | None = None

    @property
    def wants_check_out(self) -> bool:
        """Is the next day to be chosen a check-out?"""
        return self.check_in is not None and self.check_out is None


class CalendarDay(NamedTuple):
    """One day; `next_choice` is what choosing it leads to, None when it cannot be chosen."""

    date: date
    state: DayState
    next_choice: Choice | None


def days_of_month(first: date, busy: str, rules: HouseRules, choice: Choice, *, now: datetime) -> list[CalendarDay]:
    """Every day of the month that begins on `first`."""
    dates = _dates(first)
    begins, horizon = first_check_in(rules, now=now), clock.local_date(now) + timedelta(days=ring.HORIZON_DAYS)
    possible_ends = _possible_ends(choice, busy, rules, begins=begins, horizon=horizon)
    days = []
    for day, is_taken in zip(dates, ring.nights_from(busy, first, len(dates)), strict=True):
        if possible_ends is not None and possible_ends[0] <= day <= possible_ends[1]:
            state = DayState.CHECKOUT_ONLY if is_taken else DayState.FREE
            days.append(CalendarDay(day, state, Choice(choice.check_in, day)))
            continue
        is_bookable = begins <= day < horizon
        state = _state(day, choice, is_bookable=is_bookable, is_taken=is_taken)
        can_begin = is_bookable and not is_taken and state is not DayState.CHECK_IN
        days.append(CalendarDay(day, state, Choice(day) if can_begin else None))
    return days


def nearest_stay(busy: str, rules: HouseRules, *, now: datetime) -> Stay | None:
    """The first stay of the fewest nights the flat accepts from that day on that can be booked now."""
    day = first_check_in(rules, now=now)
    end = clock.local_date(now) + timedelta(days=ring.HORIZON_DAYS)
    while day + timedelta(days=rules.min_nights) <= end:
        stay = Stay(day, day + timedelta(days=rules.min_nights_from(day)))
        fits = stay.nights <= rules.max_nights and stay.check_out <= end
        if fits and ring.is_free(busy, stay.check_in, stay.check_out):
            return stay
        day += timedelta(days=1)
    return None


def problem_with(stay: Stay, guests: int, busy: str, rules: HouseRules, *, now: datetime) -> DomainError | None:
    """Why this stay cannot be booked as things stand, or None."""
    try:
        check_stay(stay, guests, rules, now=now)
    except DomainError as error:
        return error
    if not ring.is_free(busy, stay.check_in, stay.check_out):
        return DomainError("dates_taken")
    return None


@lru_cache(maxsize=64)
def _dates(first: date) -> list[date]:
    """The days of a month."""
    return [first.replace(day=number) for number in range(1, monthrange(first.year, first.month)[1] + 1)]


def _possible_ends(
    choice: Choice, busy: str, rules: HouseRules, *, begins: date, horizon: date
) -> tuple[date, date] | None:
    """Between which days a stay can end that begins at the chosen check-in; None unless a check-out is to be chosen."""
    if choice.check_in is None or not choice.wants_check_out or not begins <= choice.check_in < horizon:
        return None
    end = choice.check_in
    while end < horizon and (end - choice.check_in).days < rules.max_nights and not ring.is_busy(busy, end):
        end += timedelta(days=1)
    return choice.check_in + timedelta(days=rules.min_nights_from(choice.check_in)), end


def _state(day: date, choice: Choice, *, is_bookable: bool, is_taken: bool) -> DayState:
    check_in, check_out = choice
    if check_in is not None:
        if day == check_in:
            return DayState.CHECK_IN
        if check_out is not None and check_in < day <= check_out:
            return DayState.CHECK_OUT if day == check_out else DayState.INSIDE
    if not is_bookable:
        return DayState.PAST
    return DayState.BUSY if is_taken else DayState.FREE
