"""Giving back what a hold that ran out still keeps: of a booking that was never paid, or of an extension.

A hold whose payment is open at the provider waits a little past its end, so that a job can ask once more whether money
came in the last second; then it lapses like any other. Money that comes later still is settle's matter.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.domain.actor import SYSTEM
from app.domain.availability import occupancy
from app.domain.bookings import state_machine
from app.domain.payments import lifecycle as payments
from app.models import (
    AmendmentStatus,
    Booking,
    BookingAmendment,
    BookingStatus,
    Occupancy,
    PaymentStatus,
    Property,
)

GRACE = timedelta(seconds=30)
"""How long a lapsed hold with an open payment waits for the provider's answer."""


def release_lapsed(session: Session, prop: Property, window: Range[datetime], *, now: datetime) -> None:
    """Free what lapsed holds still keep of a stretch of time, without waiting for the sweep. The flat is locked."""
    in_the_way = select(Occupancy.booking_id).where(
        Occupancy.property_id == prop.id, Occupancy.during.overlaps(window), Occupancy.booking_id.is_not(None)
    )
    bookings = (
        select(Booking)
        .where(Booking.id.in_(in_the_way), Booking.status == BookingStatus.HELD, Booking.hold_expires_at <= now)
        .order_by(Booking.id)
        .with_for_update()
    )
    for booking in session.scalars(bookings).all():
        lapse_booking(session, prop, booking, now=now)
    amendments = (
        select(BookingAmendment)
        .where(BookingAmendment.booking_id.in_(in_the_way), BookingAmendment.status == AmendmentStatus.HELD)
        .where(BookingAmendment.hold_expires_at <= now)
        .order_by(BookingAmendment.id)
        .with_for_update()
    )
    for amendment in session.scalars(amendments).all():
        lapse_amendment(session, prop, amendment, now=now)
    session.flush()


def lapse_booking(session: Session, prop: Property, booking: Booking, *, now: datetime, asked: bool = False) -> bool:
    """End a booking's hold that is over; False when it is not, or may still bring money (unless `asked` just now)."""
    if booking.status != BookingStatus.HELD or not _is_over(
        session, booking.id, booking.hold_expires_at, now=now, asked=asked
    ):
        return False
    state_machine.transition(session, booking, BookingStatus.EXPIRED, actor=SYSTEM, now=now, reason="hold_ran_out")
    occupancy.release_booking(session, prop, booking.id, now=now)
    payments.close_open(session, booking.id, status=PaymentStatus.EXPIRED)
    return True


def lapse_amendment(
    session: Session, prop: Property, amendment: BookingAmendment, *, now: datetime, asked: bool = False
) -> bool:
    """End an extension's hold that is over; False when it is not, or may still bring money (unless `asked`)."""
    if amendment.status != AmendmentStatus.HELD or not _is_over(
        session, amendment.booking_id, amendment.hold_expires_at, now=now, asked=asked
    ):
        return False
    drop_amendment(session, prop, amendment, AmendmentStatus.EXPIRED, now=now)
    return True


def drop_amendment(
    session: Session, prop: Property, amendment: BookingAmendment, status: AmendmentStatus, *, now: datetime
) -> None:
    """End a held extension: its nights are free, its payment is not waited for any more."""
    amendment.status = status
    amendment.hold_expires_at = None
    occupancy.release_amendment(session, prop, amendment.id, now=now)
    payments.close_open(session, amendment.booking_id, status=PaymentStatus.EXPIRED)


def _is_over(session: Session, booking_id: int, ends_at: datetime | None, *, now: datetime, asked: bool) -> bool:
    if ends_at is None or ends_at > now:
        return False
    in_grace = ends_at + GRACE > now
    return asked or not in_grace or payments.open_payment_of(session, booking_id) is None
