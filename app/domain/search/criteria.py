"""What can be looked for, and in what order. Pure values; edges read them from addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.availability import ring
from app.domain.search.geography import CENTRE, Box, Circle, Place
from app.kit import clock
from app.kit.period import Stay

FLEXIBLE_DAYS = 3
_SHIFTS = sorted(range(-FLEXIBLE_DAYS, FLEXIBLE_DAYS + 1), key=lambda days: (abs(days), days))
"""The nearest first, of two as near the earlier one."""

After = tuple[int | float, int]
"""The end of a page: its last flat's sorting value and id."""


class Sort(StrEnum):
    """In what order."""

    RECOMMENDED = "recommended"
    PRICE = "price"
    """The cheapest first: the whole stay, or a night when there are no dates."""
    RATING = "rating"
    DISTANCE = "distance"
    """The nearest first, from `Criteria.near`."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for; the defaults narrow nothing."""

    city_id: int
    district_id: int | None = None
    area: Box | Circle | None = None
    stay: Stay | None = None
    is_flexible: bool = False
    """Any stay of the same length that begins up to FLEXIBLE_DAYS earlier or later will do."""
    guests: int = 1
    price_from: int | None = None
    price_to: int | None = None
    """Tenge for the whole stay as at checkout; without dates for an ordinary night."""
    rooms: int | None = None
    """At least so many."""
    classes: tuple[str, ...] = ()
    """Any of these."""
    amenities: int = 0
    """A mask: all of these."""
    instant_only: bool = False
    rating_from: int | None = None
    """At least, × 100."""
    text: str = ""
    """As people type it."""
    near: Place = CENTRE
    sort: Sort = Sort.RECOMMENDED
    after: After | None = None

    def stays(self, *, now: datetime) -> tuple[Stay, ...]:
        """The stays that will do and that the calendar is about (from today, 500 days ahead), the nearest first."""
        if self.stay is None:
            return ()
        today = clock.local_date(now)
        last = today + timedelta(days=ring.HORIZON_DAYS)
        if self.stay.nights > ring.HORIZON_DAYS or self.stay.check_in > last:
            return ()
        shifted = (_shift(self.stay, days) for days in (_SHIFTS if self.is_flexible else (0,)))
        return tuple(stay for stay in shifted if today <= stay.check_in and stay.check_out <= last)


def _shift(stay: Stay, days: int) -> Stay:
    return Stay(stay.check_in + timedelta(days=days), stay.check_out + timedelta(days=days)) if days else stay
