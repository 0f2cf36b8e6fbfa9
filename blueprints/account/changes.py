"""What a guest changes about a paid booking: cancel it, stay longer, leave earlier. Each shows the money first.

What the page showed comes back with the form and is compared; when it is another amount by now, the page says so and
asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.actor import Actor
from app.domain.bookings.changes import changes_of
from app.domain.bookings.reading import BookingInfo
from app.domain.checkout import amendments, preview
from app.domain.checkout import cancel as cancelling
from app.i18n import format_date, format_weekday, gettext, ngettext
from app.kit import clock
from app.kit.errors import DomainError
from app.models import BookingStatus, CancellationPolicy
from app.wording.price_lines import quote_view
from app.wording.refunds import refund_view
from app.wording.terms import POLICY_LABELS, POLICY_LINES
from blueprints.account import account
from blueprints.account.bookings import own_or_404
from blueprints.account.changes_view import CHANGEABLE, waiting_extension
from blueprints.shared import form_keys
from blueprints.shared.access import own_booking
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.forms import day, shown_amount
from blueprints.shared.identity import require_person
from blueprints.shared.limits import hold_address_limit, hold_limit
from blueprints.shared.pay_methods import usual_way
from blueprints.shared.presenting import card_view
from blueprints.shared.rendering import render_page


@account.get("/bookings/<reference:reference>/cancel")
@own_booking
def cancel(reference: str) -> ResponseReturnValue:
    """What comes back, line by line, before anything happens. An unpaid booking is cancelled on its checkout."""
    found = own_or_404(reference)
    if found.status in {BookingStatus.HELD, BookingStatus.REQUESTED}:
        return redirect(url_for("checkout.status", reference=reference), code=303)
    return _cancel_page(found) if found.status in CHANGEABLE else _to_booking(reference)


@account.post("/bookings/<reference:reference>/cancel")
@own_booking
def confirm_cancel(reference: str) -> ResponseReturnValue:
    """Cancel, if what was shown still comes back. A second click finds it done."""
    actor = Actor.guest(require_person().id)
    try:
        with transaction() as session:
            form_keys.once_to(
                session,
                url_for("account.booking", reference=reference),
                lambda: cancelling.cancel(
                    session, reference, actor=actor, now=clock.now(), back_shown=shown_amount("back")
                ),
            )
    except DomainError as error:
        if error.code == "refund_changed":
            return _cancel_page(own_or_404(reference), error=error), STATUS[error.kind]
        if error.code not in {"wrong_state", "key_reused"}:  # a key is kept only of a form that cancelled
            raise
    return _to_booking(reference)


@account.get("/bookings/<reference:reference>/extend")
@own_booking
def extend(reference: str) -> ResponseReturnValue:
    """Choose a later check-out and see what it adds; the block `offer` alone for htmx."""
    found = own_or_404(reference)
    with reading() as connection:
        waiting = waiting_extension(changes_of(connection, found.id))
    if waiting is not None:
        return redirect(url_for("checkout.extension", reference=reference), code=303)
    return _extend_page(found, day(request.args, "check_out")) if found.status in CHANGEABLE else _to_booking(reference)


@account.post("/bookings/<reference:reference>/extend")
@own_booking
@hold_limit
@hold_address_limit
def confirm_extension(reference: str) -> ResponseReturnValue:
    """Hold the added nights at the price that was shown, then pay. A second click leads to the same payment."""
    found, check_out, total = own_or_404(reference), day(request.form, "check_out"), shown_amount("total")
    if check_out == found.check_out:
        return _to_booking(reference)
    wanted, guest_id = check_out or found.check_out, require_person().id
    to_pay = url_for("checkout.extension", reference=reference)
    try:
        with transaction() as session:
            form_keys.once_to(
                session,
                to_pay,
                lambda: amendments.extend(
                    session,
                    reference,
                    wanted,
                    guest_id=guest_id,
                    total_shown=total,
                    now=clock.now(),
                    way=usual_way(),
                ),
            )
    except DomainError as error:
        return _extend_page(found, check_out, error=error), STATUS[error.kind]
    return redirect(to_pay, code=303)


@account.get("/bookings/<reference:reference>/shorten")
@own_booking
def shorten(reference: str) -> ResponseReturnValue:
    """Choose an earlier check-out and see what comes back; the block `offer` alone for htmx."""
    found = own_or_404(reference)
    if found.status not in CHANGEABLE:
        return _to_booking(reference)
    return _shorten_page(found, day(request.args, "check_out"))


@account.post("/bookings/<reference:reference>/shorten")
@own_booking
def confirm_shortening(reference: str) -> ResponseReturnValue:
    """Give up the last nights, if what was shown still comes back. A second click finds it done."""
    found, check_out, back = own_or_404(reference), day(request.form, "check_out"), shown_amount("back")
    if check_out == found.check_out:
        return _to_booking(reference)
    wanted, guest_id = check_out or found.check_out, require_person().id
    try:
        with transaction() as session:
            form_keys.once_to(
                session,
                url_for("account.booking", reference=reference),
                lambda: amendments.shorten(
                    session, reference, wanted, guest_id=guest_id, back_shown=back, now=clock.now()
                ),
            )
    except DomainError as error:
        return _shorten_page(found, check_out, error=error), STATUS[error.kind]
    return _to_booking(reference)


def _to_booking(reference: str) -> ResponseReturnValue:
    return redirect(url_for("account.booking", reference=reference), code=303)


def _cancel_page(found: BookingInfo, *, error: DomainError | None = None) -> str:
    policy = CancellationPolicy(found.cancellation_policy)
    with transaction() as session:
        offer = preview.cancellation(session, found.reference, guest_id=require_person().id, now=clock.now())
    return render_page(
        "account/cancel.html",
        booking=found,
        card=card_view(found.card),
        refund=refund_view(offer.price.lines),
        same_until=offer.same_until,
        later=offer.later,
        policy_label=gettext(POLICY_LABELS[policy]),
        policy_lines=[gettext(line) for line in POLICY_LINES[policy]],
        error=None if error is None else text_of(error),
    )


def _extend_page(found: BookingInfo, check_out: date | None, *, error: DomainError | None = None) -> str:
    with transaction() as session:
        offer = preview.extension(session, found.reference, check_out, guest_id=require_person().id, now=clock.now())
    problem = error or offer.problem
    choices = [
        (end, _choice(end, ngettext("ещё %(num)s ночь", "ещё %(num)s ночи", nights) % {"num": nights}))
        for end, nights in _with_nights(offer.check_outs, found.check_out)
    ]
    return render_page(
        "account/extend.html",
        fragment="offer",
        booking=found,
        card=card_view(found.card),
        choices=choices,
        chosen=offer.chosen,
        quote=None if offer.price is None else quote_view(offer.price),
        error=None if problem is None else text_of(problem),
    )


def _shorten_page(found: BookingInfo, check_out: date | None, *, error: DomainError | None = None) -> str:
    with transaction() as session:
        offer = preview.shortening(session, found.reference, check_out, guest_id=require_person().id, now=clock.now())
    problem = error or offer.problem
    choices = [
        (end, _choice(end, ngettext("минус %(num)s ночь", "минус %(num)s ночи", nights) % {"num": nights}))
        for end, nights in _with_nights(offer.check_outs, found.check_out)
    ]
    return render_page(
        "account/shorten.html",
        fragment="offer",
        booking=found,
        card=card_view(found.card),
        choices=choices,
        chosen=offer.chosen,
        refund=None if offer.price is None else refund_view(offer.price.lines),
        policy_label=gettext(POLICY_LABELS[CancellationPolicy(found.cancellation_policy)]),
        error=None if problem is None else text_of(problem),
    )


def _with_nights(ends: Sequence[date], check_out: date) -> list[tuple[date, int]]:
    return [(end, abs((end - check_out).days)) for end in ends]


def _choice(end: date, nights: str) -> str:
    return f"{format_date(end, today=clock.local_date(clock.now()))}, {format_weekday(end)} — {nights}"
