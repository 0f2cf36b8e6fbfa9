"""Nights that a landlord takes off the market, or that are kept for repairs. The same timeline, the same lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.domain.availability import occupancy
from app.domain.availability.ring import HORIZON_DAYS
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.models import ActorKind, Occupancy, OccupancyKind, Property

_BY_HAND = (OccupancyKind.BLOCK, OccupancyKind.MAINTENANCE)


def block(session: Session, property_id: int, nights: Stay, *, kind: OccupancyKind, actor: Actor, now: datetime) -> int:
    """Take free nights off the market; the id of the block.

    Raises DomainError `property_unknown` (404) for a flat that is not theirs, `check_in_passed`, `too_far_ahead`
    (422), `dates_taken` (409) when any of the nights is not free.
    """
    prop = _own_flat(session, property_id, actor)
    today = clock.local_date(now)
    if nights.check_in < today:
        raise DomainError("check_in_passed")
    if nights.check_out > today + timedelta(days=HORIZON_DAYS):
        raise DomainError("too_far_ahead", ErrorKind.INVALID, days=HORIZON_DAYS)
    if kind not in _BY_HAND:
        raise ValueError("a block by hand is a block or maintenance")
    if not occupancy.occupy(session, prop, nights, kind=kind, now=now):
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    window = occupancy.HouseTimes.of(prop).window(nights)
    found = select(Occupancy.id).where(Occupancy.property_id == property_id, Occupancy.during == window)
    block_id = session.scalars(found).one()
    audit.record(session, f"calendar.{kind}", actor=actor, subject=("property", property_id), now=now, block=block_id)
    return block_id


def unblock(session: Session, property_id: int, block_id: int, *, actor: Actor, now: datetime) -> None:
    """Put nights back on the market.

    Raises DomainError `property_unknown`, `block_unknown` (404), `block_stays` (409) for the nights of a booking that
    the landlord cancelled: only staff frees them, or cancelling would be a way to sell them dearer.
    """
    prop = _own_flat(session, property_id, actor)
    if actor.kind is not ActorKind.STAFF and block_id in punished_blocks(session.connection(), property_id):
        raise DomainError("block_stays", ErrorKind.CONFLICT)
    statement = (
        delete(Occupancy)
        .where(Occupancy.id == block_id, Occupancy.property_id == property_id, Occupancy.kind.in_(_BY_HAND))
        .returning(Occupancy.during)
    )
    freed = list(session.scalars(statement))
    if not freed:
        raise DomainError("block_unknown", ErrorKind.NOT_FOUND)
    occupancy.refresh_ring(session, prop, freed, now=now)
    audit.record(session, "calendar.unblocked", actor=actor, subject=("property", property_id), now=now, block=block_id)


_PUNISHED = text(
    "SELECT o.id FROM occupancies o JOIN bookings b ON b.property_id = o.property_id"
    " AND b.status = 'cancelled_by_landlord' AND b.check_in_at >= lower(o.during) AND b.check_out_at <= upper(o.during)"
    " WHERE o.property_id = :property_id AND o.kind = 'block'"
)


def punished_blocks(connection: Connection, property_id: int) -> frozenset[int]:
    """The blocks that a landlord's own cancellations left: ids."""
    return frozenset(connection.scalars(_PUNISHED, {"property_id": property_id}))


def _own_flat(session: Session, property_id: int, actor: Actor) -> Property:
    locked = occupancy.lock_property(session, property_id)
    if locked is None or (actor.kind is not ActorKind.STAFF and locked[0].landlord_id != actor.user_id):
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    return locked[0]
