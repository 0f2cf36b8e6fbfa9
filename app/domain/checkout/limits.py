"""How much of the market one guest may keep without paying."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.kit.errors import DomainError, ErrorKind

HOLD = timedelta(minutes=15)
"""How long dates are kept for a guest who pays."""
MAX_LIVE_HOLDS = 2
MAX_OPEN_REQUESTS = 5
SAME_NIGHTS_WINDOW = timedelta(minutes=30)
MAX_SAME_NIGHTS = 2
"""A slow guest gets a second chance at the same nights; a squatter does not get a third."""

_LOCK = text("SELECT FROM users WHERE id = :guest_id FOR NO KEY UPDATE")
_LIVE = text(
    "SELECT (SELECT count(*) FROM bookings WHERE guest_id = :guest_id AND status = 'held' AND hold_expires_at > :now)"
    " + (SELECT count(*) FROM booking_amendments a JOIN bookings b ON b.id = a.booking_id"
    "    WHERE b.guest_id = :guest_id AND a.status = 'held' AND a.hold_expires_at > :now)"
)
_REQUESTS = text(
    "SELECT count(*) FROM bookings WHERE guest_id = :guest_id AND status = 'requested' AND answer_by > :now"
)


def lock_guest(session: Session, guest_id: UUID) -> None:
    """One hold at a time per guest, so that their limits cannot be outrun in parallel."""
    session.execute(_LOCK, {"guest_id": guest_id})


def refuse_third_hold(session: Session, guest_id: UUID, *, now: datetime) -> None:
    """Raises DomainError `too_many_holds` (429) when the (locked) guest keeps two stays or extensions already."""
    live = session.execute(_LIVE, {"guest_id": guest_id, "now": now}).scalar_one()
    if live >= MAX_LIVE_HOLDS:
        raise DomainError("too_many_holds", ErrorKind.LIMIT, holds=MAX_LIVE_HOLDS)


def refuse_many_requests(session: Session, guest_id: UUID, *, now: datetime) -> None:
    """Raises DomainError `too_many_requests` (429) when too many landlords are asked at once."""
    found = session.execute(_REQUESTS, {"guest_id": guest_id, "now": now}).scalar_one()
    if found >= MAX_OPEN_REQUESTS:
        raise DomainError("too_many_requests", ErrorKind.LIMIT, requests=MAX_OPEN_REQUESTS)
