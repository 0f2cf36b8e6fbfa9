"""Keeping what Telegram tells us, the same for the webhook and for `flask telegram poll`."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import inbox
from app.domain.chats import identities
from app.integrations.errors import ProviderProtocolError
from app.integrations.telegram.updates import parse_update
from app.models import InboxProvider, Messenger


def keep(session: Session, body: bytes, *, now: datetime) -> bool:
    """Keep one authenticated update for the chats' worker; True when it is new.

    Nothing is kept of what does not happen in a private chat with a person. The same event under another number of
    update is the same event. What makes no sense is kept under its hash in a stream of its own: it holds up no chat,
    and the worker that cannot read it puts it on the dead-letter list.
    """
    try:
        update = parse_update(body)
    except ProviderProtocolError:
        external_id = f"malformed:{hashlib.sha256(body).hexdigest()}"
        stream = identities.address_token(Messenger.TELEGRAM, external_id)
        text = body.decode("utf-8", "replace")
        return inbox.store(session, InboxProvider.TELEGRAM, external_id, text, now=now, stream=stream)
    if update.chat_id is None:
        return False
    stream = identities.address_token(Messenger.TELEGRAM, str(update.chat_id))
    # The token stands for the chat: whose it is must not be readable in the table.
    external_id = f"{update.event}@{stream.hex()[:32]}"
    return inbox.store(session, InboxProvider.TELEGRAM, external_id, body.decode(), now=now, stream=stream)
