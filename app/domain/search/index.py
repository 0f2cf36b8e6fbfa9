"""Keeping what search reads equal to the flats, their prices and their occupancies. Finding drift is drift.py's."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import changes
from app.domain.availability import occupancy, ring
from app.domain.pricing import rates
from app.domain.search import spelling
from app.domain.search.rows import RowMaker
from app.kit import clock
from app.models import Property, PropertyPrices, PropertySearch, PropertyWords

BATCH = 500
PRICED_AHEAD = timedelta(days=ring.HORIZON_DAYS + 3)
"""A ring of prices that ends sooner is written anew: three nightly jobs may fail without a guest noticing."""


def add_row(session: Session, prop: Property, *, now: datetime) -> None:
    """Give a new flat its rows, hence its lock. Its calendar is empty."""
    _write(session, prop, ring.EMPTY, now=now)


def rebuild(session: Session, property_id: int, *, now: datetime) -> None:
    """Write one flat's rows anew, under its lock."""
    locked = occupancy.lock_property(session, property_id)
    prop = locked[0] if locked else session.get_one(Property, property_id)
    _write(session, prop, occupancy.busy_ring(session, prop, now=now), now=now)


def refresh(session: Session, prop: Property, busy: str, *, now: datetime) -> None:
    """Write one flat's rows anew after its prices or terms changed; its nights stay. The caller holds its lock."""
    _write(session, prop, busy, now=now)


def property_ids(session: Session) -> list[int]:
    """Every flat."""
    return list(session.scalars(select(Property.id).order_by(Property.id)))


def extend_prices(session: Session, *, now: datetime, limit: int = BATCH) -> int:
    """Write the price rings anew that will soon not reach the horizon; how many. Each is locked until the commit."""
    needed = clock.local_date(now) + PRICED_AHEAD
    statement = (
        select(PropertyPrices.property_id)
        .join(PropertySearch, PropertySearch.property_id == PropertyPrices.property_id)
        .where(PropertyPrices.priced_until < needed)
        .order_by(PropertyPrices.property_id)
        .limit(limit)
    )
    ids = list(session.scalars(statement))
    for property_id in ids:
        locked = occupancy.lock_property(session, property_id)
        if locked is not None:
            rates.write_ring(session, locked[0], now=now)
    return len(ids)


def _write(session: Session, prop: Property, busy: str, *, now: datetime) -> None:
    rows = RowMaker(session, now=now).rows([prop])[prop.id]
    for model, row in (
        (PropertySearch, rows.search | {"busy": busy}),
        (PropertyPrices, rows.prices),
        (PropertyWords, rows.words),
    ):
        statement = insert(model).values(row)
        session.execute(statement.on_conflict_do_update(index_elements=["property_id"], set_=row))
    spelling.learn(session, rows.words["words"])
    changes.listing(session, prop.id, prop.city_id)


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
