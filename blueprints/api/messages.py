"""Messages between guest and landlord: both write by the same calls, as the one of the two that the token says.

Words come as JSON; with a photo the same call is a form (multipart/form-data).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from app.config import Settings
from app.db import reading
from app.domain.idempotency import Answer
from app.domain.messages import photos
from app.domain.messages.photos import PhotoInfo, Undrawn
from app.domain.messages.reading import MessageInfo, ThreadInfo, conversation, messages_of, threads_of
from app.domain.messages.writing import LONGEST, Sent, Words, answer, mark_read, write_to_landlord
from app.i18n import current_language
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import Channel, Side
from blueprints.api import api
from blueprints.api.access import api_limit, by_token, caller, own_thread_by_token
from blueprints.api.answers import document, once
from blueprints.api.bodies import Body, File, body_as, form_as, is_form
from blueprints.api.documents import Document, Flat
from blueprints.api.openapi import says
from blueprints.api.tokens import token_or_address
from blueprints.shared.message_photos import send_with_photo
from blueprints.shared.presenting import property_path

Text = Annotated[str, Field(max_length=2 * LONGEST)]
"""The rules have the last word about its length; this keeps books out."""
FlatId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NewThread(Body):
    """The first words about a flat, or further ones where a conversation was begun."""

    property_id: FlatId
    text: Text


class NewThreadForm(Body):
    """The same as a form, which may carry a photo (JPEG, PNG or WebP) with words or without."""

    property_id: FlatId
    text: Text = ""
    photo: File = ""


class NewMessage(Body):
    """What one of the two says."""

    text: Text


class NewMessageForm(Body):
    """The same as a form, which may carry a photo (JPEG, PNG or WebP) with words or without."""

    text: Text = ""
    photo: File = ""


class Shown(Body):
    """The other side's messages that a person has seen: up to this number."""

    up_to: Annotated[int, Field(ge=0, le=2**31 - 1)]


class ThreadSummary(Document):
    """A conversation in a list. `with_name` is a first name, `last_text` null once its words are gone."""

    id: UUID
    flat: Flat
    with_name: str
    last_at: datetime
    last_text: str | None
    last_is_mine: bool
    unread: int


class ThreadList(Document):
    """The caller's conversations, the last spoken in first, a hundred at most of each."""

    as_guest: list[ThreadSummary]
    as_landlord: list[ThreadSummary]


class PhotoDocument(Document):
    """A message's photo (JPEG). The address shows it to whoever has it, for an hour: ask anew for another one."""

    url: str
    width: int
    height: int


class MessageDocument(Document):
    """One message. `text` is null once its words are gone, and of a photo without words.

    `is_masked`: contacts were taken out of it. `read_at` is when the other side saw it.
    """

    number: int
    by: Side
    text: str | None
    photo: PhotoDocument | None
    is_masked: bool
    sent_by: Channel
    created_at: datetime
    read_at: datetime | None


class ThreadDocument(Document):
    """A conversation with its last messages; `next_before` asks for those before them. `me` is the caller's side."""

    id: UUID
    flat: Flat
    with_name: str
    me: Side
    hides_contacts: bool
    messages: list[MessageDocument]
    next_before: int | None


class SentMessage(Document):
    """A message as it is kept, and where."""

    thread_id: UUID
    message: MessageDocument


class SeenAnswer(Document):
    """How many messages were new."""

    marked: int


@api.get("/threads")
@api_limit
@by_token
@says(ThreadList)
def all_threads() -> ResponseReturnValue:
    """The caller's conversations: `ThreadList`."""
    person, language = caller().user_id, current_language()
    with reading() as connection:
        asked = threads_of(connection, person, Side.GUEST, language=language)
        hosted = threads_of(connection, person, Side.LANDLORD, language=language)
    return document(ThreadList(as_guest=list(map(_summary, asked)), as_landlord=list(map(_summary, hosted))))


@api.post("/threads")
@api_limit
@by_token
@says(SentMessage, status=201, takes=NewThread, form=NewThreadForm)
def new_thread() -> ResponseReturnValue:
    """Write to the landlord of a flat (201): `NewThread` in, `SentMessage` out.

    As a form with a photo, once a stay is paid.
    """
    wanted, photo = form_as(NewThreadForm) if is_form() else (body_as(NewThread), None)
    guest_id = caller().user_id

    def write(session: Session, words: Words) -> Sent:
        return write_to_landlord(session, wanted.property_id, guest_id=guest_id, words=words, now=clock.now())

    return _send(wanted, wanted.text, photo, write)


