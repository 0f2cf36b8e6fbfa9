"""What is to be done after a transaction, kept in it: nothing is lost with Redis, nothing runs after a rollback.

Domain code calls `add()`. After the commit a hook wakes a worker with the row's id; a sweep finds what a lost wake-up
left. A worker claims a row for a while, works outside any transaction, and records the end in a new one; a worker that
dies leaves a claim that runs out. Work is therefore done at least once, and every handler is idempotent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import later
from app.models import OutboxItem, OutboxKind

CLAIM = timedelta(seconds=45)
"""How long one attempt may take before another worker may try (time-outs of providers are 10 s)."""

MAX_ATTEMPTS = 12
"""Attempts before an item goes to the dead-letter list; with back-off about two hours."""

WAKE = "outbox"
"""Name of the after-commit hook; its items are (kind, id)."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An item this worker may work on now."""

    id: int
    kind: OutboxKind
    subject_id: str
    attempt: int


def add(session: Session, kind: OutboxKind, subject_id: object, *, now: datetime) -> None:
    """Intend to do something about `subject_id`; it starts right after the commit."""
    item = OutboxItem(**row(kind, subject_id, now=now))
    session.add(item)
    session.flush()
    wake(session, kind, item.id)


def row(kind: OutboxKind, subject_id: object, *, now: datetime) -> dict[str, object]:
    """The item that `add` adds, as values, for who writes it together with other rows and then calls `wake`."""
    return {"kind": kind, "subject_id": str(subject_id), "created_at": now, "available_at": now, "attempts": 0}


def wake(session: Session, kind: OutboxKind, item_id: int) -> None:
    """Start on an item of this transaction right after the commit."""
    later(session, WAKE, (kind, item_id))


def claim(session: Session, item_id: int, *, now: datetime) -> Claimed | None:
    """Take one item, or None when it is done, dead, not due, or in someone else's hands."""
    statement = (
        select(OutboxItem)
        .where(OutboxItem.id == item_id, OutboxItem.done_at.is_(None), OutboxItem.dead_at.is_(None))
        .where(OutboxItem.available_at <= now)
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
    return Claimed(item.id, OutboxKind(item.kind), item.subject_id, item.attempts)


def due(
    session: Session, kinds: Sequence[OutboxKind], *, now: datetime, limit: int = 500
) -> list[tuple[OutboxKind, int]]:
    """Items of these kinds that wait without anyone at work on them, oldest first."""
    statement = (
        select(OutboxItem.kind, OutboxItem.id)
        .where(OutboxItem.done_at.is_(None), OutboxItem.dead_at.is_(None), OutboxItem.available_at <= now)
        .where(OutboxItem.kind.in_(kinds))
        .order_by(OutboxItem.available_at)
        .limit(limit)
    )
    return [(OutboxKind(kind), item_id) for kind, item_id in session.execute(statement)]


def finish(session: Session, item_id: int, *, now: datetime) -> None:
    """The work is done."""
    session.execute(update(OutboxItem).where(OutboxItem.id == item_id).values(done_at=now, last_error=None))


def postpone(
    session: Session, item: Claimed, *, error: str, now: datetime, retry_after: timedelta | None = None
) -> None:
    """It failed for now: try again later (2, 4, 8 … 600 s, or as the provider asks); after the last attempt give up."""
    if item.attempt >= MAX_ATTEMPTS:
        give_up(session, item.id, error=error, now=now)
        return
    pause = retry_after or timedelta(seconds=min(2**item.attempt, 600))
    values = {"available_at": now + pause, "last_error": error[:500]}
    session.execute(update(OutboxItem).where(OutboxItem.id == item.id).values(values))


def give_up(session: Session, item_id: int, *, error: str, now: datetime) -> None:
    """Put it on the dead-letter list with the reason."""
    values = {"dead_at": now, "last_error": error[:500]}
    session.execute(update(OutboxItem).where(OutboxItem.id == item_id).values(values))
