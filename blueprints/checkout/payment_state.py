"""How a payment stands, as the checkout of a booking and that of an extension say it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import segno
from markupsafe import Markup

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
    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    """Before anything was paid."""
    ENDED = "ended"
    """After it was paid."""
    LATE = "late"


WAITING = frozenset({CheckoutState.REQUESTED, CheckoutState.CREATING, CheckoutState.AWAITING})
"""States that change without the guest: the page asks again by itself."""

LONG_HOLD_SECONDS = 3600
"""A hold that lasts longer is told as a moment, not counted down."""


def held_state(payment: LatestPayment | None) -> CheckoutState:
    """While nights are held: how far the payment has come."""
    if payment is None or payment.status is PaymentStatus.NEW:
        return CheckoutState.CREATING
    if payment.status in {PaymentStatus.FAILED, PaymentStatus.EXPIRED}:
        return CheckoutState.DECLINED
    return CheckoutState.AWAITING


_UNPAID = {
    BookingStatus.REQUESTED: CheckoutState.REQUESTED,
    BookingStatus.DECLINED: CheckoutState.REFUSED,
    BookingStatus.EXPIRED: CheckoutState.EXPIRED,
}


def booking_state(found: BookingInfo, payment: LatestPayment | None, *, answered: bool) -> CheckoutState:
    """Of a booking and its newest payment. `answered`: of a request that is over, did the landlord answer it?"""
    if found.status.is_paid:
        return CheckoutState.CONFIRMED
    if payment is not None and payment.is_stuck:
        return CheckoutState.LATE
    if found.confirmed_at is not None:
        return CheckoutState.ENDED
    if found.status is BookingStatus.HELD:
        return held_state(payment)
    if not answered:
        return CheckoutState.UNANSWERED
    return _UNPAID.get(found.status, CheckoutState.CANCELLED)


_ENDED = {
    AmendmentStatus.CONFIRMED: CheckoutState.CONFIRMED,
    AmendmentStatus.EXPIRED: CheckoutState.EXPIRED,
    AmendmentStatus.CANCELLED: CheckoutState.CANCELLED,
}


def extension_state(change: Change, payment: LatestPayment | None) -> CheckoutState:
    """Of an extension and its newest payment."""
    if change.status is AmendmentStatus.CONFIRMED:
        return CheckoutState.CONFIRMED
    if payment is not None and payment.is_stuck:
        return CheckoutState.LATE
    return _ENDED.get(change.status) or held_state(payment)


def seconds_left(hold_expires_at: datetime | None, *, now: datetime) -> int:
    """Whole seconds until a hold ends; 0 without one."""
    return max(0, int((hold_expires_at - now).total_seconds())) if hold_expires_at else 0


def poll_seconds(state: CheckoutState, left: int) -> int | None:
    """How often the page asks how things stand; None: it need not."""
    if state not in WAITING:
        return None
    if state is CheckoutState.REQUESTED:
        return 15
    return 2 if left <= LONG_HOLD_SECONDS else 5


def qr(text: str | None) -> Markup | None:
    """The provider's QR text as inline SVG, in the page's own colours by class, without style attributes."""
    if not text:
        return None
    svg = segno.make(text, error="m").svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(svg)  # noqa: S704  # drawn here from modules, no text of the provider is in it
