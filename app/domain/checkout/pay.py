"""What a guest does between the hold and the payment, of a booking or of an extension: try again, or give it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.availability import occupancy
from app.domain.bookings import state_machine
from app.domain.checkout.amendments import held_amendment
from app.domain.checkout.lapse import drop_amendment
from app.domain.checkout.locking import lock_own
from app.domain.payments import lifecycle as payments
from app.kit.errors import DomainError, ErrorKind
from app.models import AmendmentStatus, BookingStatus, Payment, PaymentStatus, ReviewReason

IN_THE_WAY = (PaymentStatus.NEW, PaymentStatus.CREATED, PaymentStatus.PAID)
"""With a payment in one of these states another one would be a second charge."""

SHORTEST_PAYMENT = timedelta(seconds=60)
"""With less than this left of the hold a new attempt makes no sense."""


def retry(session: Session, reference: str, *, guest_id: UUID, now: datetime) -> None:
    """Intend a new payment after one was declined, while the hold lives. Does nothing when one is open.

    Raises DomainError `booking_unknown` (404), `hold_over` (409).
    """
    _, booking = lock_own(session, reference, guest_id)
    expires_at = booking.hold_expires_at
    if booking.status != BookingStatus.HELD or expires_at is None or expires_at < now + SHORTEST_PAYMENT:
        raise DomainError("hold_over", ErrorKind.CONFLICT)
    if not _is_in_the_way(session, Payment.booking_id == booking.id):
        payments.intend(session, booking.id, booking.total, expires_at=expires_at, now=now)


def cancel_hold(session: Session, reference: str, *, guest_id: UUID, now: datetime) -> None:
    """Give held nights back at once, or take a request back. Money that arrives after all goes to the review list.

    Raises DomainError `booking_unknown` (404), `wrong_state` (409) when it is neither held nor requested any more.
    """
    prop, booking = lock_own(session, reference, guest_id)
    if booking.status not in (BookingStatus.HELD, BookingStatus.REQUESTED):
        raise DomainError("wrong_state", ErrorKind.CONFLICT, status=booking.status)
    state_machine.transition(
        session,
        booking,
        BookingStatus.CANCELLED_BY_GUEST,
        actor=Actor.guest(guest_id),
        now=now,
        reason="before_payment",
    )
    occupancy.release_booking(session, prop, booking.id, now=now)
    payments.close_open(session, booking.id, status=PaymentStatus.EXPIRED)


def retry_extension(session: Session, reference: str, *, guest_id: UUID, now: datetime) -> None:
    """Intend a new payment for an extension after one was declined, while its hold lives; nothing when one is open.

    Raises DomainError `booking_unknown` (404), `hold_over` (409).
    """
    _, booking = lock_own(session, reference, guest_id)
    amendment = held_amendment(session, booking.id)
    expires_at = amendment.hold_expires_at if amendment is not None else None
    if amendment is None or expires_at is None or expires_at < now + SHORTEST_PAYMENT:
        raise DomainError("hold_over", ErrorKind.CONFLICT)
    if not _is_in_the_way(session, Payment.amendment_id == amendment.id):
        payments.intend(session, booking.id, amendment.total, expires_at=expires_at, now=now, amendment_id=amendment.id)


def cancel_extension(session: Session, reference: str, *, guest_id: UUID, now: datetime) -> None:
    """Give back the nights of an extension that waits for its payment; nothing when none does. The booking stays.

    Money that arrives after all goes to the review list. Raises DomainError `booking_unknown` (404).
    """
    prop, booking = lock_own(session, reference, guest_id)
    amendment = held_amendment(session, booking.id)
    if amendment is not None:
        drop_amendment(session, prop, amendment, AmendmentStatus.CANCELLED, now=now)


def _is_in_the_way(session: Session, mine: ColumnElement[bool]) -> bool:
    """Would another payment be a second charge? Money of a wrong amount goes back, so it is not in the way."""
    goes_back = Payment.review_reason.is_not_distinct_from(ReviewReason.WRONG_AMOUNT)
    opened = select(Payment.id).where(mine, Payment.status.in_(IN_THE_WAY), ~goes_back)
    return session.execute(opened).first() is not None
