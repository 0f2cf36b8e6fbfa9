"""Who stays where and when: the bookings of all demo flats, the demo guest's own among them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.kit import clock
from app.kit.period import Stay
from app.local.demo.booking_rows import times_of
from app.local.demo.flat import DemoFlat
from app.local.demo.people import People
from app.local.demo.stays import CalendarEntry, coming_entries, past_stays

FREE_NOW_SHARE = 0.55
"""Part of the flats that can be booked for tonight and tomorrow."""


@dataclass(frozen=True, slots=True)
class FlatCalendar:
    """Everything that takes nights of one flat, in order, and who comes (None: the landlord's own days)."""

    entries: tuple[tuple[CalendarEntry, UUID | None], ...]


def plan_calendars(flats: list[DemoFlat], people: People, rng: random.Random, *, now: datetime) -> list[FlatCalendar]:
    """One calendar a flat. The first is the demo landlord's: the demo guest was there and is about to come back."""
    today = clock.local_date(now)
    calendars = [_calendar(flat, people, rng, today=today) for flat in flats]
    calendars[0] = _demo_guest_calendar(flats[0], calendars[0], people, now=now)
    return calendars


def _calendar(flat: DemoFlat, people: People, rng: random.Random, *, today: date) -> FlatCalendar:
    is_free_now = rng.random() < FREE_NOW_SHARE
    busy_share = rng.uniform(0.34, 0.68)
    count = rng.choices((0, rng.randint(3, 6), rng.randint(7, 18)), (8, 32, 60))[0]
    past_end = today - timedelta(days=rng.randint(0, 3))
    entries = [CalendarEntry(stay) for stay in past_stays(flat, count, past_end, rng)]
    if is_free_now:
        coming = coming_entries(flat, today, busy_share=busy_share, free_days=rng.randint(2, 4), rng=rng)
    else:
        begun = Stay(today - timedelta(days=rng.randint(0, 2)), today + timedelta(days=rng.randint(1, 3)))
        if entries and entries[-1].stay.check_out > begun.check_in:
            begun = Stay(today, begun.check_out)
        entries.append(CalendarEntry(begun))
        taken = (begun.check_out - today).days
        coming = coming_entries(flat, today, busy_share=busy_share, free_days=taken, rng=rng)
    guests = rng.sample(people.guests, len(entries) + len(coming))
    people_in = [
        guest.id if entry.is_booking else None for entry, guest in zip([*entries, *coming], guests, strict=True)
    ]
    return FlatCalendar(tuple(zip([*entries, *coming], people_in, strict=True)))


def _demo_guest_calendar(flat: DemoFlat, calendar: FlatCalendar, people: People, *, now: datetime) -> FlatCalendar:
    """Put the demo guest's two stays in, in place of whatever was in their way."""
    past, upcoming = demo_guest_stays(flat, now=now)
    mine = [(CalendarEntry(stay, is_welcomed=stay is past), people.guest.id) for stay in (past, upcoming)]
    others = [
        (entry, who)
        for entry, who in calendar.entries
        if all(
            entry.stay.check_out <= stay.check_in or entry.stay.check_in >= stay.check_out for stay in (past, upcoming)
        )
    ]
    return FlatCalendar(tuple(sorted([*others, *mine], key=lambda pair: pair[0].stay.check_in)))


def demo_guest_stays(flat: DemoFlat, *, now: datetime) -> tuple[Stay, Stay]:
    """One stay five weeks ago, and one whose keys are open now: it begins within the next 24 hours."""
    today = clock.local_date(now)
    past = Stay(today - timedelta(days=37), today - timedelta(days=34))
    begins = today if clock.at_local(today, flat.house.check_in_time) > now else today + timedelta(days=1)
    return past, Stay(begins, begins + timedelta(days=max(3, flat.house.min_nights)))


def booked_at(flat: DemoFlat, stay: Stay, rng: random.Random, *, now: datetime) -> datetime:
    """When a stay was booked: days to weeks before it, always before now."""
    check_in_at = times_of(flat).check_in_at(stay)
    earliest_end = min(check_in_at - timedelta(hours=5), now - timedelta(hours=2))
    day = earliest_end - timedelta(days=rng.choice((0, 1, 2, 3, 5, 8, 13, 21)), minutes=rng.randint(0, 50))
    local = time(rng.randint(8, 23), rng.randint(0, 59), rng.randint(0, 59))
    moment = clock.at_local(clock.local_date(day), local)
    return moment if moment <= earliest_end else earliest_end - timedelta(minutes=rng.randint(0, 50))
