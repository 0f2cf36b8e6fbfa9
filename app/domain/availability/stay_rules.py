"""Which stays a flat accepts. Pure: values in, a DomainError or nothing out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain.availability.ring import HORIZON_DAYS
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay

SAME_DAY_CUT_OFF = time(20, 0)
"""Until when one may book for tonight where the landlord hands over the keys."""

SAME_DAY_CUT_OFF_SELF_CHECK_IN = time(23, 59)


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What a flat accepts."""

    max_guests: int
    min_nights: int
    max_nights: int
    self_check_in: bool
    cut_off_time: time | None = None
    """The flat's own; None: the usual one."""
    date_minimums: tuple[tuple[date, date, int], ...] = ()
    """From a date up to another: stays that begin there have at least so many nights."""

    @property
    def cut_off(self) -> time:
        """The last local minute at which tonight can still be booked."""
        if self.cut_off_time is not None:
            return self.cut_off_time
        return SAME_DAY_CUT_OFF_SELF_CHECK_IN if self.self_check_in else SAME_DAY_CUT_OFF

    def min_nights_from(self, check_in: date) -> int:
        """The shortest stay that may begin on this date."""
        return max(
            [self.min_nights, *(least for first, until, least in self.date_minimums if first <= check_in < until)]
        )


def minute_of_day(now: datetime) -> int:
    """The local minute, 0…1439."""
    local = clock.local_time(now)
    return local.hour * 60 + local.minute


def is_too_late(cut_off: time, *, now: datetime) -> bool:
    """Has the local minute of `cut_off` passed today? (It counts to its end.)"""
    return clock.local_time(now).replace(second=0, microsecond=0) > cut_off


def cut_off_at(check_in: date, rules: HouseRules) -> datetime:
    """The moment (UTC) from which a stay that begins on this date cannot be booked any more."""
    return clock.at_local(check_in, rules.cut_off) + timedelta(minutes=1)


def first_check_in(rules: HouseRules, *, now: datetime) -> date:
    """The earliest check-in date that can be booked now: today, or tomorrow after the cut-off."""
    today = clock.local_date(now)
    return today + timedelta(days=1) if is_too_late(rules.cut_off, now=now) else today


def check_stay(stay: Stay, guests: int, rules: HouseRules, *, now: datetime) -> None:
    """Refuse a stay that the flat does not accept.

    Raises DomainError (422): `check_in_passed`, `too_late_today`, `too_far_ahead`, `too_few_nights`, `too_many_nights`,
    `too_many_guests`.
    """
    today = clock.local_date(now)
    if stay.check_in < today:
        raise DomainError("check_in_passed")
    if stay.check_in < first_check_in(rules, now=now):
        raise DomainError("too_late_today", ErrorKind.INVALID, time=f"{rules.cut_off:%H:%M}")
    if stay.check_out > today + timedelta(days=HORIZON_DAYS):
        raise DomainError("too_far_ahead", ErrorKind.INVALID, days=HORIZON_DAYS)
    least = rules.min_nights_from(stay.check_in)
    if stay.nights < least:
        raise DomainError("too_few_nights", ErrorKind.INVALID, nights=least)
    if stay.nights > rules.max_nights:
        raise DomainError("too_many_nights", ErrorKind.INVALID, nights=rules.max_nights)
    if not 1 <= guests <= rules.max_guests:
        raise DomainError("too_many_guests", ErrorKind.INVALID, guests=rules.max_guests)
