"""A flat's nights as a guest chooses among them: states of days, and the nearest stay that can be booked. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from enum import StrEnum
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
    limit = _last_check_out(choice, busy, rules, now=now)
    bookable = (first_check_in(rules, now=now), clock.local_date(now) + timedelta(days=ring.HORIZON_DAYS))
    days = [first.replace(day=number) for number in range(1, monthrange(first.year, first.month)[1] + 1)]
    return [_day(day, busy, rules, choice, limit=limit, bookable_between=bookable) for day in days]


def nearest_stay(busy: str, rules: HouseRules, *, now: datetime) -> Stay | None:
    """The first stay of the fewest nights the flat accepts that can be booked now."""
    day = first_check_in(rules, now=now)
    end = clock.local_date(now) + timedelta(days=ring.HORIZON_DAYS)
    while day + timedelta(days=rules.min_nights) <= end:
        stay = Stay(day, day + timedelta(days=rules.min_nights))
        if ring.is_free(busy, stay.check_in, stay.check_out):
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


def _last_check_out(choice: Choice, busy: str, rules: HouseRules, *, now: datetime) -> date | None:
    """The latest day on which a stay that begins at the chosen check-in can end."""
    if choice.check_in is None or not choice.wants_check_out:
        return None
    horizon = clock.local_date(now) + timedelta(days=ring.HORIZON_DAYS)
    if not first_check_in(rules, now=now) <= choice.check_in < horizon:
        return None
    end = choice.check_in
    while end < horizon and (end - choice.check_in).days < rules.max_nights and not ring.is_busy(busy, end):
        end += timedelta(days=1)
    return end


def _day(
    day: date, busy: str, rules: HouseRules, choice: Choice, *, limit: date | None, bookable_between: tuple[date, date]
) -> CalendarDay:
    bookable = bookable_between[0] <= day < bookable_between[1]
    taken = ring.is_busy(busy, day)
    if choice.check_in is not None and limit is not None:
        earliest = choice.check_in + timedelta(days=rules.min_nights)
        if earliest <= day <= limit:
            state = DayState.CHECKOUT_ONLY if taken else DayState.FREE
            return CalendarDay(day, state, Choice(choice.check_in, day))
    state = _state(day, choice, bookable=bookable, taken=taken)
    can_begin = bookable and not taken
    return CalendarDay(day, state, Choice(day) if can_begin and state is not DayState.CHECK_IN else None)


def _state(day: date, choice: Choice, *, bookable: bool, taken: bool) -> DayState:
    if day == choice.check_in:
        return DayState.CHECK_IN
    if choice.check_in is not None and choice.check_out is not None:
        if day == choice.check_out:
            return DayState.CHECK_OUT
        if choice.check_in < day < choice.check_out:
            return DayState.INSIDE
    if not bookable:
        return DayState.PAST
    return DayState.BUSY if taken else DayState.FREE
