"""Whose a chat is: found by its address, tied to an account once that was proven (3-domain, People and roles)."""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import audit, idempotency
from app.domain.actor import Actor
from app.domain.idempotency import Answer, Asked
from app.kit.crypto import hash_token
from app.kit.errors import DomainError, ErrorKind
from app.models import ChannelIdentity, Language, Messenger, User
from app.models.sealed import key_ring, place_of

IDLE = timedelta(days=180)
"""Numbers are given to other people: after so long a chat has to prove again whose it is."""

LINK_LIFETIME = timedelta(minutes=10)
_NONCE_BYTES, _MAC_BYTES = 6, 16
_CONTENT_BYTES = 16 + 4 + _NONCE_BYTES
"""The account, until when, and what makes each link another one."""
_LINKING = "chat.link"
"""The act that a used token is the key of."""


def address_token(messenger: Messenger, address: str) -> bytes:
    """The blind index by which a chat is found without being read; also its stream in the inbox."""
    return key_ring().blind_index(f"{messenger.value}|{address}", purpose="chat")


class Locked(NamedTuple):
    """A chat that was locked, and when it was seen last before that; None for a new one."""

    chat: ChannelIdentity
    seen_before: datetime | None


def lock(session: Session, messenger: Messenger, address: str, *, now: datetime) -> Locked:
    """The chat with this address, made when it is new and locked until the transaction ends: one turn at a time.

    It is reachable again and was seen now; one that was idle for `IDLE` is nobody's any more.
    """
    token = address_token(messenger, address)
    wanted = select(ChannelIdentity).where(
        ChannelIdentity.messenger == messenger, ChannelIdentity.address_token == token
    )
    # The weaker lock: who writes a reply for the chat (a payment's job, holding its own rows) must not wait for a turn.
    wanted = wanted.with_for_update(key_share=True)
    chat = session.scalars(wanted).one_or_none()
    seen_before = None if chat is None else chat.last_seen_at
    if chat is None:
        row_id = uuid4()
        new = {
            "id": row_id,
            "messenger": messenger,
            "address_sealed": key_ring().seal(address, place=place_of("channel_identities", "address_sealed", row_id)),
            "address_token": token,
            "created_at": now,
            "last_seen_at": now,
        }
        session.execute(insert(ChannelIdentity).values(new).on_conflict_do_nothing())
        chat = session.scalars(wanted).one()
    if chat.user_id is not None and is_idle(chat, now=now):
        unlink(session, chat, now=now)
    chat.last_seen_at = max(chat.last_seen_at, now)
    chat.unreachable_at = None
    return Locked(chat, seen_before)


def is_idle(chat: ChannelIdentity, *, now: datetime) -> bool:
    """May it be somebody else's by now? Then it is told nothing of what was meant for the one before."""
    return chat.last_seen_at < now - IDLE


def link(session: Session, chat: ChannelIdentity, user_id: UUID, *, now: datetime) -> None:
    """Tie a chat to an account whose owner has been proven by the caller; it leaves the one it was tied to.

    Raises DomainError `account_blocked` (403).
    """
    user = session.get_one(User, user_id)
    if user.blocked_at is not None:
        raise DomainError("account_blocked", ErrorKind.FORBIDDEN)
    if chat.user_id != user_id:
        unlink(session, chat, now=now)
    chat.user_id = user_id
    chat.linked_at = now
    audit.record(
        session, "chat.linked", actor=Actor.guest(user_id), subject=("chat", chat.id), now=now, messenger=chat.messenger
    )


def unlink(session: Session, chat: ChannelIdentity, *, now: datetime) -> None:
    """From here on the chat is nobody's."""
    user_id, chat.user_id = chat.user_id, None
    if user_id is not None:
        audit.record(session, "chat.unlinked", actor=Actor.guest(user_id), subject=("chat", chat.id), now=now)


def of_user(session: Session, user_id: UUID) -> list[ChannelIdentity]:
    """A person's chats, the one they used last first."""
    statement = select(ChannelIdentity).where(ChannelIdentity.user_id == user_id)
    return list(session.scalars(statement.order_by(ChannelIdentity.last_seen_at.desc(), ChannelIdentity.id)))


def reachable(session: Session, user_id: UUID) -> list[ChannelIdentity]:
    """Those of an account's chats that take messages, the one used last first."""
    return [chat for chat in of_user(session, user_id) if chat.unreachable_at is None]


