"""A guest's bookings: make one, see them, pay. By the same functions as the portal's forms."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.db import reading, transaction
from app.domain.accounts import people
from app.domain.accounts.sessions import SignedIn
from app.domain.bookings.changes import latest_extension, refunds_of
from app.domain.bookings.reading import (
    BookingInfo,
    booking_of,
    bookings_of,
    latest_payment,
    latest_payment_of_extension,
    was_answered,
)
from app.domain.checkout import pay, preview
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ask
from app.domain.checkout.standing import booking_state, extension_state
from app.domain.idempotency import Answer
from app.i18n import current_language
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.models import BookingStatus, Channel
from blueprints.account.changes_view import CHANGEABLE
from blueprints.api import api
from blueprints.api.access import api_hold_limit, api_limit, by_token, caller, own_booking_by_token
from blueprints.api.answers import document, once
from blueprints.api.bodies import Act, NewBooking, NewPayment, Paid, body_as
from blueprints.api.documents import (
    BookingDocument,
    BookingList,
    ExtensionDocument,
    RefundPreview,
    lines_of,
    payment_of,
    preview_of,
    refund_of,
    summary_of,
)
from blueprints.api.openapi import says
from blueprints.shared.limits import hold_address_limit
from blueprints.shared.pay_methods import usual_way
from blueprints.shared.stay_query import problem_with


@api.post("/bookings")
@api_limit
@api_hold_limit
@hold_address_limit
@by_token
@says(BookingDocument, status=201, takes=NewBooking)
def new_booking() -> ResponseReturnValue:
    """Hold a stay, or ask for it (201): `NewBooking` in, `BookingDocument` out. The price is ours.

    409 `price_changed` comes with `params.total`, 409 `needs_request` and `books_instantly` ask for the other `act`.
    """
    wanted, person = body_as(NewBooking), caller()

    def act(session: Session) -> Answer:
        now = clock.now()
        reference = _book(session, wanted, person, now=now)
        return booking_answer(session, reference, status=201, now=now)

    return once(wanted, act)


@api.get("/bookings")
@api_limit
@by_token
@says(BookingList)
def all_bookings() -> ResponseReturnValue:
    """The caller's bookings: `BookingList`."""
    with reading() as connection:
        found = bookings_of(connection, caller().user_id, language=current_language())
    return document(BookingList(items=[summary_of(each) for each in found]))


@api.get("/bookings/<reference:reference>")
@api_limit
@own_booking_by_token
@says(BookingDocument)
def one_booking(reference: str) -> ResponseReturnValue:
    """One booking with the link to pay, when there is one, and what cancelling would give back: `BookingDocument`."""
    with transaction() as session:
        found = booking_document(session, reference, now=clock.now())
    return document(found)


@api.post("/bookings/<reference:reference>/payments")
@api_limit
@api_hold_limit
@hold_address_limit
@own_booking_by_token
@says(BookingDocument, status=202, takes=NewPayment)
def new_payment(reference: str) -> ResponseReturnValue:
    """Try to pay again after a refusal, while the hold lives (202): `NewPayment` in, `BookingDocument` out.

    The link comes a moment later: ask for the booking. Nothing happens while a payment is open.
    """
    wanted, person = body_as(NewPayment), caller()
    retry = pay.retry_extension if wanted.of is Paid.EXTENSION else pay.retry

    def act(session: Session) -> Answer:
        now = clock.now()
        retry(session, reference, guest_id=person.user_id, now=now, way=usual_way())
        return booking_answer(session, reference, status=202, now=now)

    return once(wanted, act)


def booking_answer(session: Session, reference: str, *, status: int, now: datetime) -> Answer:
    """The booking as this transaction leaves it; where a call made something, with its address."""
    session.flush()
    body = booking_document(session, reference, now=now).model_dump_json()
    location = url_for("api.one_booking", reference=reference) if status == 201 else None
    return Answer(status, location, body)


def booking_document(session: Session, reference: str, *, now: datetime) -> BookingDocument:
    """The caller's booking. Raises DomainError `booking_unknown` (404) for anyone else's."""
    connection = session.connection()
    found = booking_of(connection, caller().user_id, reference, language=current_language())
    if found is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    latest = latest_payment(connection, found.id)
    answered = found.status is not BookingStatus.EXPIRED or was_answered(connection, found.id)
    state = booking_state(found, latest, answered=answered, now=now)
    return BookingDocument(
        **dict(summary_of(found)),
        lines=lines_of(found.quote),
        quote_total=found.quote.total,
        cancellation_policy=found.cancellation_policy,
        created_at=found.created_at,
        confirmed_at=found.confirmed_at,
        payment=payment_of(state, latest, amount=found.quote.total, until=found.hold_expires_at),
        extension=_extension(session, found, now=now),
        refunds=[refund_of(owed) for owed in refunds_of(connection, found.id)],
        cancellation=_cancellation(session, found, now=now),
    )


def _book(session: Session, wanted: NewBooking, person: SignedIn, *, now: datetime) -> str:
    """The reference of the new booking, or of the live one of exactly this stay."""
    problem = problem_with(wanted.check_in, wanted.check_out, today=clock.local_date(now))
    if problem is not None:
        raise problem
    name = (wanted.guest_name or person.name).strip()
    if not name:
        raise DomainError("name_missing")
    stay = Stay(wanted.check_in, wanted.check_out)
    method = usual_way().method
    request = HoldRequest(wanted.property_id, stay, wanted.guests, wanted.total_shown, wanted.promo_code, method)
    act = ask if wanted.act is Act.REQUEST else hold
    booking = act(session, request, guest_id=person.user_id, channel=Channel.API, now=now)
    if name != person.name:
        people.update_profile(session, person.user_id, name=name, language=person.language, now=now)
    return booking.reference


def _extension(session: Session, found: BookingInfo, *, now: datetime) -> ExtensionDocument | None:
    connection = session.connection()
    change = latest_extension(connection, found.id)
    if change is None or change.price is None:
        return None
    latest = latest_payment_of_extension(connection, change.id)
    state = extension_state(change, latest, now=now)
    return ExtensionDocument(
        check_out_before=change.check_out_before,
        check_out=change.check_out,
        nights=change.nights,
        lines=lines_of(change.price),
        total=change.total,
        payment=payment_of(state, latest, amount=change.total, until=change.hold_expires_at),
    )


def _cancellation(session: Session, found: BookingInfo, *, now: datetime) -> RefundPreview | None:
    if found.status not in CHANGEABLE or found.check_out_at <= now:
        return None
    return preview_of(preview.cancellation(session, found.reference, guest_id=caller().user_id, now=now))
