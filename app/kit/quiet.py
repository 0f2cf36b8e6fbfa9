"""The hours of the night in which people are left alone, on clocks in Almaty."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self

from app.kit import clock

_FORM = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` until just before `ends`; over midnight when it ends earlier on the clock than it begins."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """`22:00-08:00`. Raises ValueError, also for hours that begin and end at the same time."""
        match = _FORM.fullmatch(text.strip())
        if match is None:
            raise ValueError("is written as 22:00-08:00")
        begins_hour, begins_minute, ends_hour, ends_minute = map(int, match.groups())
        found = cls(time(begins_hour, begins_minute), time(ends_hour, ends_minute))
        if found.begins == found.ends:
            raise ValueError("begin and end differ")
        return found

    def end_of(self, moment: datetime) -> datetime | None:
        """When the quiet that `moment` is in ends (UTC); None when it is in none."""
        wall, today = clock.local_time(moment), clock.local_date(moment)
        if self.begins < self.ends:
            return clock.at_local(today, self.ends) if self.begins <= wall < self.ends else None
        if wall < self.ends:
            return clock.at_local(today, self.ends)
        return clock.at_local(today + timedelta(days=1), self.ends) if wall >= self.begins else None
