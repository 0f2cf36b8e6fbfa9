"""Calendars with exactly so many bookings: most are over, the rest fill the coming weeks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from app.kit.period import Stay
from app.local.demo.flat import DemoFlat
from app.local.demo.plan import FlatCalendar
from app.local.demo.stays import CalendarEntry, past_stays, shortest_from
from app.local.scale.sizes import BOOKINGS_A_FLAT

_PAST = 12


def make_calendar(flat: DemoFlat, guests: Sequence[UUID], rng: random.Random, *, today: date) -> FlatCalendar:
    """Bookings of one flat, one after another, by guests drawn from `guests`."""
    stays = past_stays(flat, _PAST, today - timedelta(days=rng.randint(0, 2)), rng)
    day = today + timedelta(days=rng.choice((0, 0, 1, 2, 4)))
    while len(stays) < BOOKINGS_A_FLAT:
        nights = max(shortest_from(flat, day), rng.choice((1, 2, 2, 3, 3, 4, 5, 7)))
        stays.append(Stay(day, day + timedelta(days=nights)))
        day += timedelta(days=nights + rng.choice((0, 1, 2, 3, 4, 6, 9)))
    return FlatCalendar(tuple((CalendarEntry(stay), rng.choice(guests)) for stay in stays))
