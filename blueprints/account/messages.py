"""«Сообщения»: a guest's conversations with landlords; one conversation, for either of the two in it."""

from __future__ import annotations

from uuid import UUID

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.db import reading, transaction
from app.domain.messages import photos
from app.domain.messages.reading import Conversation, conversation, conversation_about, state_of, threads_of
from app.domain.messages.writing import answer, mark_read, write_to_landlord
from app.i18n import current_language
from app.kit import clock
from app.kit.errors import DomainError
from app.models import Side
from blueprints.account import account
from blueprints.shared.access import own_thread, signed_in
from blueprints.shared.conversation import conversation_page, refused, send_once, thread_row
from blueprints.shared.entry_photos import image_response
from blueprints.shared.identity import require_person
from blueprints.shared.rendering import is_htmx, render_page
from blueprints.shared.uploads import takes_photos


@account.get("/messages")
@signed_in
def messages() -> ResponseReturnValue:
    """What the person talks about as a guest."""
    with reading() as connection:
        found = threads_of(connection, require_person().id, Side.GUEST, language=current_language())
    return render_page("account/messages.html", threads=[thread_row(each, Side.GUEST) for each in found], is_guest=True)


@account.get("/messages/<uuid:thread_id>")
@own_thread
def thread(thread_id: UUID) -> ResponseReturnValue:
    """The last messages, or with `before` older ones. Looking changes nothing: the page itself says what was seen."""
    before = _number(request.args, "before") or None
    return conversation_page(_own_or_404(thread_id), _path(thread_id), before=before)


@account.get("/messages/<uuid:thread_id>/photos/<int:number>")
@own_thread
def message_photo(thread_id: UUID, number: int) -> ResponseReturnValue:
    """The photo of a message, for the two who talk."""
    with reading() as connection:
        image = photos.image_of(connection, thread_id, number, person_id=require_person().id)
    return image_response(image)


@account.post("/messages/<uuid:thread_id>")
@own_thread
@takes_photos(1)
def send_message(thread_id: UUID) -> ResponseReturnValue:
    """Write on: the conversation with the message in it, and an empty form."""
    found = _own_or_404(thread_id)
    person, now = require_person(), clock.now()
    try:
        send_once(lambda session, words: answer(session, thread_id, author_id=person.id, words=words, now=now))
    except DomainError as error:
        return refused(found, _path(thread_id), error)
    if is_htmx():
        return conversation_page(found, _path(thread_id), fragment="chat")
    return redirect(_path(thread_id), code=303)


@account.post("/messages/<uuid:thread_id>/seen")
@own_thread
def seen(thread_id: UUID) -> ResponseReturnValue:
    """The open page has shown the messages up to `seen`; what is new since then, 204 when nothing is.

    One cheap query when there is nothing to say: whether anything is unread came with the session.
    """
    person, shown = require_person(), _number(request.form, "seen")
    with reading() as connection:
        state = state_of(connection, thread_id, person.id)
    if state is None:
        abort(404)
    marked = 0
    if person.unread:
        with transaction() as session:
            up_to = min(shown, state.last_number)
            marked = mark_read(session, thread_id, reader_id=person.id, up_to=up_to, now=clock.now())
    if not is_htmx():
        return redirect(_path(thread_id), code=303)
    if not marked and (state.last_number, state.read_number) == (shown, _number(request.form, "read")):
        return "", 204
    left = max(0, person.unread - marked) if marked else None
    return conversation_page(_own_or_404(thread_id), _path(thread_id), fragment="log", unread_left=left)


@account.get("/messages/to/<int:property_id>")
@signed_in
def write_to(property_id: int) -> ResponseReturnValue:
    """«Написать хозяину»: the conversation about a flat, begun or not."""
    found = _about_or_404(property_id)
    return conversation_page(found, url_for("account.send_to", property_id=property_id))


@account.post("/messages/to/<int:property_id>")
@signed_in
@takes_photos(1)
def send_to(property_id: int) -> ResponseReturnValue:
    """Write to the landlord of a flat; the first message begins the conversation."""
    found = _about_or_404(property_id)
    person, now = require_person(), clock.now()
    try:
        path = send_once(
            lambda session, words: write_to_landlord(session, property_id, guest_id=person.id, words=words, now=now)
        )
    except DomainError as error:
        return refused(found, url_for("account.send_to", property_id=property_id), error)
    return redirect(path, code=303)


def _path(thread_id: UUID) -> str:
    return url_for("account.thread", thread_id=thread_id)


def _own_or_404(thread_id: UUID) -> Conversation:
    with reading() as connection:
        found = conversation(connection, thread_id, require_person().id, language=current_language())
    if found is None:
        abort(404)
    return found


def _about_or_404(property_id: int) -> Conversation:
    """A flat that is shown, or that this guest knows. Raises DomainError `own_flat_message` for an own one."""
    guest_id = require_person().id
    with reading() as connection:
        found = conversation_about(connection, property_id, guest_id, Side.GUEST, language=current_language())
    if found is None or not (found.is_published or found.id or found.booking_reference):
        abort(404)
    if found.landlord_id == guest_id:
        raise DomainError("own_flat_message")
    return found


def _number(values: MultiDict[str, str], name: str) -> int:
    """The number of a message; 0 for anything but a plain number."""
    text = values.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
