"""`flask demo-data`: a believable market in one transaction. Does nothing when it is already there."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.accounts.people import find_by_phone
from app.domain.listings.cities import sync_reference
from app.domain.search import index
from app.local.demo.accounts import DEMO_GUEST
from app.local.demo.booking_rows import BookingRows, PlannedBooking, times_of
from app.local.demo.copying import reserve_ids
from app.local.demo.flats import make_flats
from app.local.demo.people import People, add_people, make_people
from app.local.demo.plan import FlatCalendar, booked_at, plan_calendars
from app.local.demo.property_rows import add_properties
from app.local.demo.review_rows import FlatReviews, add_reviews, reviews_of
from app.local.demo.rooms.render import DrawnRoom

SEED = 20_261
"""Change it, and every flat, name and price of the demo changes."""


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """What was made; all zero and `was_there` when the demo data were there before."""

    was_there: bool
    properties: int = 0
    people: int = 0
    bookings: int = 0
    reviews: int = 0


def is_seeded(session: Session) -> bool:
    """Is the demo guest there? Everything else came with them."""
    return find_by_phone(session, DEMO_GUEST.phone) is not None


def seed_demo(session: Session, *, rooms: Mapping[str, DrawnRoom], now: datetime) -> DemoSummary:
    """Write cities, people, flats with pictures and keys, stays with their money, reviews, and the search index.

    `rooms` are the drawn pictures by key. Dates are relative to `now`; the same day gives the same data.
    Raises RuntimeError when the search index differs from the flats at the end (nothing is kept then).
    """
    if is_seeded(session):
        return DemoSummary(was_there=True)
    rng = random.Random(SEED)  # noqa: S311  # dice for made-up data
    sync_reference(session)
    people = make_people(rng, now=now)
    add_people(session, people.everyone())
    flats = make_flats(people, rng, now=now)
    calendars = plan_calendars(flats, people, rng, now=now)
    ids = reserve_ids(session, "properties", len(flats))
    stays, finished = _bookings(session, ids, flats, calendars, rng, now=now)
    reviews = _reviews(people, finished, rng, now=now)
    add_properties(session, dict(zip(ids, flats, strict=True)), reviews, rooms, rng, now=now)
    stays.write(session)
    add_reviews(session, reviews)
    _index(session, ids, now=now)
    return DemoSummary(
        was_there=False,
        properties=len(flats),
        people=len(people.everyone()),
        bookings=len(stays.rows["bookings"]),
        reviews=sum(len(each.reviews) for each in reviews.values()),
    )


def _bookings(
    session: Session,
    ids: list[int],
    flats: list[DemoFlat],
    calendars: list[FlatCalendar],
    rng: random.Random,
    *,
    now: datetime,
) -> tuple[BookingRows, dict[int, list[PlannedBooking]]]:
    """The rows of all stays, and by flat the bookings that are over."""
    count = sum(who is not None for calendar in calendars for _, who in calendar.entries)
    booking_ids = iter(reserve_ids(session, "bookings", count))
    rows = BookingRows(now, rng)
    finished: dict[int, list[PlannedBooking]] = {}
    for property_id, flat, calendar in zip(ids, flats, calendars, strict=True):
        for entry, who in calendar.entries:
            made_at = booked_at(flat, entry.stay, rng, now=now)
            if who is None:
                rows.add_occupancy(property_id, flat, entry.stay, made_at)
                continue
            guests = rng.randint(1, flat.facts.max_guests)
            plan = PlannedBooking(next(booking_ids), property_id, flat, who, entry.stay, guests, made_at)
            rows.add(plan)
            if times_of(flat).check_out_at(entry.stay) < now - timedelta(days=1):
                finished.setdefault(property_id, []).append(plan)
    return rows, finished


def _reviews(
    people: People,
    finished: dict[int, list[PlannedBooking]],
    rng: random.Random,
    *,
    now: datetime,
) -> dict[int, FlatReviews]:
    return {
        property_id: reviews_of(plans, rng, must_write=people.guest.id, now=now)
        for property_id, plans in finished.items()
    }


def _index(session: Session, ids: list[int], *, now: datetime) -> None:
    for property_id in ids:
        index.rebuild(session, property_id, now=now)
    drifted = index.drifted(session, now=now)
    if drifted:
        raise RuntimeError(f"the search index differs for {len(drifted)} flats")
