"""The sweep over holds that ran out: of bookings and of extensions. What lapsing means is lapse.py's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.checkout.lapse import GRACE, lapse_amendment, lapse_booking
from app.domain.checkout.locking import lock_booking
from app.models import BookingAmendment


@dataclass(frozen=True, slots=True)
class LapsedHold:
    """A hold whose time is over, of a booking or of an extension of it.

    `is_open`: the provider knows a payment of it that may still be paid.
    """

    booking_id: int
    amendment_id: int | None
    expired_at: datetime
    is_open: bool

    def in_grace(self, now: datetime) -> bool:
        """Does it still wait for the provider's answer?"""
        return self.expired_at + GRACE > now


_LAPSED = text(
    """
    SELECT h.booking_id, h.amendment_id, h.expired_at,
        EXISTS (SELECT FROM payments p WHERE p.booking_id = h.booking_id AND p.status = 'created') AS is_open
    FROM (
        SELECT id AS booking_id, NULL::bigint AS amendment_id, hold_expires_at AS expired_at
        FROM bookings WHERE status = 'held' AND hold_expires_at <= :now
        UNION ALL
        SELECT booking_id, id, hold_expires_at FROM booking_amendments WHERE status = 'held' AND hold_expires_at <= :now
    ) AS h ORDER BY h.expired_at LIMIT :limit
    """
)


def lapsed(session: Session, *, now: datetime, limit: int = 200) -> list[LapsedHold]:
    """Holds whose time is over, oldest first."""
    return [LapsedHold(*row) for row in session.execute(_LAPSED, {"now": now, "limit": limit})]


def expire(
    session: Session, booking_id: int, *, now: datetime, provider_asked: bool, amendment_id: int | None = None
) -> bool:
    """End a lapsed hold. False when it was paid, prolonged or ended meanwhile, or waits for the provider's answer."""
    prop, booking = lock_booking(session, booking_id)
    if amendment_id is None:
        return lapse_booking(session, prop, booking, now=now, asked=provider_asked)
    amendment = session.get_one(BookingAmendment, amendment_id, with_for_update=True, populate_existing=True)
    return lapse_amendment(session, prop, amendment, now=now, asked=provider_asked)
