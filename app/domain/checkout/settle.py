"""What a provider's word about a payment does to the booking: exactly once, whatever order and number it comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.access import grants
from app.domain.actor import SYSTEM
from app.domain.availability import occupancy
from app.domain.bookings import state_machine
from app.domain.checkout import amendments, refunding, sharing, telling
from app.domain.checkout.locking import lock_booking
from app.domain.ledger import posting
from app.domain.payments import lifecycle as payments
from app.domain.payments import reviewing
from app.domain.payments.lifecycle import ProviderEvent
from app.domain.pricing.quote import deposit_in
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.models import (
    AmendmentStatus,
    Booking,
    BookingAmendment,
    BookingStatus,
    OccupancyKind,
    Payment,
    PaymentStatus,
    Property,
    RefundCause,
    ReviewReason,
    TransactionKind,
    TransactionSource,
)


def settle(session: Session, event: ProviderEvent, *, now: datetime) -> bool:
    """Let a payment's event have its effect. True: the payment failed just now.

    Paid: the booking is confirmed (or revived when its hold ran out and the nights are free) and the money posted;
    money that cannot become a stay is posted too, goes back in full and is on the staff's review list. Failed
    or expired: the payment ends, the hold lives on. A repeated event changes nothing.
    Raises DomainError `payment_unknown` (404).
    """
    unlocked = session.get(Payment, event.payment_id)
    if unlocked is None:
        raise DomainError("payment_unknown", ErrorKind.NOT_FOUND)
    prop, booking = lock_booking(session, unlocked.booking_id)
    session.refresh(unlocked, with_for_update=True)
    payment = unlocked
    if event.kind is not TransactionKind.PAID:
        if has_failed := _close(session, payment, event, now=now):
            telling.payment_failed(session, booking, payment, now=now)
        return has_failed
    if _contradicts(event, payment):
        reviewing.flag(session, payment, ReviewReason.MISMATCH, now=now)
    elif event.amount != payment.amount and (event.amount == 0 or event.source is TransactionSource.CALLBACK):
        reviewing.flag(session, payment, ReviewReason.WRONG_AMOUNT, now=now)
    else:
        transaction_id = payments.record_transaction(session, event, now=now)
        if transaction_id is not None:
            _capture(session, prop, booking, payment, event, transaction_id=transaction_id, now=now)
    return False


def _contradicts(event: ProviderEvent, payment: Payment) -> bool:
    """Is the event about another payment of the provider's than the one we asked for?"""
    known = payment.provider_id
    return event.provider_id is not None and known is not None and event.provider_id != known


def _close(session: Session, payment: Payment, event: ProviderEvent, *, now: datetime) -> bool:
    """The provider's last word ends the asking, also about a payment that we closed before. True: it failed now."""
    if payment.status == PaymentStatus.PAID:
        payments.record_transaction(session, event, now=now)
        return False
    if payment.review_reason is None or event.source is not TransactionSource.CALLBACK:
        payment.next_poll_at = None  # what contradicted itself is asked about: callbacks may come out of order
    if payments.record_transaction(session, event, now=now) is None or not PaymentStatus(payment.status).is_open:
        return False
    failed = event.kind is TransactionKind.FAILED
    payment.status = PaymentStatus.FAILED if failed else PaymentStatus.EXPIRED
    return failed


def _capture(
    session: Session,
    prop: Property,
    booking: Booking,
    payment: Payment,
    event: ProviderEvent,
    *,
    transaction_id: int,
    now: datetime,
) -> None:
    posting.payment_captured(
        session,
        payment_id=payment.id,
        booking_id=booking.id,
        transaction_id=transaction_id,
        amount=event.amount,
        at=now,
    )
    payment.captured += event.amount
    payment.provider_id = payment.provider_id or event.provider_id  # its answer to our asking may have been lost
    # Kaspi counts what it gave back of the payment in all, and part of that we may have asked for ourselves.
    returned = min(max(0, event.refunded - payment.returned), event.amount)
    if returned:
        _note_returned(session, payment, returned, transaction_id=transaction_id, now=now)
    stray = Stray(payment, transaction_id, event.amount - returned)
    if payment.status == PaymentStatus.PAID:
        _give_back(session, stray, ReviewReason.PAID_TWICE, now=now)
        return
    payment.status = PaymentStatus.PAID
    payment.paid_at = event.at
    payment.next_poll_at = None
    if payment.amendment_id is not None:
        problem = _extend(session, prop, booking, payment, event, now=now)
    else:
        problem = _obstacle(session, prop, booking, payment, event, now=now)
    if problem is not None:
        _give_back(session, stray, problem, now=now)
        return
    payments.close_open(session, booking.id, status=PaymentStatus.EXPIRED)
    if payment.amendment_id is None:
        _confirm(session, prop, booking, payment, now=now)


