"""The chain over the audit trail: whether an entry was edited, deleted, moved or cut off shows (promise 32).

Entries are written unchained in their own transactions, so that nobody waits for anybody; a job gives the committed
ones their places a few seconds later. A link's hash is SHA-256 over the hash before it (32 zero bytes for the first)
and the entry as `_CANONICAL` writes it. Whoever can rewrite the database can also rewrite the whole chain: so its head
is exported into the logs, and a chain without that head is broken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.models import AuditLink

BATCH = 5_000
WALK = 50_000
"""Links that one statement looks at when the chain is verified: well within the time that a statement has."""
LATE = timedelta(minutes=15)
"""No transaction lives so long: an entry with a smaller id than one that was chained before that is there already."""
_LOCK = 0x6175646974
"""Number of the advisory lock («audit» in ASCII) that one chaining transaction holds at a time."""
_GENESIS = bytes(32)

_CANONICAL = """jsonb_build_array(
    e.id, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.actor_kind, e.actor_id, e.action,
    e.subject_kind, e.subject_id, e.details)::text"""
"""An entry as text, the same for the same entry for ever: PostgreSQL orders the keys of jsonb and spaces it alike."""

_UNCHAINED = f"""
SELECT e.id, {_CANONICAL} AS canonical FROM audit_entries e
WHERE e.id > :after AND NOT EXISTS (SELECT FROM audit_links l WHERE l.entry_id = e.id) ORDER BY e.id LIMIT :limit
"""  # noqa: S608  # put together from our own fixed texts
_LINKS = f"""
SELECT l.position, l.entry_id, l.hash, e.id IS NOT NULL AS has_entry, {_CANONICAL} AS canonical
FROM audit_links l LEFT JOIN audit_entries e ON e.id = l.entry_id
WHERE l.position > :after ORDER BY l.position LIMIT :limit
"""  # noqa: S608  # put together from our own fixed texts
_WALK = f"""
WITH walked AS (
    SELECT l.position, l.hash, lag(l.position, 1, CAST(:after AS bigint)) OVER w AS position_before,
        sha256(lag(l.hash, 1, CAST(:hash AS bytea)) OVER w || convert_to({_CANONICAL}, 'UTF8')) AS expected,
        e.id IS NOT NULL AS has_entry
    FROM (SELECT * FROM audit_links WHERE position > :after ORDER BY position LIMIT :limit) l
    LEFT JOIN audit_entries e ON e.id = l.entry_id
    WINDOW w AS (ORDER BY l.position)
)
SELECT max(position) AS last, (SELECT hash FROM walked ORDER BY position DESC LIMIT 1) AS hash,
    bool_and(has_entry AND position = position_before + 1 AND hash = expected
        AND (position <> :exported OR hash = :exported_hash)) AS holds
FROM walked
"""  # noqa: S608  # put together from our own fixed texts
"""Whether the links after one hold, decided in the database: half a million of them need not travel for that."""
_FLOOR = "SELECT entry_id FROM audit_links WHERE chained_at < :late ORDER BY entry_id DESC LIMIT 1"
_HEAD = "SELECT position, hash FROM audit_links ORDER BY position DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the chain at some moment; written `position:hash`."""

    position: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.hash.hex()}"

    @classmethod
    def parse(cls, written: str) -> Head:
        """Read what `str` writes. Raises ValueError."""
        position, _, digest = written.strip().partition(":")
        head = cls(int(position), bytes.fromhex(digest))
        if head.position < 0 or len(head.hash) != len(_GENESIS):
            raise ValueError("not a head of the audit chain")
        return head


EMPTY = Head(0, _GENESIS)
"""The head of a chain without links."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk over the whole chain found. `broken`: the first place that is wrong and what is, in a sentence."""

    links: int
    broken: str | None


def head(session: Session) -> Head:
    """The last link; `EMPTY` when there is none."""
    row = session.execute(text(_HEAD)).one_or_none()
    return EMPTY if row is None else Head(row.position, bytes(row.hash))


def floor(session: Session, *, now: datetime) -> int:
    """The id up to which every entry that will ever be there has been looked at; 0 in the first minutes."""
    return int(session.execute(text(_FLOOR), {"late": now - LATE}).scalar() or 0)


def extend(session: Session, *, after: int, now: datetime) -> int | None:
    """Chain a batch of the committed entries with larger ids than `after`, in the order of their ids.

    The last one's id; None when there is none left, or while someone else is chaining.
    """
    if not session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar_one():
        return None
    found = session.execute(text(_UNCHAINED), {"after": after, "limit": BATCH}).all()
    if not found:
        return None
    last = head(session)
    rows: list[dict[str, Any]] = []
    for entry in found:
        last = Head(last.position + 1, _hash(last.hash, entry.canonical))
        rows.append({"entry_id": entry.id, "position": last.position, "hash": last.hash, "chained_at": now})
    session.execute(insert(AuditLink), rows)
    return int(found[-1].id)


def verify(session: Session, *, exported: Head = EMPTY) -> Verified:
    """Walk the chain from its first link to its last, and look for the `exported` head in it."""
    last = EMPTY
    known = {"limit": WALK, "exported": exported.position, "exported_hash": exported.hash}
    while True:
        step = session.execute(text(_WALK), {"after": last.position, "hash": last.hash, **known}).one()
        if step.last is None or not step.holds:
            return _verify_from(session, last, exported)
        last = Head(step.last, bytes(step.hash))


def _verify_from(session: Session, last: Head, exported: Head) -> Verified:
    """Walk on from a link that holds, one by one, and say what is wrong."""
    for row in _links(session, last.position):
        if problem := _problem(row, last):
            return Verified(last.position, problem)
        last = Head(row.position, bytes(row.hash))
        if last.position == exported.position and last.hash != exported.hash:
            return Verified(last.position, f"position {last.position}: not the hash that was exported")
    if last.position < exported.position:
        return Verified(last.position, f"the chain ends at {last.position}, the exported head was {exported.position}")
    return Verified(last.position, None)


def unchained(session: Session, *, before: datetime) -> int:
    """How many entries from before that moment have no place in the chain."""
    statement = (
        "SELECT count(*) FROM audit_entries e LEFT JOIN audit_links l ON l.entry_id = e.id"
        " WHERE l.entry_id IS NULL AND e.at < :before"
    )
    return int(session.execute(text(statement), {"before": before}).scalar_one())


def _links(session: Session, after: int) -> Iterator[Any]:
    while rows := session.execute(text(_LINKS), {"after": after, "limit": BATCH}).all():
        yield from rows
        after = rows[-1].position


def _problem(row: Any, last: Head) -> str | None:
    """What is wrong with the link that follows `last`."""
    if row.position != last.position + 1:
        return f"position {last.position + 1}: the link is missing"
    if not row.has_entry:
        return f"position {row.position}: entry {row.entry_id} is missing"
    if _hash(last.hash, row.canonical) != bytes(row.hash):
        return f"position {row.position}: entry {row.entry_id} is not what was chained there"
    return None


def _hash(before: bytes, canonical: str) -> bytes:
    return hashlib.sha256(before + canonical.encode()).digest()
