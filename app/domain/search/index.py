"""Keeping `property_search` equal to the flats and their occupancies."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.domain.availability import occupancy, ring
from app.kit import clock
from app.models import Occupancy, Property, PropertySearch, PropertyStatus

BATCH = 500


def rating_times_100(rating_sum: int, rating_count: int) -> int:
    """The average rating × 100, 0 without ratings."""
    return 0 if not rating_count else (200 * rating_sum + rating_count) // (2 * rating_count)


def score_of(rating_sum: int, rating_count: int) -> int:
    """How strongly a flat is recommended: its rating drawn towards 4.0 as if ten guests had given that, × 1000."""
    return (rating_sum + 40) * 1000 // (rating_count + 10)


def row_of(prop: Property, busy: str) -> dict[str, object]:
    """The index row that a flat with this ring must have."""
    return {
        "property_id": prop.id,
        "is_listed": prop.status == PropertyStatus.PUBLISHED,
        "city_id": prop.city_id,
        "district_id": prop.district_id,
        "property_class": prop.property_class,
        "rooms": prop.rooms,
        "max_guests": prop.max_guests,
        "min_nights": prop.min_nights,
        "max_nights": prop.max_nights,
        "self_check_in": prop.self_check_in,
        "score": score_of(prop.rating_sum, prop.rating_count),
        "rating": rating_times_100(prop.rating_sum, prop.rating_count),
        "busy": busy,
    }


def add_row(session: Session, prop: Property) -> None:
    """Give a new flat its row, hence its lock. Its calendar is empty."""
    session.execute(insert(PropertySearch).values(row_of(prop, ring.EMPTY)))


def rebuild(session: Session, property_id: int, *, now: datetime) -> None:
    """Write one flat's row anew, under its lock."""
    locked = occupancy.lock_property(session, property_id)
    prop = locked[0] if locked else session.get_one(Property, property_id)
    values = row_of(prop, occupancy.busy_ring(session, prop, now=now))
    statement = insert(PropertySearch).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["property_id"], set_=values))


def property_ids(session: Session) -> list[int]:
    """Every flat."""
    return list(session.scalars(select(Property.id).order_by(Property.id)))


def drifted(session: Session, *, now: datetime) -> list[int]:
    """The flats whose row differs from what the flat and its occupancies say (nights from today on)."""
    today = clock.local_date(now)
    coming = [today + timedelta(days=n) for n in range(ring.HORIZON_DAYS)]
    spans: dict[int, list[Range[datetime]]] = {}
    since = now - timedelta(days=2)
    for property_id, during in session.execute(
        select(Occupancy.property_id, Occupancy.during).where(func.upper(Occupancy.during) > since)
    ):
        spans.setdefault(property_id, []).append(during)
    found = []
    statement = select(Property, PropertySearch).join(
        PropertySearch, PropertySearch.property_id == Property.id, isouter=True
    )
    for prop, row in session.execute(statement.order_by(Property.id).execution_options(yield_per=BATCH)):
        expected = row_of(prop, "")
        times = occupancy.HouseTimes.of(prop)
        busy = {night for during in spans.get(prop.id, []) for night in times.nights_met(during)}
        same = row is not None and all(getattr(row, key) == value for key, value in expected.items() if key != "busy")
        if not same or any(ring.is_busy(str(row.busy), night) != (night in busy) for night in coming):
            found.append(prop.id)
    return found


_CLEAR_PASSED = text(
    "WITH batch AS (SELECT property_id FROM property_search WHERE property_id > :after"
    "               ORDER BY property_id LIMIT :size FOR UPDATE)"
    " UPDATE property_search s SET busy = busy & ~CAST(:passed AS bit(512)) FROM batch b"
    " WHERE s.property_id = b.property_id AND bit_count(busy & CAST(:passed AS bit(512))) > 0"
)
_LAST_OF_BATCH = text(
    "SELECT max(property_id) FROM (SELECT property_id FROM property_search WHERE property_id > :after"
    " ORDER BY property_id LIMIT :size) AS batch"
)


def clear_passed(session: Session, *, after: int, now: datetime) -> int | None:
    """Clear the passed nights of one batch of rings beyond flat `after`; the last flat of it, None at the end."""
    passed = ring.mask(ring.passed_nights(clock.local_date(now)))
    last = session.scalar(_LAST_OF_BATCH, {"after": after, "size": BATCH})
    session.execute(_CLEAR_PASSED, {"after": after, "size": BATCH, "passed": passed})
    return last if last is None else int(last)
