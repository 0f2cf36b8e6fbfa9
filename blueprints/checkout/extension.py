"""The checkout of an extension: the same waiting, paying and ending as a booking's, for the nights that are added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.bookings.changes import Change, latest_extension
from app.domain.bookings.reading import BookingInfo, LatestPayment, booking_of, latest_payment_of_extension
from app.domain.checkout import pay
from app.domain.checkout.standing import extension_state, seconds_left
from app.i18n import current_language
from app.kit import clock
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
class ExtensionView:
    """Everything the checkout of an extension shows."""

    reference: str
    state: str
    card: Card
    check_out_before: date
    check_out: date
    nights: int
    quote: QuoteView | None
    total: int
    hold_expires_at: datetime | None
    seconds_left: int
    poll_seconds: int | None
    payment: PaymentView
    booking_url: str


@checkout.get("/<reference:reference>/extension")
@own_booking
def extension(reference: str) -> ResponseReturnValue:
    """How the payment of the last extension stands; the block `status` alone for htmx. Without one: to the booking."""
    return _page(reference)


def _page(reference: str, *, way_error: str | None = None) -> ResponseReturnValue:
    now = clock.now()
    with reading() as connection:
        found = booking_of(connection, require_person().id, reference, language=current_language())
        if found is None:
            abort(404)
        change = latest_extension(connection, found.id)
        payment = latest_payment_of_extension(connection, change.id) if change is not None else None
    if change is None:
        return redirect(url_for("account.booking", reference=reference), code=303)
    view = _view(found, change, payment, now=now)
    page = render_page(
        "checkout/extension.html", fragment="status", checkout=view, announce=view.state, way_error=way_error
    )
    return page if way_error is None else (page, 422)


_acts = CheckoutActs("checkout.extension", _page)


@checkout.post("/<reference:reference>/extension/retry")
@own_booking
@hold_limit
@hold_address_limit
def retry_extension(reference: str) -> ResponseReturnValue:
    """Try to pay again after a refusal, or with a new code, while the hold lives."""
    guest_id = require_person().id
    return _acts.once(
        reference,
        lambda session: pay.retry_extension(session, reference, guest_id=guest_id, now=clock.now(), way=usual_way()),
    )


@checkout.post("/<reference:reference>/extension/way")
@own_booking
@hold_limit
@hold_address_limit
def switch_extension(reference: str) -> ResponseReturnValue:
    """Pay another way: by code, by link, by a bill to a phone."""
    guest_id = require_person().id
    return _acts.another_way(
        reference,
        lambda session, way: pay.switch_extension(session, reference, way, guest_id=guest_id, now=clock.now()),
    )


@checkout.post("/<reference:reference>/extension/cancel")
@own_booking
def cancel_extension(reference: str) -> ResponseReturnValue:
    """Give the added nights back; the booking stays as it is."""
    guest_id = require_person().id
    return _acts.once(
        reference, lambda session: pay.cancel_extension(session, reference, guest_id=guest_id, now=clock.now())
    )


def _view(found: BookingInfo, change: Change, payment: LatestPayment | None, *, now: datetime) -> ExtensionView:
    state = extension_state(change, payment, now=now)
    left = seconds_left(change.hold_expires_at, now=now)
    return ExtensionView(
        reference=found.reference,
        state=state.value,
        card=card_view(found.card),
        check_out_before=change.check_out_before,
        check_out=change.check_out,
        nights=change.nights,
        quote=quote_view(change.price) if change.price is not None else None,
        total=change.total,
        hold_expires_at=change.hold_expires_at,
        seconds_left=left,
        poll_seconds=poll_seconds(state, left),
        payment=payment_view(payment, state, hold_expires_at=change.hold_expires_at, now=now),
        booking_url=url_for("account.booking", reference=found.reference),
    )
