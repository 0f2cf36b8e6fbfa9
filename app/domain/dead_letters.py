"""Work that was given up: outbox items and inbox messages that a person looks at, starts again, or drops for a reason.

What is shown are kinds, ids, attempts and the last error, never what a message says or whom it is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.db import later
from app.domain import audit, inbox, outbox
from app.domain.actor import Actor
from app.models import InboxItem, InboxProvider, OutboxItem, OutboxKind

SHOWN = 200


class Source(StrEnum):
    """Where a dead letter lies."""

    OUTBOX = "outbox"
    INBOX = "inbox"


class DropReason(StrEnum):
    """Why nobody will try again. A list and not a text: the audit trail holds nothing personal."""

    DONE_BY_HAND = "done_by_hand"
    OUT_OF_DATE = "out_of_date"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    MISTAKE = "mistake"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One piece of work that was given up. `kind` is an outbox kind, or the provider of a message."""

    source: Source
    id: str
    kind: str
    subject: str
    attempts: int
    error: str
    dead_at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much of a kind waits, is at work or put off, and is dead; `oldest` is the moment the oldest due one came.

    `in_trouble` of what is not done wait for a provider that is away, the first of them since `trouble_since`.
    """

    source: Source
    kind: str
    due: int
    later: int
    dead: int
    oldest: datetime | None
    in_trouble: int = 0
    trouble_since: datetime | None = None


def listed(session: Session, *, kind: str | None = None, limit: int = SHOWN) -> list[DeadLetter]:
    """The dead letters, newest first; with `kind` only those of an outbox kind or a provider."""
    out = select(OutboxItem).where(*_dead_outbox(kind)).order_by(OutboxItem.dead_at.desc()).limit(limit)
    inn = select(InboxItem).where(*_dead_inbox(kind)).order_by(InboxItem.dead_at.desc()).limit(limit)
    found = [_of_outbox(item) for item in session.scalars(out)] + [_of_inbox(item) for item in session.scalars(inn)]
    return sorted(found, key=lambda letter: letter.dead_at, reverse=True)[:limit]


def retry(session: Session, source: Source, item_id: str, *, actor: Actor, now: datetime) -> bool:
    """Start one again, with all its attempts, right after the commit. False when it is not on the list.

    A message whose body was deleted after its time cannot be handled any more, and stays.
    """
    letter = _take(session, source, item_id)
    if letter is None or (isinstance(letter, InboxItem) and letter.body_sealed is None):
        return False
    _revive(session, letter, actor=actor, now=now)
    return True


def retry_all(session: Session, kind: str, *, actor: Actor, now: datetime, limit: int = SHOWN) -> int:
    """Start everything of an outbox kind or a provider again, the oldest first, `limit` at a time; how many."""
    out = select(OutboxItem).where(*_dead_outbox(kind)).order_by(OutboxItem.id).limit(limit)
    inn = (
        select(InboxItem)
        .where(*_dead_inbox(kind), InboxItem.body_sealed.is_not(None))
        .order_by(InboxItem.received_at)
        .limit(limit)
    )
    letters: Sequence[OutboxItem | InboxItem] = [
        *session.scalars(out.with_for_update(skip_locked=True)),
        *session.scalars(inn.with_for_update(skip_locked=True)),
    ]
    for letter in letters:
        _revive(session, letter, actor=actor, now=now)
    return len(letters)


def drop(session: Session, source: Source, item_id: str, reason: DropReason, *, actor: Actor, now: datetime) -> bool:
    """Take one from the list for good; the row stays for a while, the audit trail keeps who and why.

    False when it is not on the list.
    """
    letter = _take(session, source, item_id)
    if letter is None:
        return False
    letter.dropped_at = now
    _note(session, "work.dropped", letter, actor=actor, now=now, reason=reason.value)
    return True


def backlog(session: Session, *, now: datetime) -> list[Backlog]:
    """What waits and what is dead, by kind."""
    out_waits = OutboxItem.done_at.is_(None) & OutboxItem.dead_at.is_(None)
    in_waits = InboxItem.handled_at.is_(None) & InboxItem.dead_at.is_(None)
    out_dead = OutboxItem.dead_at.is_not(None) & OutboxItem.dropped_at.is_(None)
    in_dead = InboxItem.dead_at.is_not(None) & InboxItem.dropped_at.is_(None)
    out_due, in_due = out_waits & (OutboxItem.available_at <= now), in_waits & (InboxItem.available_at <= now)
    out = select(
        OutboxItem.kind,
        func.count().filter(out_due),
        func.count().filter(out_waits & (OutboxItem.available_at > now)),
        func.count().filter(out_dead),
        func.min(OutboxItem.created_at).filter(out_due),
        func.count(OutboxItem.trouble_since).filter(out_waits),
        func.min(OutboxItem.trouble_since).filter(out_waits),
    ).where(out_waits | out_dead)
    inn = select(
        InboxItem.provider,
        func.count().filter(in_due),
        func.count().filter(in_waits & (InboxItem.available_at > now)),
        func.count().filter(in_dead),
        func.min(InboxItem.received_at).filter(in_due),
    ).where(in_waits | in_dead)
    out_rows = session.execute(out.group_by(OutboxItem.kind).order_by(OutboxItem.kind))
    in_rows = session.execute(inn.group_by(InboxItem.provider).order_by(InboxItem.provider))
    return [*(Backlog(Source.OUTBOX, *row) for row in out_rows), *(Backlog(Source.INBOX, *row) for row in in_rows)]


def _dead_outbox(kind: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [OutboxItem.dead_at.is_not(None), OutboxItem.dropped_at.is_(None)]
    return found if kind is None else [*found, OutboxItem.kind == kind]


def _dead_inbox(kind: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [InboxItem.dead_at.is_not(None), InboxItem.dropped_at.is_(None)]
    return found if kind is None else [*found, InboxItem.provider == kind]


def _take(session: Session, source: Source, item_id: str) -> OutboxItem | InboxItem | None:
    """A dead letter, locked; None when there is none of this id."""
    if source is Source.OUTBOX:
        if not item_id.isdecimal():
            return None
        out = select(OutboxItem).where(*_dead_outbox(None), OutboxItem.id == int(item_id))
        return session.scalars(out.with_for_update()).one_or_none()
    try:
        row_id = UUID(item_id)
    except ValueError:
        return None
    inn = select(InboxItem).where(*_dead_inbox(None), InboxItem.id == row_id)
    return session.scalars(inn.with_for_update()).one_or_none()


def _revive(session: Session, letter: OutboxItem | InboxItem, *, actor: Actor, now: datetime) -> None:
    letter.dead_at = None
    letter.attempts = 0
    letter.available_at = now
    if isinstance(letter, OutboxItem):
        letter.trouble_since = None
        outbox.wake(session, OutboxKind(letter.kind), letter.id)
    else:
        later(session, inbox.WAKE, InboxProvider(letter.provider))
    _note(session, "work.retried", letter, actor=actor, now=now)


def _note(
    session: Session, action: str, letter: OutboxItem | InboxItem, *, actor: Actor, now: datetime, **details: str
) -> None:
    kind = letter.kind if isinstance(letter, OutboxItem) else letter.provider
    source = Source.OUTBOX if isinstance(letter, OutboxItem) else Source.INBOX
    audit.record(session, action, actor=actor, subject=(source.value, letter.id), now=now, kind=kind, **details)


def _of_outbox(item: OutboxItem) -> DeadLetter:
    assert item.dead_at is not None  # noqa: S101  # narrows the type: the list holds dead ones only
    return DeadLetter(
        Source.OUTBOX, f"{item.id}", item.kind, item.subject_id, item.attempts, item.last_error or "", item.dead_at
    )


def _of_inbox(item: InboxItem) -> DeadLetter:
    assert item.dead_at is not None  # noqa: S101  # narrows the type: the list holds dead ones only
    return DeadLetter(
        Source.INBOX,
        f"{item.id}",
        item.provider,
        item.external_id,
        item.attempts,
        item.last_error or "",
        item.dead_at,
    )
