"""The life of one flat's calendar: past stays, one under way, stays to come, the landlord's own days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.kit.period import Stay
from app.local.demo.flat import DemoFlat
from app.models import OccupancyKind

COMING_DAYS = 42
"""The six weeks in which calendars must look lived in."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """Nights that are taken: by a booking, or by the landlord who keeps them or has something repaired."""

    stay: Stay
    kind: OccupancyKind = OccupancyKind.BOOKING
    is_welcomed: bool = False
    """Was it booked with the promo code for a first booking?"""

    @property
    def is_booking(self) -> bool:
        """Does a guest come?"""
        return self.kind is OccupancyKind.BOOKING


_KINDS = (OccupancyKind.BOOKING, OccupancyKind.BLOCK, OccupancyKind.MAINTENANCE)
_KIND_WEIGHTS = (92, 5, 3)


def past_stays(flat: DemoFlat, count: int, end: date, rng: random.Random) -> list[Stay]:
    """So many stays one before the other, the last ending on `end` or before it; never before the flat was let."""
    stays: list[Stay] = []
    first_day = flat.created_at.date() + timedelta(days=3)
    cursor = end
    for _ in range(count):
        check_out = cursor - timedelta(days=rng.choice((0, 1, 2, 4, 7, 12, 21)))
        check_in = check_out - timedelta(days=_nights(flat, rng))
        while (check_out - check_in).days < shortest_from(flat, check_in):
            check_in -= timedelta(days=1)
        if check_in < first_day:
            break
        stays.append(Stay(check_in, check_out))
        cursor = check_in
    return stays[::-1]


def coming_entries(
    flat: DemoFlat, today: date, *, busy_share: float, free_days: int, rng: random.Random
) -> list[CalendarEntry]:
    """What takes the coming nights: about `busy_share` of six weeks, then thinner for two months more.

    Nothing begins in the first `free_days` days, so that the flat can be booked for tonight and tomorrow.
    """
    entries: list[CalendarEntry] = []
    day = today + timedelta(days=free_days)
    for share, until in ((busy_share, today + timedelta(days=COMING_DAYS)), (0.12, today + timedelta(days=105))):
        for stay in _fill(flat, day, until, share, rng):
            entries.append(CalendarEntry(stay, rng.choices(_KINDS, _KIND_WEIGHTS)[0]))
        day = max([until, *(entry.stay.check_out for entry in entries[-1:])])
    return entries


def _fill(flat: DemoFlat, start: date, until: date, share: float, rng: random.Random) -> Iterator[Stay]:
    """Stays and gaps in turn, so that about `share` of the nights are taken; at least one night in eight stays free."""
    day = start
    while day < until:
        nights = _nights(flat, rng)
        gap = nights * (1 - share) / share * rng.uniform(0.5, 1.5)
        day += timedelta(days=round(gap * rng.uniform(0.2, 0.8)))
        nights = max(nights, shortest_from(flat, day))
        if day + timedelta(days=nights) > until:
            return
        yield Stay(day, day + timedelta(days=nights))
        day += timedelta(days=nights + round(gap * 0.5))


def shortest_from(flat: DemoFlat, check_in: date) -> int:
    """The shortest stay that may begin on this date, in nights."""
    rule = flat.tariff.rule_of(check_in)
    return max(flat.house.min_nights, (rule.min_nights if rule else None) or 1)


def _nights(flat: DemoFlat, rng: random.Random) -> int:
    nights = rng.choices((1, 2, 3, 4, 5, 7, 10), (20, 30, 20, 11, 8, 8, 3))[0]
    return max(flat.house.min_nights, nights)