@api.get("/threads/<uuid:thread_id>")
@api_limit
@own_thread_by_token
@says(ThreadDocument, query=("before",))
def one_thread(thread_id: UUID) -> ResponseReturnValue:
    """A conversation with its last messages, or the last ones before a number: `ThreadDocument`."""
    before = request.args.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) <= 9 else None
    with reading() as connection:
        found = conversation(connection, thread_id, caller().user_id, language=current_language())
        if found is None:
            raise DomainError("thread_unknown", ErrorKind.NOT_FOUND)
        page = messages_of(connection, thread_id, before=number)
    return document(
        ThreadDocument(
            id=thread_id,
            flat=_flat(found.card.id, found.card.slug, found.card.title, found.card.city_name),
            with_name=found.other_name,
            me=found.side,
            hides_contacts=not found.has_paid,
            messages=list(map(_message, page.messages)),
            next_before=page.older,
        )
    )


@api.post("/threads/<uuid:thread_id>/messages")
@api_limit
@own_thread_by_token
@says(SentMessage, status=201, takes=NewMessage, form=NewMessageForm)
def new_message(thread_id: UUID) -> ResponseReturnValue:
    """Write on, as guest or as landlord (201): `NewMessage` in, `SentMessage` out.

    As a form with a photo, once a stay is paid.
    """
    wanted, photo = form_as(NewMessageForm) if is_form() else (body_as(NewMessage), None)
    author_id = caller().user_id

    def write(session: Session, words: Words) -> Sent:
        return answer(session, thread_id, author_id=author_id, words=words, now=clock.now())

    return _send(wanted, wanted.text, photo, write)


@api.post("/threads/<uuid:thread_id>/seen")
@api_limit
@own_thread_by_token
@says(SeenAnswer, takes=Shown)
def seen_messages(thread_id: UUID) -> ResponseReturnValue:
    """The other side's messages were seen up to a number: `Shown` in, `SeenAnswer` out."""
    wanted, reader_id = body_as(Shown), caller().user_id

    def act(session: Session) -> Answer:
        if conversation(session.connection(), thread_id, reader_id, language=current_language()) is None:
            raise DomainError("thread_unknown", ErrorKind.NOT_FOUND)
        marked = mark_read(session, thread_id, reader_id=reader_id, up_to=wanted.up_to, now=clock.now())
        return Answer(200, body=SeenAnswer(marked=marked).model_dump_json())

    return once(wanted, act)


def _send(
    wanted: Body, text: str, photo: FileStorage | None, write: Callable[[Session, Words], Sent]
) -> ResponseReturnValue:
    """The call's own key makes the message one; the message's only has to be new."""
    words = Words(text, Channel.API, uuid4().hex, None if photo is None else Undrawn.PHOTO)

    def act(words: Words) -> ResponseReturnValue:
        return once(wanted, lambda session: _sent(session, write(session, words)))

    try:
        return send_with_photo(words, photo, act, sender=token_or_address())
    except DomainError as error:
        if error.params.get("problem") == "photo_too_large":
            raise RequestEntityTooLarge from error
        raise


def _sent(session: Session, sent: Sent) -> Answer:
    page = messages_of(session.connection(), sent.thread_id, before=sent.number + 1)
    body = SentMessage(thread_id=sent.thread_id, message=_message(page.messages[-1]))
    return Answer(201, url_for("api.one_thread", thread_id=sent.thread_id), body.model_dump_json())


def _summary(thread: ThreadInfo) -> ThreadSummary:
    card = thread.card
    return ThreadSummary(
        id=thread.id,
        flat=_flat(card.id, card.slug, card.title, card.city_name),
        with_name=thread.other_name,
        last_at=thread.last_at,
        last_text=thread.last_text,
        last_is_mine=thread.last_is_mine,
        unread=thread.unread,
    )


def _flat(flat_id: int, slug: str, title: str, city: str) -> Flat:
    return Flat(id=flat_id, path=property_path(flat_id, slug), title=title, city=city)


def _photo(photo: PhotoInfo) -> PhotoDocument:
    settings: Settings = current_app.config["SETTINGS"]
    path = url_for("portal.message_photo", word=photos.link_word(photo.id, now=clock.now()))
    return PhotoDocument(url=f"{settings.public_url}{path}", width=photo.width, height=photo.height)


def _message(message: MessageInfo) -> MessageDocument:
    return MessageDocument(
        number=message.number,
        by=message.author,
        text=message.text,
        photo=None if message.photo is None else _photo(message.photo),
        is_masked=message.is_masked,
        sent_by=message.channel,
        created_at=message.created_at,
        read_at=message.read_at,
    )
