"""The audit trail: one append-only row an act, written in the act's own transaction, without personal data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.kit.errors import DomainError
from app.models import AuditEntry

REASON_LENGTH = 200


def reason_of(words: str) -> str:
    """Why staff closes what waited for a person. Raises DomainError `reason_missing`, `reason_too_long`."""
    reason = words.strip()
    if not reason:
        raise DomainError("reason_missing")
    if len(reason) > REASON_LENGTH:
        raise DomainError("reason_too_long", length=REASON_LENGTH)
    return reason


def record(
    session: Session,
    action: str,
    *,
    actor: Actor,
    subject: tuple[str, object],
    now: datetime,
    **details: str | int | bool | None,
) -> None:
    """Note that `actor` did `action` (`booking.confirmed`) to `subject` (kind, id). Details hold ids and codes only."""
    session.add(AuditEntry(**row(action, actor=actor, subject=subject, now=now, **details)))


def row(
    action: str, *, actor: Actor, subject: tuple[str, object], now: datetime, **details: str | int | bool | None
) -> dict[str, object]:
    """The entry that `record` adds, as values, for who writes it together with other rows."""
    return {
        "at": now,
        "actor_kind": actor.kind,
        "actor_id": actor.user_id,
        "action": action,
        "subject_kind": subject[0],
        "subject_id": str(subject[1]),
        "details": details,
    }
