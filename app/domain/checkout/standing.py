"""How far the payment of a booking, or of an extension, has come, as guests are told wherever they look. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.bookings.changes import Change
from app.domain.bookings.reading import BookingInfo, LatestPayment
from app.models import AmendmentStatus, BookingStatus, PaymentStatus


class CheckoutState(StrEnum):
    """What the guest sees."""

    REQUESTED = "requested"
    """The landlord has not answered yet."""
    REFUSED = "refused"
    """The landlord said no."""
    UNANSWERED = "unanswered"
    CREATING = "creating"
    AWAITING = "awaiting"
    DECLINED = "declined"
    RAN_OUT = "ran_out"
    """The provider's code, link or bill is over, the hold is not."""
    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    """Before anything was paid."""
    ENDED = "ended"
    """After it was paid."""
    LATE = "late"


SLOW_AFTER = timedelta(seconds=15)
"""A provider that has not answered for so long is told of."""


def held_state(payment: LatestPayment | None, *, now: datetime) -> CheckoutState:
    """While nights are held: how far the payment has come."""
    if payment is None or payment.status is PaymentStatus.NEW:
        return CheckoutState.CREATING
    if payment.status is PaymentStatus.FAILED:
        return CheckoutState.DECLINED
    has_run_out = payment.good_until is not None and payment.good_until <= now
    if payment.status is PaymentStatus.EXPIRED or has_run_out:
        return CheckoutState.RAN_OUT
    return CheckoutState.AWAITING


_UNPAID = {
    BookingStatus.REQUESTED: CheckoutState.REQUESTED,
    BookingStatus.DECLINED: CheckoutState.REFUSED,
    BookingStatus.EXPIRED: CheckoutState.EXPIRED,
}


def booking_state(found: BookingInfo, payment: LatestPayment | None, *, answered: bool, now: datetime) -> CheckoutState:
    """Of a booking and its newest payment. `answered`: of a request that is over, did the landlord answer it?"""
    if found.status.is_paid:
        return CheckoutState.CONFIRMED
    if payment is not None and payment.is_stuck:
        return CheckoutState.LATE
    if found.confirmed_at is not None:
        return CheckoutState.ENDED
    if found.status is BookingStatus.HELD:
        return held_state(payment, now=now)
    if not answered:
        return CheckoutState.UNANSWERED
    return _UNPAID.get(found.status, CheckoutState.CANCELLED)


_ENDED = {
    AmendmentStatus.CONFIRMED: CheckoutState.CONFIRMED,
    AmendmentStatus.EXPIRED: CheckoutState.EXPIRED,
    AmendmentStatus.CANCELLED: CheckoutState.CANCELLED,
}


def extension_state(change: Change, payment: LatestPayment | None, *, now: datetime) -> CheckoutState:
    """Of an extension and its newest payment."""
    if change.status is AmendmentStatus.CONFIRMED:
        return CheckoutState.CONFIRMED
    if payment is not None and payment.is_stuck:
        return CheckoutState.LATE
    return _ENDED.get(change.status) or held_state(payment, now=now)


def seconds_left(hold_expires_at: datetime | None, *, now: datetime) -> int:
    """Whole seconds until a hold ends; 0 without one."""
    return max(0, int((hold_expires_at - now).total_seconds())) if hold_expires_at else 0
