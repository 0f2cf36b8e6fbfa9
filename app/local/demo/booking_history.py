"""What becomes of a paid booking, step by step, as its events and its audit trail tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.local.demo.copying import NULL
from app.models import ActorKind, BookingStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One transition, with the parts of its lines of COPY that are the same for every booking."""

    after: BookingStatus
    actor: ActorKind
    event_states: str
    """from_status, to_status, actor_kind."""
    event_reason: str
    audit_actor: str
    audit_action: str
    """action, subject_kind."""
    audit_details: str


def _step(before: BookingStatus | None, after: BookingStatus, actor: ActorKind, reason: str) -> Step:
    return Step(
        after=after,
        actor=actor,
        event_states=f"{before.value if before else NULL}\t{after.value}\t{actor.value}",
        event_reason=reason,
        audit_actor=actor.value,
        audit_action=f"booking.{after.value}\tbooking",
        audit_details=json.dumps({"reason": reason}),
    )


_HELD = _step(None, BookingStatus.HELD, ActorKind.GUEST, "")
_REQUESTED = _step(None, BookingStatus.REQUESTED, ActorKind.GUEST, "")
_ACCEPTED = _step(BookingStatus.REQUESTED, BookingStatus.HELD, ActorKind.LANDLORD, "")
_CONFIRMED = _step(BookingStatus.HELD, BookingStatus.CONFIRMED, ActorKind.SYSTEM, "paid")
_CHECKED_IN = _step(BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, ActorKind.SYSTEM, "time")
_COMPLETED = _step(BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, ActorKind.SYSTEM, "time")


def steps_until(
    now: datetime,
    *,
    asked_at: datetime | None,
    held_at: datetime,
    paid_at: datetime,
    check_in_at: datetime,
    check_out_at: datetime,
) -> Iterator[tuple[Step, datetime]]:
    """Asked for where that comes first, held, confirmed and, as far as time has come, checked in and completed."""
    if asked_at is None:
        yield _HELD, held_at
    else:
        yield _REQUESTED, asked_at
        yield _ACCEPTED, held_at
    yield _CONFIRMED, paid_at
    if check_in_at <= now:
        yield _CHECKED_IN, check_in_at
    if check_out_at <= now:
        yield _COMPLETED, check_out_at
