"""What providers tell us: stored once by its external id before anything is done about it, handled by a worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import DateTime, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import later
from app.kit.backoff import pause_after
from app.models import InboxItem, InboxProvider
from app.models.sealed import key_ring, place_of

CLAIM = timedelta(seconds=30)
MAX_ATTEMPTS = 16
"""Attempts before a message goes to the dead-letter list; with its pauses about half an hour."""

LONGEST_PAUSE = timedelta(minutes=5)

WAKE = "inbox"
"""Name of the after-commit hook; its items are providers."""

CHATS = (InboxProvider.TELEGRAM, InboxProvider.WHATSAPP)
"""What people write: a queue of its own, and each chat's messages one by one in their order."""

PROMPT = (InboxProvider.KASPI,)
"""Their messages wake a worker at once. What Twilio says is worked off by the clock, on the queue of notifications, so
that a flood of it keeps no payment waiting."""


def store(
    session: Session,
    provider: InboxProvider,
    external_id: str,
    body: str,
    *,
    now: datetime,
    stream: bytes | None = None,
) -> bool:
    """Keep an authenticated message. False when it is already there (a replay): nothing is written then.

    Messages of one `stream` (32 bytes: a chat) are handled one by one, in the order of their coming.
    """
    item_id = uuid4()
    sealed = key_ring().seal(body, place=place_of("inbox", "body_sealed", item_id))
    row = {
        "id": item_id,
        "provider": provider,
        "external_id": external_id,
        "stream": stream,
        "body_sealed": sealed,
        "received_at": now,
        "available_at": now,
        "attempts": 0,
    }
    written = session.execute(insert(InboxItem).values(row).on_conflict_do_nothing().returning(InboxItem.id)).first()
    if written is None:
        return False
    if provider in PROMPT or provider in CHATS:
        later(session, WAKE, provider)
    return True


def claim(session: Session, item_id: UUID, *, now: datetime) -> InboxItem | None:
    """A message nobody handles yet, or None. Its body is opened by whoever handles it, so that a failure counts."""
    statement = (
        select(InboxItem)
        .where(InboxItem.id == item_id, InboxItem.handled_at.is_(None), InboxItem.dead_at.is_(None))
        .where(InboxItem.available_at <= now)
        .with_for_update(skip_locked=True)
    )
    item = session.scalars(statement).one_or_none()
    if item is None:
        return None
    if item.attempts >= MAX_ATTEMPTS:  # every worker that took it died at it
        give_up(session, item.id, error="attempts used up", now=now)
        return None
    item.available_at = now + CLAIM
    item.attempts += 1
    return item


def due(
    session: Session, *, now: datetime, limit: int = 500, providers: Sequence[InboxProvider] = PROMPT
) -> list[UUID]:
    """Messages of these providers that wait without anyone at work on them, oldest first."""
    statement = (
        select(InboxItem.id)
        .where(InboxItem.handled_at.is_(None), InboxItem.dead_at.is_(None), InboxItem.available_at <= now)
        .where(InboxItem.provider.in_(providers))
        .order_by(InboxItem.available_at)
        .limit(limit)
    )
    return list(session.scalars(statement))


_CLAIM_TURNS = text(
    "WITH picked AS (SELECT i.id FROM inbox i WHERE i.stream IS NOT NULL AND i.handled_at IS NULL"
    "                AND i.dead_at IS NULL AND i.available_at <= :now"
    "                AND NOT EXISTS (SELECT FROM inbox o WHERE o.stream = i.stream AND o.handled_at IS NULL"
    "                                AND o.dead_at IS NULL AND (o.received_at, o.id) < (i.received_at, i.id))"
    "                ORDER BY i.available_at LIMIT :size FOR UPDATE SKIP LOCKED)"
    " UPDATE inbox i SET available_at = :until, attempts = i.attempts + 1 FROM picked p WHERE i.id = p.id"
    " RETURNING i.id"
).bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True)))


def claim_turns(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """The first message of up to `limit` chats that wait without anyone at work on them, first come first.

    The turn that handles one locks it again (`turn_of`): who took too long and was overtaken does nothing.
    """
    return list(session.scalars(_CLAIM_TURNS, {"now": now, "until": now + CLAIM, "size": limit}))


def turn_of(session: Session, item_id: UUID) -> InboxItem | None:
    """A claimed message, locked until the transaction ends; None when it was handled or given up meanwhile."""
    statement = select(InboxItem).where(InboxItem.id == item_id)
    statement = statement.where(InboxItem.handled_at.is_(None), InboxItem.dead_at.is_(None))
    return session.scalars(statement.with_for_update()).one_or_none()


def dead(session: Session, item_id: UUID) -> InboxItem:
    """A message that was given up."""
    return session.get_one(InboxItem, item_id)


def finish(session: Session, item_id: UUID, *, now: datetime) -> None:
    """The message has had its effect."""
    session.execute(update(InboxItem).where(InboxItem.id == item_id).values(handled_at=now, last_error=None))


def postpone(session: Session, item_id: UUID, *, error: str, now: datetime, most: int = MAX_ATTEMPTS) -> bool:
    """Handling failed: again after a growing, random pause; after `most` attempts it waits for a person (False).

    What another worker has handled or given up meanwhile is left as it is.
    """
    item = turn_of(session, item_id)
    if item is None:
        return True
    item.last_error = error[:500]
    if item.attempts >= most:
        item.dead_at = now
        return False
    item.available_at = now + pause_after(item.attempts, longest=LONGEST_PAUSE)
    return True


def give_up(session: Session, item_id: UUID, *, error: str, now: datetime) -> None:
    """The message makes no sense; a person must look."""
    session.execute(update(InboxItem).where(InboxItem.id == item_id).values(dead_at=now, last_error=error[:500]))
