"""What is to be done after a transaction, kept in it: nothing is lost with Redis, nothing runs after a rollback.

Domain code calls `add()`. After the commit a hook wakes a worker; a sweep finds what a lost wake-up left. A worker
claims a batch for a while, works outside any transaction, and records how all of it ended in a new one; a worker that
dies leaves claims that run out. Work is therefore done at least once, and every handler is idempotent.

What fails by itself is given up after its attempts. What fails because its provider is away waits until it is back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, DateTime, Integer, Select, Text, bindparam, func, select, text, update
from sqlalchemy.orm import Session

from app.db import later
from app.kit.backoff import pause_after, pause_in_trouble
from app.models import OutboxItem, OutboxKind

CLAIM = timedelta(seconds=45)
"""How long a batch may take before another worker may try (time-outs of providers are 10 s)."""

MAX_ATTEMPTS = 16
"""Attempts before an item goes to the dead-letter list; with its pauses about an hour and a half."""

LONGEST_PAUSE = timedelta(minutes=30)

WAITS_OUT = {
    OutboxKind.CREATE_PAYMENT: timedelta(seconds=30),
    OutboxKind.SEND_REFUND: timedelta(minutes=15),
    OutboxKind.SEND_NOTIFICATION: timedelta(minutes=15),
}
"""Kinds that keep their turn while their provider is away, and how long is between two tries at most: somebody who
wants to pay sits there, and the hold runs out.

