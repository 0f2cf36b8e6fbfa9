"""The keys of a booking for the landlord: seeing them, giving others."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import transaction
from app.domain.access import grants
from app.domain.actor import Actor
from app.domain.hosting import keys
from app.kit import clock
from app.kit.errors import DomainError
from blueprints.cabinet import cabinet
from blueprints.cabinet.booking import page, refused
from blueprints.cabinet.forms import Fields
from blueprints.cabinet.labels import say
from blueprints.cabinet.loading import hosted_or_404
from blueprints.shared.access import own_flat
from blueprints.shared.identity import require_person


@cabinet.post("/bookings/<reference:reference>/keys")
@own_flat
def reveal(reference: str) -> ResponseReturnValue:
    """Show the keys of a booking and audit it."""
    actor = Actor.landlord(require_person().id)
    try:
        with transaction() as session:
            details = grants.reveal_to_host(session, reference, actor=actor, reason="", now=clock.now())
    except DomainError as error:
        return refused(reference, error)
    return page(hosted_or_404(reference), details=details)


@cabinet.post("/bookings/<reference:reference>/codes")
@own_flat
def reissue(reference: str) -> ResponseReturnValue:
    """Give the guest other codes: those typed, or a new one for the digital lock."""
    fields = Fields(request.form)
    codes = {name: fields.text(name) for name in ("intercom", "key_safe", "smart_lock")}
    try:
        with transaction() as session:
            keys.reissue(session, reference, landlord_id=require_person().id, now=clock.now(), **codes)
    except DomainError as error:
        return refused(reference, error)
    say("reissued")
    return redirect(url_for("cabinet.booking", reference=reference), code=303)
