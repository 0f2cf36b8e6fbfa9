"""Answering a guest's review, once."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.db import reading, transaction
from app.domain.reviews.reading import review_of_booking
from app.domain.reviews.writing import reply
from app.kit import clock
from app.kit.errors import DomainError
from blueprints.cabinet import cabinet
from blueprints.cabinet.booking import refused
from blueprints.cabinet.labels import say
from blueprints.cabinet.loading import hosted_or_404
from blueprints.shared.access import own_flat
from blueprints.shared.identity import require_person


@cabinet.post("/bookings/<reference:reference>/reply")
@own_flat
def reply_to_review(reference: str) -> ResponseReturnValue:
    """Put the landlord's answer below the review of this stay."""
    with reading() as connection:
        review = review_of_booking(connection, hosted_or_404(reference).id)
    if review is None:
        abort(404)
    typed = request.form.get("text", "")
    try:
        with transaction() as session:
            reply(session, review.id, landlord_id=require_person().id, text=typed, now=clock.now())
    except DomainError as error:
        return refused(reference, error, reply=typed)
    say("replied")
    return redirect(url_for("cabinet.booking", reference=reference), code=303)
