"""The one clock, and Kazakhstan's local time.

All Kazakhstan is UTC+5 since 2024-03-01 (tzdata 2024a and later); there is no daylight saving time.
Moments are aware UTC datetimes, stay dates are local dates.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

ALMATY = ZoneInfo("Asia/Almaty")


def now() -> datetime:
    """This moment, aware, UTC. The only place that asks the computer for the time."""
    return datetime.now(UTC)


def local_date(moment: datetime) -> date:
    """The date on a wall calendar in Almaty at `moment`."""
    return moment.astimezone(ALMATY).date()


def local_time(moment: datetime) -> time:
    """The time on a wall clock in Almaty at `moment`."""
    return moment.astimezone(ALMATY).time()


def at_local(day: date, wall_time: time) -> datetime:
    """The moment (UTC) at which clocks in Almaty show `wall_time` on `day`."""
    return datetime.combine(day, wall_time, ALMATY).astimezone(UTC)
