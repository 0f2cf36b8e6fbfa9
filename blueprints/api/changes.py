"""Changing a booking: cancel it, stay longer, leave earlier. Offers say the money first; requests say it back."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import amendments, preview
from app.domain.checkout import cancel as cancelling
from app.domain.idempotency import Answer
from app.kit import clock
from blueprints.api import api
from blueprints.api.access import api_hold_limit, api_limit, caller, own_booking_by_token
from blueprints.api.answers import document, once
from blueprints.api.bodies import Cancellation, Extension, Shortening, body_as
from blueprints.api.bookings import booking_answer
from blueprints.api.documents import BookingDocument, ExtensionOffer, RefundPreview, ShorteningOffer, lines_of, parts_of
from blueprints.api.openapi import says
from blueprints.shared.forms import day
from blueprints.shared.limits import hold_address_limit
from blueprints.shared.pay_methods import usual_way


@api.post("/bookings/<reference:reference>/cancel")
@api_limit
@own_booking_by_token
@says(BookingDocument, takes=Cancellation)
def cancel_booking(reference: str) -> ResponseReturnValue:
    """End a booking, paid or not: `Cancellation` in, `BookingDocument` out.

    409 `refund_changed` comes with `params.back`.
    """
    wanted, actor = body_as(Cancellation), Actor.guest(caller().user_id)

    def act(session: Session) -> Answer:
        now = clock.now()
        cancelling.cancel(session, reference, actor=actor, now=now, back_shown=wanted.back_shown)
        return booking_answer(session, reference, status=200, now=now)

    return once(wanted, act)


@api.get("/bookings/<reference:reference>/extensions")
@api_limit
@own_booking_by_token
@says(ExtensionOffer, query=("check_out",))
def extension_offer(reference: str) -> ResponseReturnValue:
    """What staying until `check_out` (one night longer without it) adds: `ExtensionOffer`."""
    wanted = day(request.args, "check_out")
    with transaction() as session:
        offer = preview.extension(session, reference, wanted, guest_id=caller().user_id, now=clock.now())
    return document(
        ExtensionOffer(
            check_outs=list(offer.check_outs),
            check_out=offer.chosen,
            lines=[] if offer.price is None else lines_of(offer.price),
            total=None if offer.price is None else offer.price.total,
            problem=None if offer.problem is None else offer.problem.code,
        )
    )


@api.post("/bookings/<reference:reference>/extensions")
@api_limit
@api_hold_limit
@hold_address_limit
@own_booking_by_token
@says(BookingDocument, status=201, takes=Extension)
def extend_booking(reference: str) -> ResponseReturnValue:
    """Hold the added nights for 15 minutes (201): `Extension` in, `BookingDocument` out; `extension.payment` pays.

    409 `price_changed` comes with `params.total`.
    """
    wanted, person = body_as(Extension), caller()

    def act(session: Session) -> Answer:
        now = clock.now()
        amendments.extend(
            session,
            reference,
            wanted.check_out,
            guest_id=person.user_id,
            total_shown=wanted.total_shown,
            now=now,
            way=usual_way(),
        )
        return booking_answer(session, reference, status=201, now=now)

    return once(wanted, act)


@api.get("/bookings/<reference:reference>/shortenings")
@api_limit
@own_booking_by_token
@says(ShorteningOffer, query=("check_out",))
def shortening_offer(reference: str) -> ResponseReturnValue:
    """What leaving on `check_out` (one night earlier without it) gives back: `ShorteningOffer`."""
    wanted = day(request.args, "check_out")
    with transaction() as session:
        offer = preview.shortening(session, reference, wanted, guest_id=caller().user_id, now=clock.now())
    return document(
        ShorteningOffer(
            check_outs=list(offer.check_outs),
            check_out=offer.chosen,
            refund=_refund(offer),
            problem=None if offer.problem is None else offer.problem.code,
        )
    )


@api.post("/bookings/<reference:reference>/shortenings")
@api_limit
@own_booking_by_token
@says(BookingDocument, takes=Shortening)
def shorten_booking(reference: str) -> ResponseReturnValue:
    """Give up the last nights, at once: `Shortening` in, `BookingDocument` out.

    409 `refund_changed` comes with `params.back`.
    """
    wanted, person = body_as(Shortening), caller()

    def act(session: Session) -> Answer:
        now = clock.now()
        amendments.shorten(
            session,
            reference,
            wanted.check_out,
            guest_id=person.user_id,
            back_shown=wanted.back_shown,
            now=now,
        )
        return booking_answer(session, reference, status=200, now=now)

    return once(wanted, act)


def _refund(offer: preview.ShorteningPreview) -> RefundPreview | None:
    price = offer.price
    if price is None:
        return None
    return RefundPreview(tier=price.tier, total=price.total, parts=parts_of(price.lines), same_until=None, later=None)
