"""«Сообщения» of a landlord: with whom they talk, and writing to the guest of a booking."""

from __future__ import annotations

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from app.db import reading
from app.domain.messages.reading import Conversation, conversation_of_booking, threads_of
from app.domain.messages.writing import write_to_guest
from app.i18n import current_language
from app.kit import clock
from app.kit.errors import DomainError
from app.models import Side
from blueprints.cabinet import cabinet
from blueprints.shared.access import landlord, own_flat
from blueprints.shared.conversation import conversation_page, refused, send_once, thread_row
from blueprints.shared.identity import require_person
from blueprints.shared.rendering import render_page
from blueprints.shared.uploads import takes_photos


@cabinet.get("/messages")
@landlord
def messages() -> ResponseReturnValue:
    """The conversations about the landlord's flats; each opens where its guest reads it too."""
    with reading() as connection:
        found = threads_of(connection, require_person().id, Side.LANDLORD, language=current_language())
    rows = [thread_row(each, Side.LANDLORD) for each in found]
    return render_page("account/messages.html", threads=rows, is_guest=False)


@cabinet.get("/bookings/<reference:reference>/message")
@own_flat
def write_message(reference: str) -> ResponseReturnValue:
    """«Написать гостю»: the conversation with the guest of a booking, begun or not."""
    return conversation_page(_of_booking_or_404(reference), url_for("cabinet.send_message", reference=reference))


@cabinet.post("/bookings/<reference:reference>/message")
@own_flat
@takes_photos(1)
def send_message(reference: str) -> ResponseReturnValue:
    """Write to the guest of a booking; the first message begins the conversation."""
    found = _of_booking_or_404(reference)
    person, now = require_person(), clock.now()
    try:
        path = send_once(
            lambda session, words: write_to_guest(session, reference, landlord_id=person.id, words=words, now=now)
        )
    except DomainError as error:
        return refused(found, url_for("cabinet.send_message", reference=reference), error)
    return redirect(path, code=303)


def _of_booking_or_404(reference: str) -> Conversation:
    with reading() as connection:
        found = conversation_of_booking(connection, reference, require_person().id, language=current_language())
    if found is None:
        abort(404)
    return found
