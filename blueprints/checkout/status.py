"""The checkout of one booking: waiting for landlord, link, payment; confirmed, declined, over. Polls itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.db import reading, transaction
from app.domain.bookings.reading import (
    BookingInfo,
    LatestPayment,
    booking_of,
    latest_payment,
    stay_details,
    was_answered,
)
from app.domain.bookings.reasons import reason_to_guest
from app.domain.checkout import pay
from app.i18n import current_language
from app.kit import clock
from app.models import BookingStatus
from blueprints.checkout import checkout
from blueprints.checkout.payment_state import CheckoutState, held_state, poll_seconds, qr, seconds_left
from blueprints.shared.access import own_booking
from blueprints.shared.identity import require_person
from blueprints.shared.limits import hold_address_limit, hold_limit
from blueprints.shared.presenting import Card, QuoteView, card_view, quote_view
from blueprints.shared.rendering import is_htmx, render_page


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
    answer_by: datetime | None
    host_reason: str
    hold_expires_at: datetime | None
    seconds_left: int
    poll_seconds: int | None
    pay_url: str | None
    qr_svg: Markup | None
    search_url: str
    property_url: str
    booking_url: str


@checkout.get("/<reference:reference>")
@own_booking
def status(reference: str) -> ResponseReturnValue:
    """How the request or the payment stands; the block `status` alone for htmx."""
    now = clock.now()
    with reading() as connection:
        found = booking_of(connection, require_person().id, reference, language=current_language())
        if found is None:
            abort(404)
        payment = latest_payment(connection, found.id)
        answered = found.status is not BookingStatus.EXPIRED or was_answered(connection, found.id)
        declined = found.status is BookingStatus.DECLINED
        reason = reason_to_guest(stay_details(connection, found.id).host_reason) if declined else ""
    view = _view(found, payment, answered=answered, host_reason=reason, now=now)
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
    """Give the held nights back, or take the request back."""
    with transaction() as session:
        pay.cancel_hold(session, reference, guest_id=require_person().id, now=clock.now())
    return _back(reference)


def _back(reference: str) -> ResponseReturnValue:
    """The fragment for htmx, else a redirect to the page."""
    if is_htmx():
        return status(reference)
    return redirect(url_for("checkout.status", reference=reference), code=303)


_UNPAID = {
    BookingStatus.REQUESTED: CheckoutState.REQUESTED,
    BookingStatus.DECLINED: CheckoutState.REFUSED,
    BookingStatus.EXPIRED: CheckoutState.EXPIRED,
}


def _state(found: BookingInfo, payment: LatestPayment | None, *, answered: bool) -> CheckoutState:
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


def _view(
    found: BookingInfo, payment: LatestPayment | None, *, answered: bool, host_reason: str, now: datetime
) -> CheckoutView:
    state = _state(found, payment, answered=answered)
    left = seconds_left(found.hold_expires_at, now=now)
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
        answer_by=found.answer_by,
        host_reason=host_reason,
        hold_expires_at=found.hold_expires_at,
        seconds_left=left,
        poll_seconds=poll_seconds(state, left),
        pay_url=payment.pay_url if payment is not None and awaiting else None,
        qr_svg=qr(payment.qr_text) if payment is not None and awaiting else None,
        search_url=f"/{found.city_slug}{suffix}",
        property_url=card.url,
        booking_url=url_for("account.booking", reference=found.reference),
    )
