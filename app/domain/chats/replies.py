"""What is said in chats: kept in the transaction that decides it, sent by a worker, in order within a chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Select, Text, cast, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import outbox
from app.domain.outbox import CLAIM, Claimed
from app.models import ChannelIdentity, ChatReply, Messenger, OutboxItem, OutboxKind
from app.models.sealed import key_ring, place_of

OPEN_FOR = timedelta(hours=24)
"""So long after the person's last message WhatsApp takes free text."""

HASTENED_FOR = timedelta(hours=1)
"""Hastening uses up no attempt. Of what has not got through for so long each try counts again, so that it is given up
in the end and its chat goes on."""

_MOST_OLDER = 20
"""So many older replies are looked at: the nearest ones, each of which has looked at those before it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A reply to send, or the rest of it. `body` is the answer as app/channels/message.py keeps it."""

    id: int
    chat_id: UUID
    messenger: Messenger
    address: str
    body: str
    sent_count: int
    parts_said: int
    """Of the message behind those: so many parts that it is sent in."""
    refused: str | None
    """The provider's code of the first of those that it refused."""
    is_open: bool
    is_gone: bool
    """The person cannot be reached there any more."""
    language: str
    """What is spoken in the chat: a few words of a messenger's own are added when it is sent."""
    created_at: datetime


def add(session: Session, chat: ChannelIdentity, body: str, *, now: datetime, claimed: bool = False) -> Claimed:
    """Intend to say `body` in this chat. With `claimed` the caller sends it right after the commit; else it is woken.

    Should the caller die, another worker takes it up when the claim has run out.
    """
    seal_id = uuid4()
    sealed = key_ring().seal(body, place=place_of("chat_replies", "body_sealed", seal_id))
    reply = {"identity_id": chat.id, "seal_id": seal_id, "body_sealed": sealed, "sent_count": 0, "created_at": now}
    reply_id = session.scalars(insert(ChatReply).values(reply).returning(ChatReply.id)).one()
    item = outbox.row(OutboxKind.SEND_CHAT_REPLY, reply_id, now=now)
    if claimed:
        item |= {"available_at": now + CLAIM, "attempts": 1}
    item_id = session.scalars(insert(OutboxItem).values(item).returning(OutboxItem.id)).one()
    if not claimed:
        outbox.wake(session, OutboxKind.SEND_CHAT_REPLY, item_id)
    return Claimed(item_id, OutboxKind.SEND_CHAT_REPLY, str(reply_id), 1)


def pending(session: Session, reply_id: int, *, now: datetime) -> Pending | None:
    """What is left to say of a reply; None when that is nothing."""
    statement = select(ChatReply, ChannelIdentity).join(ChannelIdentity).where(ChatReply.id == reply_id)
    found = session.execute(statement).one_or_none()
    if found is None:
        return None
    reply, chat = found
    if reply.ended_at is not None or reply.body is None:
        return None
    return Pending(
        id=reply.id,
        chat_id=chat.id,
        messenger=Messenger(chat.messenger),
        address=chat.address,
        body=reply.body,
        sent_count=reply.sent_count,
        parts_said=reply.parts_said,
        refused=reply.error_code,
        is_open=now < chat.last_seen_at + OPEN_FOR,
        is_gone=chat.unreachable_at is not None,
        language=chat.language or "ru",
        created_at=reply.created_at,
    )


def takes_free_text(chat: ChannelIdentity, *, now: datetime) -> bool:
    """May anything be said in it now, or only what WhatsApp has approved?"""
    return chat.messenger != Messenger.WHATSAPP or now < chat.last_seen_at + OPEN_FOR


