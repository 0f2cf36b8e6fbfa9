"""Writing flats and all that belongs to them: stays and their money, reviews, pictures, keys, search rows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain.availability import ring
from app.domain.search.rows import RowMaker
from app.kit import clock
from app.local.demo.booking_rows import BookingRows, PlannedBooking, times_of
from app.local.demo.copying import reserve_ids
from app.local.demo.flat import DemoFlat
from app.local.demo.plan import FlatCalendar, booked_at
from app.local.demo.property_rows import add_properties
from app.local.demo.review_rows import ReviewRule, add_reviews, reviews_of
from app.local.demo.rooms.render import DrawnRoom
from app.models import Property, PropertyPrices, PropertySearch, PropertyWords


@dataclass(frozen=True, slots=True)
class MarketSize:
    """What was written."""

    properties: int
    bookings: int
    reviews: int


class MarketWriter:
    """Writes flats of the demo and of `seed-scale`. `rooms` are the drawn pictures by key."""

    def __init__(self, rooms: Mapping[str, DrawnRoom], rng: random.Random, *, now: datetime) -> None:
        self._rooms = rooms
        self._rng = rng
        self._now = now

    def write(
        self, session: Session, flats: Sequence[DemoFlat], calendars: Sequence[FlatCalendar], rule: ReviewRule
    ) -> MarketSize:
        """Write the flats, each with its calendar; `rule` says which finished stays are reviewed."""
        ids = reserve_ids(session, "properties", len(flats))
        stays, finished = self._stays(session, ids, flats, calendars)
        reviews = {
            property_id: reviews_of(plans, rule, self._rng, now=self._now) for property_id, plans in finished.items()
        }
        add_properties(session, dict(zip(ids, flats, strict=True)), reviews, self._rooms, self._rng, now=self._now)
        stays.write(session)
        add_reviews(session, reviews, self._rooms)
        self._add_index(session, ids, calendars)
        return MarketSize(len(flats), len(stays.lines["bookings"]), sum(len(each.reviews) for each in reviews.values()))

    def _stays(
        self, session: Session, ids: Sequence[int], flats: Sequence[DemoFlat], calendars: Sequence[FlatCalendar]
    ) -> tuple[BookingRows, dict[int, list[PlannedBooking]]]:
        """The rows of all stays, and by flat the bookings that are over."""
        count = sum(who is not None for calendar in calendars for _, who in calendar.entries)
        booking_ids = iter(reserve_ids(session, "bookings", count))
        rows = BookingRows(self._now, self._rng)
        finished: dict[int, list[PlannedBooking]] = {}
        for property_id, flat, calendar in zip(ids, flats, calendars, strict=True):
            for entry, who in calendar.entries:
                made_at = booked_at(flat, entry.stay, self._rng, now=self._now)
                if who is None:
                    rows.add_block(property_id, flat, entry.stay, made_at)
                    continue
                guests = self._rng.randint(1, flat.facts.max_guests)
                plan = PlannedBooking(next(booking_ids), property_id, flat, who, entry.stay, guests, made_at)
                rows.add(plan)
                if times_of(flat).check_out_at(entry.stay) < self._now - timedelta(days=1):
                    finished.setdefault(property_id, []).append(plan)
        return rows, finished

    def _add_index(self, session: Session, ids: Sequence[int], calendars: Sequence[FlatCalendar]) -> None:
        """The search rows, from the flats as they were written and the nights of their calendars."""
        today = clock.local_date(self._now)
        statement = select(Property).where(Property.id.in_(ids)).order_by(Property.id)
        props = session.scalars(statement).all()
        made = RowMaker(session, now=self._now).rows(props)
        rows = []
        for prop, calendar in zip(props, calendars, strict=True):
            nights = (night for entry, _ in calendar.entries for night in entry.stay.dates())
            busy = ring.mask(night for night in nights if night >= today - timedelta(days=1))
            rows.append(made[prop.id].search | {"busy": busy})
        session.execute(insert(PropertySearch), rows)
        session.execute(insert(PropertyPrices), [each.prices for each in made.values()])
        session.execute(insert(PropertyWords), [each.words for each in made.values()])
        session.expunge_all()
