"""One booking of a landlord's flat: who comes, what happened, ending it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.access.details import AccessDetails
from app.domain.access.grants import KeysState
from app.domain.actor import Actor
from app.domain.aftercare.claims import claim_on
from app.domain.aftercare.deposits import claim_refusal
from app.domain.bookings import refunds
from app.domain.bookings.reasons import CANCEL_REASONS, DECLINE_REASONS
from app.domain.checkout.cancel import cancel, no_show_refusal, report_no_show
from app.domain.hosting.bookings import HostedBooking, history_of
from app.domain.pricing.quote import LineKind
from app.domain.reviews.reading import review_of_booking
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import BookingStatus, RefundCause
from app.wording.hosting import choices
from app.wording.key_lines import key_lines
from app.wording.price_lines import QuoteView, quote_view
from blueprints.cabinet import cabinet
from blueprints.cabinet.labels import happening_label, said, say
from blueprints.cabinet.loading import hosted_or_404
from blueprints.cabinet.rows import BookingLine, booking_line
from blueprints.shared.access import own_flat
from blueprints.shared.claim_view import CLAIM_REASONS, claim_view
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.forms import shown_amount
from blueprints.shared.identity import require_person
from blueprints.shared.rendering import is_htmx, render_page

_ALIVE = (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)


@dataclass(frozen=True, slots=True)
class HostPage:
    """A booking on its own page. `back` is what a cancellation gives the guest back, None when it cannot be cancelled.

    `income` is what nights and cleaning cost the guest through all changes, None when nothing was paid.
    """

    line: BookingLine
    flat_url: str
    check_in_at: datetime
    check_out_at: datetime
    quote: QuoteView
    income: int | None
    history: list[tuple[str, datetime]]
    is_request: bool
    pay_until: datetime | None
    back: int | None
    can_report_no_show: bool
    no_show_problem: str | None


@dataclass(frozen=True, slots=True)
class HostKeys:
    """The keys' part of the page. `codes` are None until they are revealed: (label, value, is it a code to copy)."""

    can_see: bool
    can_reissue: bool
    opens_at: datetime | None
    is_open: bool
    seen_at: datetime | None
    codes: list[tuple[str, str, bool]] | None


@cabinet.get("/bookings/<reference:reference>")
@own_flat
def booking(reference: str) -> ResponseReturnValue:
    """The booking with everything that its landlord can do about it."""
    return page(hosted_or_404(reference), done=said())


@cabinet.post("/bookings/<reference:reference>/cancel")
@own_flat
def cancel_booking(reference: str) -> ResponseReturnValue:
    """Cancel a paid stay: everything goes back to the guest, the dates stay closed, it is on record."""
    chosen = request.form.get("reason", "")
    actor, reason = Actor.landlord(require_person().id), chosen if chosen in CANCEL_REASONS else ""
    try:
        with transaction() as session:
            cancel(session, reference, actor=actor, now=clock.now(), reason=reason, back_shown=shown_amount("back"))
    except DomainError as error:
        return refused(reference, error)
    say("cancelled")
    return redirect(url_for("cabinet.booking", reference=reference), code=303)


@cabinet.post("/bookings/<reference:reference>/no-show")
@own_flat
def no_show(reference: str) -> ResponseReturnValue:
    """Report that nobody came."""
    try:
        with transaction() as session:
            report_no_show(session, reference, actor=Actor.landlord(require_person().id), now=clock.now())
    except DomainError as error:
        return refused(reference, error)
    say("no_show")
    return redirect(url_for("cabinet.booking", reference=reference), code=303)


def refused(reference: str, error: DomainError, *, reply: str = "") -> ResponseReturnValue:
    """The booking's page as it is now, with what was refused and the reply that was typed.

    What is not the landlord's is not there at all.
    """
    if error.kind is ErrorKind.NOT_FOUND or is_htmx():
        raise error  # errors.py says it: as a page, or as a notice beside the part that htmx asked for
    return page(hosted_or_404(reference), error=error, reply=reply)


def page(
    found: HostedBooking,
    *,
    details: AccessDetails | None = None,
    error: DomainError | None = None,
    done: str | None = None,
    reply: str = "",
) -> ResponseReturnValue:
    """The booking's page, or the keys' part of it for htmx; never stored anywhere, since codes may be on it."""
    with reading() as connection:
        review = review_of_booking(connection, found.id)
        claim = claim_on(connection, found.id)
    rendered = render_page(
        "cabinet/booking.html",
        fragment="keys" if error is None else None,
        booking=_host_page(found, now=clock.now()),
        keys=_keys(found, details, now=clock.now()),
        decline_reasons=choices(DECLINE_REASONS),
        cancel_reasons=choices(CANCEL_REASONS),
        review=review,
        claim=claim_view(claim),
        claimable=_claimable(found, is_claimed=claim is not None, now=clock.now()),
        claim_reasons=choices(CLAIM_REASONS),
        reply=reply,
        error=None if error is None else text_of(error),
        error_code=None if error is None else error.code,
        done=done,
    )
    return rendered, 200 if error is None else STATUS[error.kind], {"Cache-Control": "no-store"}


def _host_page(found: HostedBooking, *, now: datetime) -> HostPage:
    with reading() as connection:
        paid = refunds.paid_stay(connection, found.id) if found.was_paid else None
        history = history_of(connection, found.id)
    can_cancel = found.status in _ALIVE and paid is not None
    refusal = no_show_refusal(found.status, found.check_in_at, found.keys_seen_at, now=now)
    return HostPage(
        line=booking_line(found),
        flat_url=url_for("cabinet.flat", flat_id=found.property_id),
        check_in_at=found.check_in_at,
        check_out_at=found.check_out_at,
        quote=quote_view(found.quote),
        income=None if paid is None else paid.paid.nights + paid.paid.cleaning,
        history=[(happening_label(step), step.at) for step in history],
        is_request=found.status is BookingStatus.REQUESTED and found.answer_by is not None and found.answer_by > now,
        pay_until=found.hold_expires_at,
        back=paid.ending(RefundCause.CANCELLED_BY_LANDLORD, now=now).total if can_cancel and paid else None,
        can_report_no_show=refusal is None,
        no_show_problem=text_of(refusal) if refusal and found.status is BookingStatus.CHECKED_IN else None,
    )


def _claimable(found: HostedBooking, *, is_claimed: bool, now: datetime) -> int:
    """The deposit in tenge while it may be claimed, else 0."""
    deposit = found.quote.amount_of(LineKind.DEPOSIT)
    return 0 if claim_refusal(found.status, found.check_out_at, deposit, is_claimed=is_claimed, now=now) else deposit


def _keys(found: HostedBooking, details: AccessDetails | None, *, now: datetime) -> HostKeys:
    state = None if found.keys is None else found.keys.state(now)
    return HostKeys(
        can_see=found.keys is not None and found.status.is_paid,
        can_reissue=found.keys is not None and found.status in _ALIVE,
        opens_at=None if found.keys is None else found.keys.opens_at,
        is_open=state is KeysState.OPEN,
        seen_at=found.keys_seen_at,
        codes=None if details is None else key_lines(details),
    )
