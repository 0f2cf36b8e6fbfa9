"""What the calendar does to bookings by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import notifications
from app.domain.actor import SYSTEM
from app.domain.bookings import state_machine
from app.domain.pricing.quote import deposit_in
from app.models import Booking, BookingStatus, NotificationKind, Property


def advance(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Check in at check-in time, complete at check-out time; how many bookings moved. Nights are not touched."""
    moved = 0
    steps = (
        (BookingStatus.CONFIRMED, Booking.check_in_at, BookingStatus.CHECKED_IN),
        (BookingStatus.CHECKED_IN, Booking.check_out_at, BookingStatus.COMPLETED),
    )
    for current, moment, target in steps:
        statement = (
            select(Booking)
            .where(Booking.status == current, moment <= now)
            .order_by(moment)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        for booking in session.scalars(statement).all():
            state_machine.transition(session, booking, target, actor=SYSTEM, now=now, reason="time")
            if booking.deposit_due_at is not None:
                _tell_of_deposit(session, booking, now=now)
            moved += 1
    return moved


def _tell_of_deposit(session: Session, booking: Booking, *, now: datetime) -> None:
    """The landlord may claim of the deposit for two days."""
    landlord_id = session.scalars(select(Property.landlord_id).where(Property.id == booking.property_id)).one()
    notifications.tell_user(
        session,
        NotificationKind.DEPOSIT_CLAIM_OPEN,
        landlord_id,
        dedup_key=f"deposit-claim-open:{booking.id}",
        now=now,
        params={"amount": str(deposit_in(booking.quote))},
        booking_id=booking.id,
    )
