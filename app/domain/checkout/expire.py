"""Holds that ran out: the nights are free again.

A hold whose payment is open at the provider waits a little past its end, so that a job can ask once more whether money
came in the last second; then it lapses like any other. Money that comes later still is settle's matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.domain.actor import SYSTEM
from app.domain.availability import occupancy
from app.domain.bookings import state_machine
from app.domain.checkout.locking import lock_booking
from app.domain.payments import lifecycle as payments
from app.models import Booking, BookingStatus, Payment, PaymentStatus, Property

GRACE = timedelta(seconds=30)
"""How long a lapsed hold with an open payment waits for the provider's answer."""


@dataclass(frozen=True, slots=True)
class LapsedHold:
    """A held booking whose time is over. `is_open`: the provider knows a payment of it that may still be paid."""

    booking_id: int
    expired_at: datetime
    is_open: bool

    def in_grace(self, now: datetime) -> bool:
        """Does it still wait for the provider's answer?"""
        return self.expired_at + GRACE > now


def lapsed(session: Session, *, now: datetime, limit: int = 200) -> list[LapsedHold]:
    """Held bookings whose time is over, oldest first."""
    asked = exists().where(Payment.booking_id == Booking.id, Payment.status == PaymentStatus.CREATED)
    statement = (
        select(Booking.id, Booking.hold_expires_at, asked)
        .where(Booking.status == BookingStatus.HELD, Booking.hold_expires_at <= now)
        .order_by(Booking.hold_expires_at)
        .limit(limit)
    )
    rows = session.execute(statement).all()
    return [LapsedHold(booking_id, at, is_open) for booking_id, at, is_open in rows if at is not None]


def expire(session: Session, booking_id: int, *, now: datetime, provider_asked: bool) -> bool:
    """End a lapsed hold. False when it was paid, prolonged or ended meanwhile, or waits for the provider's answer."""
    prop, booking = lock_booking(session, booking_id)
    if booking.status != BookingStatus.HELD or booking.hold_expires_at is None or booking.hold_expires_at > now:
        return False
    if provider_asked:
        _end(session, prop, booking, now=now)
        return True
    return expire_lapsed(session, prop, booking, now=now)


def expire_lapsed(session: Session, prop: Property, booking: Booking, *, now: datetime) -> bool:
    """End a lapsed hold that is locked, unless its open payment may still bring money (within the grace)."""
    if booking.hold_expires_at is None or booking.hold_expires_at > now:
        return False
    in_grace = booking.hold_expires_at + GRACE > now
    if in_grace and payments.open_payment_of(session, booking.id) is not None:
        return False
    _end(session, prop, booking, now=now)
    return True


def _end(session: Session, prop: Property, booking: Booking, *, now: datetime) -> None:
    state_machine.transition(session, booking, BookingStatus.EXPIRED, actor=SYSTEM, now=now, reason="hold_ran_out")
    occupancy.release_booking(session, prop, booking.id, now=now)
    payments.close_open(session, booking.id, status=PaymentStatus.EXPIRED)