Each says itself when it has lost its meaning: a payment with its hold, a notification by the catalogue. An answer in a
chat cannot, and whatever is said there waits behind it.
"""

SEEN = frozenset({OutboxKind.SEND_NOTIFICATION})
"""Kinds of which a person sees every repetition, and of which the provider cannot tell it is one. A try that may have
been carried out uses up an attempt there, however far away the provider is."""

PATIENCE = timedelta(days=7)
"""For so long, the life of a job; a provider that is back by then may just not answer this one request."""

WAKE = "outbox"
"""Name of the after-commit hook; its items are (kind, id)."""

CHAT_ATTEMPTS, LONGEST_CHAT_PAUSE = 40, timedelta(minutes=5)
"""Attempts and longest pause of what is said in a chat: somebody waits there, so it is tried more often in about the
same time."""

CLOCKS = timedelta(seconds=5)
"""Clocks of two machines differ by less."""

_USED_UP = "attempts used up"


@dataclass(frozen=True, slots=True)
class Claimed:
    """An item this worker may work on now."""

    id: int
    kind: OutboxKind
    subject_id: str
    attempt: int
    topic: str | None = None
    """Of a notification to send: its kind, so that the job of that kind can be called without looking it up."""
    trouble_since: datetime | None = None
    """Since when its provider has been away."""


class End(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    POSTPONED = "postponed"
    DEAD = "dead"
    UNTOUCHED = "untouched"
    """It was not begun: the attempt does not count."""
    WAITING = "waiting"
    """Its provider is away: the attempt does not count, and the next one comes after a pause that grows."""
    UNSURE = "unsure"
    """The same, and the attempt counts: a person may have seen it, or the provider is there for others."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt at an item ended, why (no personal data), and when it may be tried again if not at once.

    Of one that waits for its provider, `again_after` is the least, and `again_within` the most.
    """

    item: Claimed
    end: End
    error: str | None = None
    again_after: timedelta = timedelta(0)
    is_outage: bool = False
    """The provider itself is in trouble: what waits behind this item had better rest."""
    again_within: timedelta | None = None


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


_CLAIM = text(
    # Kind by kind, each in the order of its index: one kind's long queue is not read through for another's item.
    "WITH picked AS (SELECT due.id, k.most FROM unnest(:kinds, :most) AS k(kind, most), LATERAL ("
    "   SELECT id, available_at FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND available_at <= :now"
    "   AND kind = k.kind AND (:only IS NULL OR id = :only)"
    "   ORDER BY available_at, id LIMIT :size FOR UPDATE SKIP LOCKED) AS due"
    "   ORDER BY due.available_at, due.id LIMIT :size)"
    " UPDATE outbox o SET"
    # Every worker that took it died at it.
    "   dead_at = CASE WHEN o.attempts >= p.most THEN CAST(:now AS timestamptz) END,"
    "   last_error = CASE WHEN o.attempts >= p.most THEN :used_up ELSE o.last_error END,"
    "   available_at = CASE WHEN o.attempts >= p.most THEN o.available_at ELSE :until END,"
    "   attempts = least(o.attempts + 1, p.most)"
    " FROM picked p WHERE o.id = p.id"
    " RETURNING o.id, o.kind, o.subject_id, o.attempts, o.trouble_since, o.dead_at IS NOT NULL AS is_dead,"
    "   (SELECT n.kind FROM notifications n WHERE n.id ="
    "     CASE WHEN o.kind = 'send_notification' THEN CAST(o.subject_id AS uuid) END) AS topic"
).bindparams(
    bindparam("kinds", type_=ARRAY(Text)),
    bindparam("most", type_=ARRAY(Integer)),
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("until", type_=DateTime(timezone=True)),
    bindparam("only", type_=BigInteger),
)

_DUE_KINDS = text(
    "SELECT k.kind FROM unnest(:kinds) AS k(kind) WHERE EXISTS (SELECT FROM outbox o"
    " WHERE o.kind = k.kind AND o.done_at IS NULL AND o.dead_at IS NULL AND o.available_at <= :now)"
).bindparams(bindparam("kinds", type_=ARRAY(Text)), bindparam("now", type_=DateTime(timezone=True)))


def claim(
    session: Session, kinds: Sequence[OutboxKind], *, now: datetime, limit: int, only: int | None = None
) -> list[Claimed]:
    """Take up to `limit` items of these kinds that are due, first come first, and leave alone what others hold.

    With `only`, take that item or nothing. Items whose attempts are used up go to the dead-letter list instead.
    """
    values = {
        "kinds": [kind.value for kind in kinds],
        "now": now,
        "until": now + CLAIM,
        "only": only,
        "size": limit,
        "most": [most_attempts(kind) for kind in kinds],
        "used_up": _USED_UP,
    }
    found = [item for item in session.execute(_CLAIM, values) if not item.is_dead]
    found.sort(key=lambda item: item.id)
    return [
        Claimed(item.id, OutboxKind(item.kind), item.subject_id, item.attempts, item.topic, item.trouble_since)
        for item in found
    ]


def most_attempts(kind: OutboxKind) -> int:
    """So often an item of this kind is attempted, then it is on the dead-letter list."""
    return CHAT_ATTEMPTS if kind is OutboxKind.SEND_CHAT_REPLY else MAX_ATTEMPTS


def due_kinds(session: Session, *, now: datetime) -> list[OutboxKind]:
    """The kinds of which something waits that nobody is at work on."""
    values = {"kinds": [kind.value for kind in OutboxKind], "now": now}
    return sorted(OutboxKind(kind) for kind in session.scalars(_DUE_KINDS, values))


def hasten(session: Session, kind: OutboxKind, subjects: Select[str], *, now: datetime) -> None:
    """Attempt what was put off for long, now: there is news about what it waited for. Workers are woken.

    It uses up no attempt. What somebody is at work on is left alone: its `available_at` is the end of a claim, never
    further away.
    """
    late = select(OutboxItem.id).where(OutboxItem.kind == kind, OutboxItem.subject_id.in_(subjects))
    late = late.where(OutboxItem.done_at.is_(None), OutboxItem.dead_at.is_(None))
    late = late.where(OutboxItem.available_at > now + CLAIM + CLOCKS).with_for_update(skip_locked=True)
    found = session.scalars(late).all()
    if not found:
        return
    attempts = func.greatest(OutboxItem.attempts - 1, 0)
    hastened = update(OutboxItem).where(OutboxItem.id.in_(found)).values(available_at=now, attempts=attempts)
    session.execute(hastened, execution_options={"synchronize_session": False})
    for item_id in found:
        wake(session, kind, item_id)


def failed(
    item: Claimed,
    error: str,
    *,
    retry_after: timedelta | None = None,
    again_within: timedelta | None = None,
    is_outage: bool = False,
    outcome_unknown: bool = False,
) -> Outcome:
    """What becomes of an attempt that failed for now: again later (as the provider asks, at least), or given up.

    `again_within`: it can be done in another way by then, so the pause is no longer than that. `is_outage`: whatever
    was asked for, the provider would not have answered. `outcome_unknown`: it may have been done all the same.
    """
    if is_outage and item.kind in WAITS_OUT and not (outcome_unknown and item.kind in SEEN):
        return Outcome(item, End.WAITING, error, retry_after or timedelta(0), is_outage, again_within)
    if item.attempt >= most_attempts(item.kind):
        return Outcome(item, End.DEAD, error, is_outage=is_outage)
    longest = LONGEST_CHAT_PAUSE if item.kind is OutboxKind.SEND_CHAT_REPLY else LONGEST_PAUSE
    pause = pause_after(item.attempt, longest=longest, wished=retry_after)
    if again_within is not None:
        pause = min(pause, again_within)
    end = End.UNSURE if is_outage and item.kind in WAITS_OUT else End.POSTPONED
    return Outcome(item, end, error, pause, is_outage)


_ANSWERED = text(
    "SELECT max(done_at) FROM outbox WHERE kind = 'send_refund' AND done_at > CAST(:now AS timestamptz) - :lately"
).bindparams(bindparam("now", type_=DateTime(timezone=True)), bindparam("lately", WAITS_OUT[OutboxKind.SEND_REFUND]))


def _waiting(outcome: Outcome, *, answered: datetime | None, now: datetime) -> Outcome:
    """With its pause; given up when its provider has been away for too long, or often enough was there for others.

    A refund that fails while others are made (the last one `answered`) is no victim of an outage. Of other kinds nobody
    can say so: what has lost its meaning is done without its provider.
    """
    item, since = outcome.item, outcome.item.trouble_since or now
    counts = item.kind is OutboxKind.SEND_REFUND and answered is not None and answered > since
    if now - since >= PATIENCE or (counts and item.attempt >= MAX_ATTEMPTS):
        return replace(outcome, end=End.DEAD)
    pause = pause_in_trouble(now - since, longest=WAITS_OUT[item.kind], wished=outcome.again_after)
    if outcome.again_within is not None:
        pause = min(pause, outcome.again_within)
    return replace(outcome, end=End.UNSURE if counts else End.WAITING, again_after=pause)


_RECORD = text(
    "UPDATE outbox o SET"
    "   done_at = CASE WHEN v.ending = 'done' THEN CAST(:now AS timestamptz) END,"
    "   dead_at = CASE WHEN v.ending = 'dead' THEN CAST(:now AS timestamptz) END,"
    "   available_at = CASE WHEN v.ending IN ('done', 'dead') THEN o.available_at ELSE v.again_at END,"
    "   attempts = o.attempts - CASE WHEN v.ending IN ('waiting', 'untouched') THEN 1 ELSE 0 END,"
    "   trouble_since = CASE WHEN v.ending IN ('waiting', 'unsure')"
    "     THEN coalesce(o.trouble_since, CAST(:now AS timestamptz))"
    "     WHEN v.ending = 'untouched' THEN o.trouble_since END,"
    "   last_error = CASE v.ending WHEN 'done' THEN NULL WHEN 'untouched' THEN o.last_error ELSE v.error END"
    " FROM unnest(:ids, :attempts, :endings, :errors, :again) AS v(id, attempt, ending, error, again_at)"
    # What is done is done, whoever holds it by now; anything else counts only while it is still ours.
    " WHERE o.id = v.id AND o.done_at IS NULL AND (v.ending = 'done' OR (o.attempts = v.attempt AND o.dead_at IS NULL))"
).bindparams(
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("ids", type_=ARRAY(BigInteger)),
    bindparam("attempts", type_=ARRAY(Integer)),
    bindparam("endings", type_=ARRAY(Text)),
    bindparam("errors", type_=ARRAY(Text)),
    bindparam("again", type_=ARRAY(DateTime(timezone=True))),
)


def record(session: Session, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Write down how the attempts at some items ended, together."""
    if not outcomes:
        return
    waits = any(each.end is End.WAITING and each.item.kind is OutboxKind.SEND_REFUND for each in outcomes)
    answered = session.scalar(_ANSWERED, {"now": now}) if waits else None
    ends = (_waiting(each, answered=answered, now=now) if each.end is End.WAITING else each for each in outcomes)
    ordered = sorted(ends, key=lambda outcome: outcome.item.id)
    values = {
        "now": now,
        "ids": [outcome.item.id for outcome in ordered],
        "attempts": [outcome.item.attempt for outcome in ordered],
        "endings": [outcome.end.value for outcome in ordered],
        "errors": [(outcome.error or "")[:500] or None for outcome in ordered],
        "again": [now + outcome.again_after for outcome in ordered],
    }
    session.execute(_RECORD, values)