def is_behind(session: Session, pending_reply: Pending) -> bool:
    """Does an older reply of the same chat still wait? It is said first.

    One that was given up (it is on the dead-letter list) holds nobody up: a chat is never silenced by it.
    """
    older = select(ChatReply.id).where(ChatReply.identity_id == pending_reply.chat_id)
    older = older.where(ChatReply.id < pending_reply.id, ChatReply.ended_at.is_(None))
    waiting = [str(reply_id) for reply_id in session.scalars(older.order_by(ChatReply.id.desc()).limit(_MOST_OLDER))]
    if not waiting:
        return False
    alive = select(OutboxItem.id).where(
        OutboxItem.kind == OutboxKind.SEND_CHAT_REPLY,
        OutboxItem.subject_id.in_(waiting),
        OutboxItem.done_at.is_(None),
        OutboxItem.dead_at.is_(None),
    )
    return session.scalars(alive.limit(1)).first() is not None


def hasten_older(session: Session, reply_id: int, *, now: datetime) -> None:
    """Try now what is to be said before this reply of the chat, if trouble has put it off for long."""
    chat = select(ChatReply.identity_id).where(ChatReply.id == reply_id).scalar_subquery()
    older = _unsaid(now).where(ChatReply.identity_id == chat, ChatReply.id < reply_id)
    outbox.hasten(session, OutboxKind.SEND_CHAT_REPLY, older, now=now)


def hasten_others(session: Session, messenger: Messenger, *, now: datetime) -> None:
    """Try now whatever trouble has put off for long in this messenger: one that waited has come through."""
    others = _unsaid(now).join(ChannelIdentity).where(ChannelIdentity.messenger == messenger)
    outbox.hasten(session, OutboxKind.SEND_CHAT_REPLY, others, now=now)


def _unsaid(now: datetime) -> Select[str]:
    """What has not been said yet, as the outbox names it, and may be hastened."""
    unsaid = select(cast(ChatReply.id, Text)).where(ChatReply.ended_at.is_(None))
    return unsaid.where(ChatReply.created_at > now - HASTENED_FOR)


def note_said(session: Session, reply_id: int, count: int, *, error_code: str | None = None) -> None:
    """So many messages of the reply the messenger has, or has refused; `error_code` is the first refusal's."""
    code = None if error_code is None else error_code[:64]
    said = {"sent_count": count, "parts_said": 0, "error_code": code}
    session.execute(update(ChatReply).where(ChatReply.id == reply_id).values(said))


def note_parts(session: Session, reply_id: int, parts: int) -> None:
    """The messenger has so many parts of the next message, and no more for now."""
    session.execute(update(ChatReply).where(ChatReply.id == reply_id).values(parts_said=parts))


def note_lost(session: Session, reply_id: int, *, error_code: str, is_gone: bool, now: datetime) -> bool:
    """The messenger had taken it and could not bring it. With `is_gone` the chat takes nothing any more, unless the
    person has used it since. False when it was known, or the reply is forgotten already."""
    lost = update(ChatReply).where(ChatReply.id == reply_id, ChatReply.error_code.is_(None))
    lost = lost.values(error_code=error_code[:64])
    row = session.execute(lost.returning(ChatReply.identity_id, ChatReply.created_at)).one_or_none()
    if row is not None and is_gone:
        gone = update(ChannelIdentity).where(ChannelIdentity.id == row.identity_id)
        session.execute(gone.where(ChannelIdentity.last_seen_at <= row.created_at).values(unreachable_at=now))
    return row is not None


def note_brought(session: Session, reply_id: int) -> None:
    """The person's phone has it: whatever was said of it before, it was not lost."""
    session.execute(update(ChatReply).where(ChatReply.id == reply_id).values(error_code=None))


def end(
    session: Session, reply_id: int, *, now: datetime, said: int | None = None, error_code: str | None = None
) -> None:
    """Nothing more is said of it; its text is forgotten."""
    values: dict[str, object] = {"ended_at": now, "body_sealed": None}
    if said is not None:
        values["sent_count"] = said
    if error_code is not None:
        values["error_code"] = error_code[:64]
    session.execute(update(ChatReply).where(ChatReply.id == reply_id).values(**values))
