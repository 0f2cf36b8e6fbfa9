"""Answering a request."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import transaction
from app.domain.bookings.reasons import DECLINE_REASONS
from app.domain.checkout.request import accept, decline
from app.kit import clock
from app.kit.errors import DomainError
from blueprints.cabinet import cabinet
from blueprints.cabinet.booking import refused
from blueprints.cabinet.labels import say
from blueprints.shared.access import own_flat
from blueprints.shared.identity import require_person


@cabinet.post("/bookings/<reference:reference>/accept")
@own_flat
def accept_request(reference: str) -> ResponseReturnValue:
    """Take the nights for the guest, who is asked to pay."""
    try:
        with transaction() as session:
            accept(session, reference, landlord_id=require_person().id, now=clock.now())
    except DomainError as error:
        return refused(reference, error)
    say("accepted")
    return redirect(url_for("cabinet.booking", reference=reference), code=303)


@cabinet.post("/bookings/<reference:reference>/decline")
@own_flat
def decline_request(reference: str) -> ResponseReturnValue:
    """Say no, with a reason of the list or without."""
    chosen = request.form.get("reason", "")
    reason = chosen if chosen in DECLINE_REASONS else ""
    try:
        with transaction() as session:
            decline(session, reference, landlord_id=require_person().id, reason=reason, now=clock.now())
    except DomainError as error:
        return refused(reference, error)
    say("declined")
    return redirect(url_for("cabinet.home"), code=303)
