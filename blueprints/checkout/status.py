"""The checkout of one booking: waiting for landlord, link, payment; confirmed, declined, over. Polls itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from app.db import reading
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
from app.domain.checkout.standing import booking_state, seconds_left
from app.i18n import current_language
from app.kit import clock
from app.models import BookingStatus
from app.wording.price_lines import QuoteView, quote_view
from blueprints.checkout import checkout
from blueprints.checkout.acts import CheckoutActs
from blueprints.checkout.payment_state import PaymentView, payment_view, poll_seconds
from blueprints.shared.access import own_booking
from blueprints.shared.identity import require_person
from blueprints.shared.limits import hold_address_limit, hold_limit
from blueprints.shared.pay_methods import usual_way
from blueprints.shared.presenting import Card, card_view
from blueprints.shared.rendering import render_page


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
    payment: PaymentView
    search_url: str
    property_url: str
    booking_url: str


@checkout.get("/<reference:reference>")
@own_booking
def status(reference: str) -> ResponseReturnValue:
    """How the request or the payment stands; the block `status` alone for htmx."""
    return _page(reference)


def _page(reference: str, *, way_error: str | None = None) -> ResponseReturnValue:
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
    page = render_page(
        "checkout/status.html", fragment="status", checkout=view, announce=view.state, way_error=way_error
    )
    return page if way_error is None else (page, 422)


_acts = CheckoutActs("checkout.status", _page)


@checkout.post("/<reference:reference>/retry")
@own_booking
@hold_limit
@hold_address_limit
def retry(reference: str) -> ResponseReturnValue:
    """Try to pay again after a refusal, or with a new code, while the hold lives."""
    guest_id = require_person().id
    return _acts.once(
        reference,
        lambda session: pay.retry(session, reference, guest_id=guest_id, now=clock.now(), way=usual_way()),
    )


@checkout.post("/<reference:reference>/way")
@own_booking
@hold_limit
@hold_address_limit
def switch(reference: str) -> ResponseReturnValue:
    """Pay another way: by code, by link, by a bill to a phone."""
    guest_id = require_person().id
    return _acts.another_way(
        reference,
        lambda session, way: pay.switch(session, reference, way, guest_id=guest_id, now=clock.now()),
    )


@checkout.post("/<reference:reference>/cancel")
@own_booking
def cancel(reference: str) -> ResponseReturnValue:
    """Give the held nights back, or take the request back."""
    guest_id = require_person().id
    return _acts.once(
        reference, lambda session: pay.cancel_hold(session, reference, guest_id=guest_id, now=clock.now())
    )


def _view(
    found: BookingInfo, payment: LatestPayment | None, *, answered: bool, host_reason: str, now: datetime
) -> CheckoutView:
    state = booking_state(found, payment, answered=answered, now=now)
    left = seconds_left(found.hold_expires_at, now=now)
    dates = [("check_in", found.check_in.isoformat()), ("check_out", found.check_out.isoformat())]
    suffix = f"?{urlencode([*dates, ('guests', found.guests)])}"
    card = card_view(found.card, suffix=suffix)
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
        payment=payment_view(payment, state, hold_expires_at=found.hold_expires_at, now=now),
        search_url=f"/{found.city_slug}{suffix}",
        property_url=card.url,
        booking_url=url_for("account.booking", reference=found.reference),
    )
