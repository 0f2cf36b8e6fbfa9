"""What a guest does between the hold and the payment, of a booking or of an extension: pay otherwise, or give it up.

Another attempt is another payment: what the guest was shown before may still be paid, and is asked about to its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.availability import occupancy
from app.domain.bookings import state_machine
from app.domain.checkout.amendments import held_amendment
from app.domain.checkout.lapse import drop_amendment
from app.domain.checkout.locking import lock_own
from app.domain.payments import lifecycle as payments
from app.domain.payments.ways import BY_LINK, PayWay
from app.kit.errors import DomainError, ErrorKind
from app.models import (
    AmendmentStatus,
    BookingStatus,
    Payment,
    PaymentStatus,
    PayMethod,
    ReviewReason,
    User,
)

IN_THE_WAY = (PaymentStatus.NEW, PaymentStatus.CREATED, PaymentStatus.PAID)
"""With a payment in one of these states another one would be a second charge."""

_GOES_BACK = (ReviewReason.WRONG_AMOUNT, ReviewReason.REFUNDED_BY_PROVIDER)
"""Money that came and can be no stay, while the hold lives and waits for money that can."""

SHORTEST_PAYMENT = timedelta(seconds=60)
"""With less than this left of the hold a new attempt makes no sense."""


@dataclass(frozen=True, slots=True)
class _Due:
    """What is to be paid: for a booking or an extension, until when, and which payments are attempts at it."""

    booking_id: int
    amendment_id: int | None
    amount: int
    expires_at: datetime
    attempts: ColumnElement[bool]


def retry(session: Session, reference: str, *, guest_id: UUID, now: datetime, way: PayWay = BY_LINK) -> None:
    """Intend a new payment after one was declined or its code ran out, while the hold lives.

    Does nothing when one can be paid. Raises DomainError `booking_unknown` (404), `hold_over` (409).
    """
    _renew(session, _due_of_booking(session, reference, guest_id, now=now), way, now=now)


def switch(session: Session, reference: str, way: PayWay, *, guest_id: UUID, now: datetime) -> None:
    """Pay another way: the open payment is set aside and a new one intended. The same way again does nothing.

    A bill without a phone goes to the guest's own. Raises DomainError as `retry`, `phone_wrong` (422).
    """
    wanted = _with_phone(session, way, guest_id)
    _renew(session, _due_of_booking(session, reference, guest_id, now=now), wanted, now=now, instead=True)


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


def retry_extension(session: Session, reference: str, *, guest_id: UUID, now: datetime, way: PayWay = BY_LINK) -> None:
    """`retry` for an extension that is held."""
    _renew(session, _due_of_extension(session, reference, guest_id, now=now), way, now=now)


def switch_extension(session: Session, reference: str, way: PayWay, *, guest_id: UUID, now: datetime) -> None:
    """`switch` for an extension that is held."""
    wanted = _with_phone(session, way, guest_id)
    _renew(session, _due_of_extension(session, reference, guest_id, now=now), wanted, now=now, instead=True)


def cancel_extension(session: Session, reference: str, *, guest_id: UUID, now: datetime) -> None:
    """Give back the nights of an extension that waits for its payment; nothing when none does. The booking stays.

    Money that arrives after all goes to the review list. Raises DomainError `booking_unknown` (404).
    """
    prop, booking = lock_own(session, reference, guest_id)
    amendment = held_amendment(session, booking.id)
    if amendment is not None:
        drop_amendment(session, prop, amendment, AmendmentStatus.CANCELLED, now=now)


def _due_of_booking(session: Session, reference: str, guest_id: UUID, *, now: datetime) -> _Due:
    _, booking = lock_own(session, reference, guest_id)
    expires_at = booking.hold_expires_at
    if booking.status != BookingStatus.HELD or expires_at is None or expires_at < now + SHORTEST_PAYMENT:
        raise DomainError("hold_over", ErrorKind.CONFLICT)
    return _Due(booking.id, None, booking.total, expires_at, Payment.booking_id == booking.id)


def _due_of_extension(session: Session, reference: str, guest_id: UUID, *, now: datetime) -> _Due:
    _, booking = lock_own(session, reference, guest_id)
    amendment = held_amendment(session, booking.id)
    expires_at = amendment.hold_expires_at if amendment is not None else None
    if amendment is None or expires_at is None or expires_at < now + SHORTEST_PAYMENT:
        raise DomainError("hold_over", ErrorKind.CONFLICT)
    return _Due(booking.id, amendment.id, amendment.total, expires_at, Payment.amendment_id == amendment.id)


def _with_phone(session: Session, way: PayWay, guest_id: UUID) -> PayWay:
    """The way with its phone, by default the guest's own. Kaspi is on Kazakhstan's mobile numbers (+77…) only."""
    if way.method is not PayMethod.PUSH:
        return replace(way, phone=None)
    phone = way.phone or session.get_one(User, guest_id).phone
    if not phone.startswith("+77") or len(phone) != 12:
        raise DomainError("phone_wrong")
    return replace(way, phone=phone)


def _renew(session: Session, due: _Due, way: PayWay, *, now: datetime, instead: bool = False) -> None:
    """Intend another payment unless one was paid, or is open and good; `instead` of one that is good but otherwise.

    The booking is locked, so of two taps the second finds what the first has made.
    """
    for payment in _in_the_way(session, due):
        if payment.status == PaymentStatus.PAID:
            return
        ran_out = payment.provider_expires_at is not None and payment.provider_expires_at <= now
        is_so = PayWay(PayMethod(payment.method), payment.phone) == way
        if not ran_out and (is_so or not instead):
            return
        payments.set_aside(session, payment, now=now)
    session.flush()
    payments.intend(
        session,
        due.booking_id,
        due.amount,
        expires_at=due.expires_at,
        now=now,
        amendment_id=due.amendment_id,
        way=way,
    )


def _in_the_way(session: Session, due: _Due) -> list[Payment]:
    """Attempts beside which another one might be a second charge, the paid first; not money that has to go back.

    A reason alone says nothing: a callback that lied about the amount leaves a payment open that can be paid.
    """
    goes_back = and_(
        Payment.status == PaymentStatus.PAID,
        Payment.returned == Payment.captured,
        func.coalesce(Payment.review_reason, "").in_(_GOES_BACK),
    )
    statement = select(Payment).where(due.attempts, Payment.status.in_(IN_THE_WAY), ~goes_back)
    return sorted(
        session.scalars(statement.with_for_update()), key=lambda payment: payment.status != PaymentStatus.PAID
    )
