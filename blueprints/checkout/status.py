"""The checkout of one booking: waiting for the link, for the payment, confirmed, declined, over. Polls itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import urlencode

import segno
from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.db import reading, transaction
from app.domain.bookings.reading import BookingInfo, LatestPayment, booking_of, latest_payment
from app.domain.checkout import pay
from app.i18n import current_language
from app.kit import clock
from app.models import BookingStatus, PaymentStatus
from blueprints.checkout import checkout
from blueprints.shared.access import own_booking
from blueprints.shared.identity import require_person
from blueprints.shared.limits import hold_address_limit, hold_limit
from blueprints.shared.presenting import Card, QuoteView, card_view, quote_view
from blueprints.shared.rendering import is_htmx, render_page


class CheckoutState(StrEnum):
    """What the guest sees."""

    CREATING = "creating"
    AWAITING = "awaiting"
    DECLINED = "declined"
    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class CheckoutView:
    """Everything the checkout page shows."""

    reference: str
    state: str
    card: Card
    check_in: date
    check_out: date
    nights: int
    guests: int
    quote: QuoteView
    hold_expires_at: datetime | None
    seconds_left: int
    pay_url: str | None
    qr_svg: Markup | None
    search_url: str
    property_url: str
    booking_url: str


@checkout.get("/<reference:reference>")
@own_booking
def status(reference: str) -> ResponseReturnValue:
    """How the payment stands; the block `status` alone for htmx."""
    now = clock.now()
    with reading() as connection:
        found = booking_of(connection, require_person().id, reference, language=current_language())
        if found is None:
            abort(404)
        payment = latest_payment(connection, found.id)
    view = _view(found, payment, now=now)
    return render_page("checkout/status.html", fragment="status", checkout=view, announce=view.state)


@checkout.post("/<reference:reference>/retry")
@own_booking
@hold_limit
@hold_address_limit
def retry(reference: str) -> ResponseReturnValue:
    """Try to pay again after a refusal, while the hold lives."""
    with transaction() as session:
        pay.retry(session, reference, guest_id=require_person().id, now=clock.now())
    return _back(reference)


@checkout.post("/<reference:reference>/cancel")
@own_booking
def cancel(reference: str) -> ResponseReturnValue:
    """Give the held nights back."""
    with transaction() as session:
        pay.cancel_hold(session, reference, guest_id=require_person().id, now=clock.now())
    return _back(reference)


def _back(reference: str) -> ResponseReturnValue:
    """The fragment for htmx, else a redirect to the page."""
    if is_htmx():
        return status(reference)
    return redirect(url_for("checkout.status", reference=reference), code=303)


def _state(found: BookingInfo, payment: LatestPayment | None, *, now: datetime) -> CheckoutState:
    if found.status.is_paid:
        return CheckoutState.CONFIRMED
    if payment is not None and payment.is_stuck:
        return CheckoutState.LATE
    if found.status is BookingStatus.HELD:
        return _held_state(payment)
    if found.status is BookingStatus.EXPIRED:
        return CheckoutState.EXPIRED
    return CheckoutState.CANCELLED


def _held_state(payment: LatestPayment | None) -> CheckoutState:
    if payment is None or payment.status is PaymentStatus.NEW:
        return CheckoutState.CREATING
    if payment.status in {PaymentStatus.FAILED, PaymentStatus.EXPIRED}:
        return CheckoutState.DECLINED
    return CheckoutState.AWAITING


def _view(found: BookingInfo, payment: LatestPayment | None, *, now: datetime) -> CheckoutView:
    state = _state(found, payment, now=now)
    left = int((found.hold_expires_at - now).total_seconds()) if found.hold_expires_at else 0
    dates = [("check_in", found.check_in.isoformat()), ("check_out", found.check_out.isoformat())]
    suffix = f"?{urlencode([*dates, ('guests', found.guests)])}"
    card = card_view(found.card, suffix=suffix)
    awaiting = state is CheckoutState.AWAITING and payment is not None
    return CheckoutView(
        reference=found.reference,
        state=state.value,
        card=card,
        check_in=found.check_in,
        check_out=found.check_out,
        nights=found.nights,
        guests=found.guests,
        quote=quote_view(found.quote),
        hold_expires_at=found.hold_expires_at,
        seconds_left=max(0, left),
        pay_url=payment.pay_url if payment is not None and awaiting else None,
        qr_svg=_qr(payment.qr_text) if payment is not None and awaiting else None,
        search_url=f"/{found.city_slug}{suffix}",
        property_url=card.url,
        booking_url=url_for("account.booking", reference=found.reference),
    )


def _qr(text: str | None) -> Markup | None:
    """The provider's QR text as inline SVG, in the page's own colours by class, without style attributes."""
    if not text:
        return None
    svg = segno.make(text, error="m").svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None)
    return Markup(svg)  # noqa: S704  # drawn here from modules, no text of the provider is in it
