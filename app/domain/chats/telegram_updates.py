"""Keeping what Telegram tells us, the same for the webhook and for `flask telegram poll`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import inbox
from app.domain.chats import identities
from app.integrations.errors import ProviderProtocolError
from app.integrations.telegram.updates import parse_update
from app.models import InboxProvider, Messenger


@dataclass(frozen=True, slots=True)
class Event:
    """What happened in a chat, before it is kept."""

    external_id: str
    """The same however often, and under whatever number of update, it is told."""
    stream: bytes
    """Stands for the chat."""
    body: str
    is_written: bool = True
    """The person wrote or pressed something; False when they blocked us or came back, and for what makes no sense."""


def read(body: bytes) -> Event | None:
    """What an authenticated update tells; None when it does not happen in a private chat with a person.

    What makes no sense is an event under its hash in a stream of its own: it holds up no chat, and the worker that
    cannot read it puts it on the dead-letter list.
    """
    try:
        update = parse_update(body)
    except ProviderProtocolError:
        external_id = f"malformed:{hashlib.sha256(body).hexdigest()}"
        stream = identities.address_token(Messenger.TELEGRAM, external_id)
        return Event(external_id, stream, body.decode("utf-8", "replace"), is_written=False)
    if update.chat_id is None:
        return None
    stream = identities.address_token(Messenger.TELEGRAM, str(update.chat_id))
    # The token stands for the chat: whose it is must not be readable in the table.
    external_id = f"{update.event}@{stream.hex()[:32]}"
    return Event(external_id, stream, body.decode(), is_written=update.my_chat_member is None)


def store(session: Session, event: Event, *, now: datetime) -> bool:
    """Keep an event for the chats' worker; True when it is new."""
    return inbox.store(session, InboxProvider.TELEGRAM, event.external_id, event.body, now=now, stream=event.stream)


def keep(session: Session, body: bytes, *, now: datetime) -> bool:
    """Read and store one authenticated update; True when it is new and for us."""
    event = read(body)
    return event is not None and store(session, event, now=now)