@dataclass(frozen=True, slots=True)
class Stray:
    """Money that the provider took and that may not become a stay: `amount` (tenge) of it is still here."""

    payment: Payment
    transaction_id: int
    amount: int


_CAUSES = {
    ReviewReason.PAID_TWICE: RefundCause.PAID_TWICE,
    ReviewReason.DATES_TAKEN: RefundCause.DATES_TAKEN,
    ReviewReason.BOOKING_CLOSED: RefundCause.BOOKING_CLOSED,
    ReviewReason.WRONG_AMOUNT: RefundCause.WRONG_AMOUNT,
    ReviewReason.REFUNDED_BY_PROVIDER: RefundCause.BOOKING_CLOSED,
}


def _give_back(session: Session, stray: Stray, reason: ReviewReason, *, now: datetime) -> None:
    """Send money that cannot become a stay back in full, and let a person see it."""
    reviewing.flag(session, stray.payment, reason, now=now, has_taken=True)
    if stray.amount:
        refunding.owe_stray(session, stray.payment, stray.transaction_id, stray.amount, _CAUSES[reason], now=now)


def _note_returned(session: Session, payment: Payment, amount: int, *, transaction_id: int, now: datetime) -> None:
    payment.returned += amount
    posting.provider_refunded(
        session,
        booking_id=payment.booking_id,
        payment_id=payment.id,
        amount=amount,
        event_key=f"transaction:{transaction_id}",
        at=now,
    )


def _obstacle(
    session: Session, prop: Property, booking: Booking, payment: Payment, event: ProviderEvent, *, now: datetime
) -> ReviewReason | None:
    """Why this money cannot become a stay; None when the booking may be confirmed and has its nights."""
    status = BookingStatus(booking.status)
    if event.refunded:
        return ReviewReason.REFUNDED_BY_PROVIDER
    if event.amount != payment.amount:
        return ReviewReason.WRONG_AMOUNT
    if status.is_paid:
        return ReviewReason.PAID_TWICE
    if status is BookingStatus.HELD:
        return None
    if status is not BookingStatus.EXPIRED or booking.check_out_at <= now:
        return ReviewReason.BOOKING_CLOSED
    stay = Stay(booking.check_in, booking.check_out)
    revived = occupancy.occupy(session, prop, stay, kind=OccupancyKind.BOOKING, booking_id=booking.id, now=now)
    return None if revived else ReviewReason.DATES_TAKEN


def _extend(
    session: Session, prop: Property, booking: Booking, payment: Payment, event: ProviderEvent, *, now: datetime
) -> ReviewReason | None:
    """Let the extension that was paid take effect; why it cannot, when it cannot."""
    if event.refunded:
        return ReviewReason.REFUNDED_BY_PROVIDER
    if event.amount != payment.amount:
        return ReviewReason.WRONG_AMOUNT
    amendment = session.get_one(BookingAmendment, payment.amendment_id, with_for_update=True, populate_existing=True)
    if amendment.status == AmendmentStatus.CONFIRMED:
        return ReviewReason.PAID_TWICE
    is_given_up = amendment.status == AmendmentStatus.CANCELLED
    if is_given_up or not BookingStatus(booking.status).is_paid or booking.check_out_at <= now:
        return ReviewReason.BOOKING_CLOSED
    extended = amendments.confirm_extension(session, prop, booking, amendment, now=now)
    return None if extended else ReviewReason.DATES_TAKEN


def _confirm(session: Session, prop: Property, booking: Booking, payment: Payment, *, now: datetime) -> None:
    state_machine.transition(session, booking, BookingStatus.CONFIRMED, actor=SYSTEM, now=now, reason="paid")
    sharing.plan(booking)
    deposit = deposit_in(booking.quote)
    posting.deposit_taken(session, payment_id=payment.id, booking_id=booking.id, amount=deposit, at=now)
    telling.confirmed(session, prop, booking, now=now)
    grants.grant(session, booking, now=now)
