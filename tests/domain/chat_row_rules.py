"""Writes that the tables of chats must refuse (see test_row_rules.py), and rows to try them on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.domain.chats import help as asking
from app.domain.chats import identities, replies
from app.domain.inbox import store
from app.models import InboxProvider, Messenger

LONG = "repeat('x', 5000)"

CASES: dict[str, str] = {
    "ck_inbox_stream_length": "UPDATE inbox SET stream = 'short'",
    "ck_channel_identities_messenger_known": "UPDATE channel_identities SET messenger = 'pigeon'",
    "ck_channel_identities_language_known": "UPDATE channel_identities SET language = 'de'",
    "ck_channel_identities_address_token_length": "UPDATE channel_identities SET address_token = 'short'",
    "ck_channel_identities_linked_has_moment": "UPDATE channel_identities SET linked_at = NULL"
    " WHERE user_id IS NOT NULL",
    "ck_chat_replies_sent_count_not_negative": "UPDATE chat_replies SET sent_count = -1",
    "ck_chat_replies_parts_said_not_negative": "UPDATE chat_replies SET parts_said = -1",
    "ck_chat_replies_error_code_short": f"UPDATE chat_replies SET error_code = {LONG}",
    "ck_help_requests_answered_has_moment": "UPDATE help_requests SET answer_sealed = 'x', answered_at = NULL",
}
UNIQUE: dict[str, str] = {
    "uq_channel_identities_messenger_address_token": "INSERT INTO channel_identities"
    " (id, messenger, address_sealed, address_token, created_at, last_seen_at)"
    " SELECT gen_random_uuid(), messenger, address_sealed, address_token, now(), now() FROM channel_identities LIMIT 1",
}


def make_rows(session: Session, guest: UUID, *, now: datetime) -> None:
    """A chat with a reply, a question and an event."""
    address = str(uuid4().int % 10**10)
    chat = identities.lock(session, Messenger.TELEGRAM, address, now=now).chat
    identities.link(session, chat, guest, now=now)
    replies.add(session, chat, "{}", now=now)
    asking.ask(session, chat, "?", now=now)
    stream = identities.address_token(Messenger.TELEGRAM, address)
    store(session, InboxProvider.TELEGRAM, f"row-rules-{uuid4()}", "{}", now=now, stream=stream)