def wants_silence(session: Session, user_id: UUID) -> bool:
    """Did the person write STOP in one of their chats, and not START since?"""
    silenced = select(ChannelIdentity.id).where(ChannelIdentity.user_id == user_id)
    return session.scalars(silenced.where(ChannelIdentity.opted_out_at.is_not(None)).limit(1)).first() is not None


def unlink_own(session: Session, chat_id: UUID, *, user_id: UUID, now: datetime) -> None:
    """The person takes a chat off their account. Raises DomainError `chat_unknown` (404)."""
    chat = session.get(ChannelIdentity, chat_id, with_for_update={"key_share": True})
    if chat is None or chat.user_id != user_id:
        raise DomainError("chat_unknown", ErrorKind.NOT_FOUND)
    unlink(session, chat, now=now)


def note_gone(session: Session, chat_id: UUID, *, now: datetime) -> None:
    """Nothing can be sent there until the person writes again."""
    session.execute(update(ChannelIdentity).where(ChannelIdentity.id == chat_id).values(unreachable_at=now))


def note_gone_since(session: Session, user_id: UUID, messenger: Messenger, *, sent_at: datetime, now: datetime) -> None:
    """What was sent at `sent_at` to the chat that the person used last could not be brought, now or ever.

    Unless they have written there since: then it is open again.
    """
    last = select(ChannelIdentity.id).where(ChannelIdentity.user_id == user_id, ChannelIdentity.messenger == messenger)
    last = last.order_by(ChannelIdentity.last_seen_at.desc(), ChannelIdentity.id).limit(1)
    gone = update(ChannelIdentity).where(
        ChannelIdentity.id == last.scalar_subquery(), ChannelIdentity.last_seen_at < sent_at
    )
    session.execute(gone.values(unreachable_at=now))


def choose_language(chat: ChannelIdentity, language: str) -> None:
    """Speak this language in the chat. Raises DomainError `language_unknown` (422)."""
    if language not in {code.value for code in Language}:
        raise DomainError("language_unknown")
    chat.language = language


def link_token(user_id: UUID, *, now: datetime) -> str:
    """What a signed-in person carries into a chat to tie it to their account within `LINK_LIFETIME` (56 letters).

    Whoever has it can do that, once: it is shown to its owner only, and never kept. Each is another one.
    """
    until = struct.pack(">I", int((now + LINK_LIFETIME).timestamp()))
    content = user_id.bytes + until + secrets.token_bytes(_NONCE_BYTES)
    return _written(content + _mac(content))


def user_of_token(token: str, *, now: datetime) -> UUID | None:
    """Whose token this is; None when it is nobody's or too old."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    content, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(raw) != _CONTENT_BYTES + _MAC_BYTES or not hmac.compare_digest(mac, _mac(content)):
        return None
    if _written(raw) != token:  # decoding leaves out what is no letter: it would be the same token, not used up
        return None
    (until,) = struct.unpack(">I", content[16:20])
    return UUID(bytes=content[:16]) if now <= datetime.fromtimestamp(until, UTC) else None


def owner_by_token(session: Session, chat: ChannelIdentity, token: str, *, now: datetime) -> User:
    """Whom the (locked) chat would be tied to by a token; nothing is changed.

    Raises DomainError `link_old` (404), `link_used` (409) when a chat was tied by it already and this one is not
    the owner's.
    """
    user_id = user_of_token(token, now=now)
    user = None if user_id is None else session.get(User, user_id)
    if user is None:
        raise DomainError("link_old", ErrorKind.NOT_FOUND)
    if chat.user_id != user.id and idempotency.was_done(session, user.id, _LINKING, _key(token)):
        raise DomainError("link_used", ErrorKind.CONFLICT)
    return user


def link_by_token(session: Session, chat: ChannelIdentity, token: str, *, now: datetime) -> None:
    """Tie the (locked) chat to the account of a token, which is used up by that; the same chat may ask again.

    Raises DomainError as `owner_by_token` and `link`.
    """
    user = owner_by_token(session, chat, token, now=now)
    asked = Asked(user.id, _LINKING, _key(token), idempotency.digest_of(str(chat.id)))

    def tie() -> Answer:
        link(session, chat, user.id, now=now)
        return Answer(200)

    try:
        idempotency.once(session, asked, tie, now=now)
    except DomainError as error:
        if error.code != "key_reused":
            raise
        raise DomainError("link_used", ErrorKind.CONFLICT) from None


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _key(token: str) -> str:
    return hash_token(token).hex()


def _mac(content: bytes) -> bytes:
    return key_ring().blind_index(content.hex(), purpose="chat_link")[:_MAC_BYTES]
