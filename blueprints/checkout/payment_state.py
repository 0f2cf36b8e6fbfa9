"""How a payment stands, as the checkout of a booking and that of an extension say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import segno
from markupsafe import Markup

from app.domain.bookings.changes import Change
from app.domain.bookings.reading import BookingInfo, LatestPayment
from app.kit import clock
from app.kit.phone import mask_phone
from app.models import AmendmentStatus, BookingStatus, PaymentStatus, PayMethod
from blueprints.shared.pay_methods import choices


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


WAITING = frozenset({CheckoutState.REQUESTED, CheckoutState.CREATING, CheckoutState.AWAITING, CheckoutState.RAN_OUT})
"""States that change without the guest: the page asks again by itself."""

SLOW_AFTER = timedelta(seconds=15)
"""A provider that has not answered for so long is told of."""

LONG_HOLD_SECONDS = 3600
"""A hold that lasts longer is told as a moment, not counted down."""


@dataclass(frozen=True, slots=True)
class PaymentView:
    """What the guest pays with, and what else they may choose.

    `bill_phone` is masked; `good_until` is a time on Almaty's clocks, None while the hold ends sooner.
    """

    pay_url: str | None
    qr_svg: Markup | None
    bill_phone: str | None
    good_until: str | None
    is_slow: bool
    other_ways: tuple[PayMethod, ...]


def payment_view(
    payment: LatestPayment | None, state: CheckoutState, *, hold_expires_at: datetime | None, now: datetime
) -> PaymentView:
    """The newest payment as the page shows it in this state: what can be paid only while it can."""
    method = payment.method if payment is not None else None
    shown = payment if state is CheckoutState.AWAITING else None
    ends = shown.good_until if shown is not None else None
    ends_first = ends is not None and hold_expires_at is not None and ends < hold_expires_at
    return PaymentView(
        pay_url=shown.pay_url if shown is not None else None,
        qr_svg=qr(shown.qr_text) if shown is not None else None,
        bill_phone=_unbroken(shown.phone) if shown is not None and shown.phone is not None else None,
        good_until=f"{clock.local_time(ends):%H:%M}" if ends is not None and ends_first else None,
        is_slow=state is CheckoutState.CREATING and payment is not None and payment.created_at + SLOW_AFTER <= now,
        other_ways=tuple(way for way in choices() if way is not method or way is PayMethod.PUSH),
    )


def _unbroken(phone: str) -> str:
    """A masked number that no line break takes apart."""
    return mask_phone(phone).replace(" ", "\u00a0")


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
