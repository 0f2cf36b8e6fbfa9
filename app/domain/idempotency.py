"""Doing something once, however often it is asked for.

Who asks gives a key of their own making. The key's row is written in the transaction of the act, before it: whoever
asks with the same key at the same moment waits for that transaction (`lock_timeout` at most) and gets its answer, or,
when it was rolled back, acts in its place. A refusal rolls the key back with everything else, so that it is decided
anew when it is asked again: nothing was done that could be done twice.

In the order of locks a key comes first: key → property_search → user → booking → …
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kit.errors import DomainError, ErrorKind
from app.models import IdempotencyKey
from app.models.sealed import key_ring, place_of

KEPT = timedelta(hours=48)
"""How long an answer is repeated at least."""

_FORM = re.compile(r"[!-~]{8,128}")


@dataclass(frozen=True, slots=True)
class Asked:
    """An act (`scope`) that a person asks for under a key of theirs. `digest` says what exactly: see `digest_of`."""

    user_id: UUID
    scope: str
    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What an edge answered: an HTTP status below 400, and a place to go to, a text, or both."""

    status: int
    location: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer, and whether it is that of an earlier call."""

    answer: Answer
    is_replay: bool


def is_key(text: str) -> bool:
    """8 to 128 visible ASCII characters?"""
    return _FORM.fullmatch(text) is not None


def digest_of(*parts: str) -> bytes:
    """A keyed hash of what is asked for: the parts cannot be guessed from it."""
    return key_ring().blind_index(json.dumps(parts), purpose="idempotency")


def once(session: Session, asked: Asked, act: Callable[[], Answer], *, now: datetime) -> Outcome:
    """Call `act` and keep its answer; for a key that has an answer, give that one back and do nothing.

    An exception of `act` must reach the end of the transaction; then nothing of the key is left.
    Raises DomainError `key_reused` (422: something else was asked for under this key), `busy` (503: whoever has the key
    does not finish in time, by way of `transaction()`).
    """
    row_id = uuid4()
    row = {
        "id": row_id,
        "user_id": asked.user_id,
        "scope": asked.scope,
        "key": asked.key,
        "digest": asked.digest,
        "created_at": now,
    }
    # No conflict target: without the constraint this inserts, which is what the experiments' control shows.
    statement = insert(IdempotencyKey).values(row).on_conflict_do_nothing().returning(IdempotencyKey.id)
    if session.execute(statement).first() is None:
        return Outcome(_earlier(session, asked), is_replay=True)
    answer = act()
    sealed = None
    if answer.body is not None:
        sealed = key_ring().seal(answer.body, place=place_of("idempotency_keys", "body_sealed", row_id))
    kept = {"status": answer.status, "location": answer.location, "body_sealed": sealed}
    session.execute(update(IdempotencyKey).where(IdempotencyKey.id == row_id).values(kept))
    return Outcome(answer, is_replay=False)


def was_done(session: Session, user_id: UUID, scope: str, key: str) -> bool:
    """Has the person done this act under this key, within `KEPT`? Whoever is about to do it must call `once`."""
    statement = select(IdempotencyKey.id).where(
        IdempotencyKey.user_id == user_id, IdempotencyKey.scope == scope, IdempotencyKey.key == key
    )
    return session.scalars(statement).first() is not None


def forget(session: Session, *, now: datetime) -> None:
    """Delete the keys whose time is over."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))


def _earlier(session: Session, asked: Asked) -> Answer:
    """The answer that was kept; of a key that has just been forgotten there is none, and asking again is right."""
    statement = select(IdempotencyKey).where(
        IdempotencyKey.user_id == asked.user_id,
        IdempotencyKey.scope == asked.scope,
        IdempotencyKey.key == asked.key,
    )
    found = session.scalars(statement).one_or_none()
    if found is None or found.status is None:
        raise DomainError("busy", ErrorKind.BUSY)
    if found.digest != asked.digest:
        raise DomainError("key_reused")
    return Answer(found.status, found.location, found.body)
