"""A conversation of guest and landlord as a page: for both of them, in the account and in the cabinet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.db import reading, transaction
from app.domain import idempotency
from app.domain.messages.photos import PhotoInfo, Undrawn
from app.domain.messages.reading import Conversation, MessageInfo, MessagesPage, ThreadInfo, messages_of
from app.domain.messages.writing import LONGEST, Sent, Words
from app.i18n import format_moment, gettext
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import MAX_BYTES
from app.models import Channel, Side
from blueprints.shared import form_keys
from blueprints.shared.errors import STATUS, text_of
from blueprints.shared.limits import session_or_address
from blueprints.shared.message_photos import send_with_photo
from blueprints.shared.presenting import card_view
from blueprints.shared.rendering import is_htmx, render_page

POLL_SECONDS = 6
"""How often an open conversation asks for what is new."""
_EXCERPT = 120
_TYPED_MOST = 4 * LONGEST
"""Of a text that is refused, so much comes back in the form."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `new_day` is there when it is the first one of a day."""

    number: int
    text: str | None
    photo: PhotoInfo | None
    is_mine: bool
    is_masked: bool
    is_read: bool
    time: str
    at: datetime
    new_day: date | None


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A conversation in a list."""

    url: str
    name: str
    title: str
    excerpt: str
    is_mine: bool
    moment: str
    unread: int


def thread_row(thread: ThreadInfo, side: Side) -> ThreadRow:
    """A conversation of one side for its list."""
    photo = gettext("📷 Фотография") if thread.last_has_photo else ""
    words = thread.last_text or photo or gettext("Текст удалён: прошло больше года.")
    line = " ".join(words.split())
    return ThreadRow(
        url=url_for("account.thread", thread_id=thread.id),
        name=name_of(thread.other_name, side),
        title=thread.card.title,
        excerpt=line if len(line) <= _EXCERPT else f"{line[:_EXCERPT].rstrip()}…",
        is_mine=thread.last_is_mine,
        moment=format_moment(thread.last_at, today=clock.local_date(clock.now())),
        unread=thread.unread,
    )


def name_of(first_name: str, side: Side) -> str:
    """What the one on this side calls the other."""
    return first_name or (gettext("Хозяин") if side is Side.GUEST else gettext("Гость"))


def send_once(send: Callable[[Session, Words], Sent]) -> str:
    """Send what the form says, once; the path of its conversation.

    The form's key is the message's too; a form without one is sent as it is. Raises as `send_with_photo`.
    """
    key = request.form.get(form_keys.FIELD, "")
    key = key if idempotency.is_key(key) else uuid4().hex
    file = _chosen_photo()
    words = Words(request.form.get("text", ""), Channel.WEB, key, None if file is None else Undrawn.PHOTO)

    def act(words: Words) -> str:
        with transaction() as session:
            return form_keys.once(session, lambda: url_for("account.thread", thread_id=send(session, words).thread_id))

    return send_with_photo(words, file, act, sender=session_or_address())


def _chosen_photo() -> FileStorage | None:
    file = request.files.get("photo")
    return file if file is not None and file.filename else None


def refused(found: Conversation, action: str, error: DomainError) -> ResponseReturnValue:
    """The conversation with what was refused and all that was typed; htmx leaves the typed text where it is.

    What is not there for this person is raised again.
    """
    if is_htmx() or error.kind is ErrorKind.NOT_FOUND:
        raise error
    page = conversation_page(found, action, text=request.form.get("text", "")[:_TYPED_MOST], error=text_of(error))
    return page, STATUS[error.kind]


def conversation_page(
    found: Conversation,
    action: str,
    *,
    fragment: str | None = None,
    before: int | None = None,
    text: str = "",
    error: str | None = None,
    unread_left: int | None = None,
) -> str:
    """The conversation, or a part of it for htmx; `action` is where its form goes.

    `unread_left` is there when something was read just now: the count above the page follows.
    """
    page = _messages(found, before)
    shown = _views(page.messages, found.side)
    read = max((view.number for view in shown if view.is_mine and view.is_read), default=0)
    return render_page(
        "account/conversation.html",
        fragment=fragment,
        name=name_of(found.other_name, found.side),
        card=card_view(found.card),
        is_guest=found.side is Side.GUEST,
        booking_url=_booking_url(found),
        thread_id=found.id,
        action=action,
        messages=shown,
        older=page.older,
        before=before,
        last_number=shown[-1].number if shown else 0,
        read_number=read,
        poll_seconds=POLL_SECONDS,
        hides_contacts=not found.has_paid,
        megabytes=MAX_BYTES // 1024**2,
        longest=LONGEST,
        text=text,
        error=error,
        unread_left=unread_left,
    )


def _messages(found: Conversation, before: int | None) -> MessagesPage:
    if found.id is None:
        return MessagesPage((), None)
    with reading() as connection:
        return messages_of(connection, found.id, before=before)


def _views(messages: tuple[MessageInfo, ...], side: Side) -> list[MessageView]:
    day, shown = None, []
    for each in messages:
        local = clock.local_date(each.created_at)
        shown.append(
            MessageView(
                number=each.number,
                text=each.text,
                photo=each.photo,
                is_mine=each.author is side,
                is_masked=each.is_masked,
                is_read=each.read_at is not None,
                time=f"{clock.local_time(each.created_at):%H:%M}",
                at=each.created_at,
                new_day=local if local != day else None,
            )
        )
        day = local
    return shown


def _booking_url(found: Conversation) -> str | None:
    if found.booking_reference is None:
        return None
    endpoint = "account.booking" if found.side is Side.GUEST else "cabinet.booking"
    return url_for(endpoint, reference=found.booking_reference)
