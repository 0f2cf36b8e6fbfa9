"""Writing flats and all that belongs to them: stays and their money, reviews, pictures, keys, search rows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.pricing.promo import UsablePromo
from app.local.demo.booking_rows import BookingRows, PlannedBooking, times_of
from app.local.demo.copying import reserve_ids
from app.local.demo.flat import DemoFlat
from app.local.demo.index_rows import add_index
from app.local.demo.plan import FlatCalendar, booked_at
from app.local.demo.property_rows import add_properties
from app.local.demo.review_rows import ReviewRule, add_reviews, reviews_of
from app.local.demo.rooms.render import DrawnRoom


@dataclass(frozen=True, slots=True)
class MarketSize:
    """What was written."""

    flat_ids: Sequence[int]
    """In the order of the flats."""
    bookings: int
    reviews: int


class MarketWriter:
    """Writes flats of the demo and of `seed-scale`.

    `rooms` are the drawn pictures by key, `welcome` is the promo code of the calendars' entries that say so.
    """

    def __init__(
        self,
        rooms: Mapping[str, DrawnRoom],
        rng: random.Random,
        *,
        now: datetime,
        welcome: UsablePromo | None = None,
    ) -> None:
        self._rooms = rooms
        self._rng = rng
        self._now = now
        self._welcome = welcome

    def write(
        self, session: Session, flats: Sequence[DemoFlat], calendars: Sequence[FlatCalendar], rule: ReviewRule
    ) -> MarketSize:
        """Write the flats, each with its calendar; `rule` says which finished stays are reviewed."""
        ids = reserve_ids(session, "properties", len(flats))
        stays, finished = self._stays(session, ids, flats, calendars)
        reviews = {
            property_id: reviews_of(plans, rule, self._rng, now=self._now) for property_id, plans in finished.items()
        }
        by_id = dict(zip(ids, flats, strict=True))
        props = add_properties(session, by_id, reviews, self._rooms, self._rng, now=self._now)
        stays.write(session)
        add_reviews(session, reviews, self._rooms)
        taken = [[entry.stay for entry, _ in calendar.entries] for calendar in calendars]
        add_index(session, props, [flat.tariff for flat in flats], taken, now=self._now)
        reviewed = sum(len(each.reviews) for each in reviews.values())
        return MarketSize(ids, len(stays.lines["bookings"]), reviewed)

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
                    rows.add_block(property_id, flat, entry.stay, made_at, entry.kind)
                    continue
                guests = self._rng.randint(1, flat.facts.max_guests)
                promo = self._welcome if entry.is_welcomed else None
                plan = PlannedBooking(next(booking_ids), property_id, flat, who, entry.stay, guests, made_at, promo)
                rows.add(plan)
                if times_of(flat).check_out_at(entry.stay) < self._now - timedelta(days=1):
                    finished.setdefault(property_id, []).append(plan)
        return rows, finished
