"""How a payment stands, as the checkout of a booking and that of an extension say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import segno
from markupsafe import Markup

from app.domain.bookings.reading import LatestPayment
from app.domain.checkout.standing import SLOW_AFTER, CheckoutState
from app.kit import clock
from app.kit.phone import mask_phone
from app.models import PayMethod
from blueprints.shared.pay_methods import choices

WAITING = frozenset({CheckoutState.REQUESTED, CheckoutState.CREATING, CheckoutState.AWAITING, CheckoutState.RAN_OUT})
"""States that change without the guest: the page asks again by itself."""

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
