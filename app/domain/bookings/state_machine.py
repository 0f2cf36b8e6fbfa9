"""Which transitions a booking may make; `transition()` is the only writer of `Booking.status`.

The table is the one of the architecture's "Booking life". Each transition writes the booking event and the audit entry
in the same transaction; what it sets off (releasing nights, granting access, telling people) is domain/checkout's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.domain.rows import NewRow
from app.kit.errors import DomainError, ErrorKind
from app.models import AuditEntry, Booking, BookingEvent, BookingStatus

S = BookingStatus

DEPOSIT_BACK_AFTER = timedelta(hours=48)
"""So long after check-out a deposit goes back by itself, unless the landlord has claimed it."""

ALLOWED: dict[BookingStatus, frozenset[BookingStatus]] = {
    S.REQUESTED: frozenset({S.HELD, S.DECLINED, S.EXPIRED, S.CANCELLED_BY_GUEST}),
    S.HELD: frozenset({S.CONFIRMED, S.EXPIRED, S.CANCELLED_BY_GUEST}),
    S.EXPIRED: frozenset({S.CONFIRMED}),
    S.CONFIRMED: frozenset({S.CHECKED_IN, S.CANCELLED_BY_GUEST, S.CANCELLED_BY_LANDLORD, S.CANCELLED_BY_STAFF}),
    S.CHECKED_IN: frozenset(
        {S.COMPLETED, S.NO_SHOW, S.CANCELLED_BY_GUEST, S.CANCELLED_BY_LANDLORD, S.CANCELLED_BY_STAFF}
    ),
    S.COMPLETED: frozenset(),
    S.NO_SHOW: frozenset(),
    S.DECLINED: frozenset(),
    S.CANCELLED_BY_GUEST: frozenset(),
    S.CANCELLED_BY_LANDLORD: frozenset(),
    S.CANCELLED_BY_STAFF: frozenset(),
}


def may_become(current: BookingStatus, target: BookingStatus) -> bool:
    """Is this transition in the table?"""
    return target in ALLOWED[current]


def birth(booking_id: int, status: BookingStatus, *, actor: Actor, now: datetime) -> list[NewRow]:
    """The event and the audit entry of a booking that begins in this state, to be written together with it."""
    return _records(booking_id, None, status, actor=actor, reason="", now=now)


def transition(  # the one writer of Booking.status
    session: Session,
    booking: Booking,
    target: BookingStatus,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    hold: timedelta | None = None,
) -> None:
    """Move a locked booking on. `hold` is how long it stays held when that is the target.

    Raises DomainError `wrong_state` (409) when the table does not allow it.
    """
    current = BookingStatus(booking.status)
    if not may_become(current, target):
        raise DomainError("wrong_state", ErrorKind.CONFLICT, status=current.value, target=target.value)
    booking.status = target
    booking.answer_by = None
    booking.hold_expires_at = now + hold if target is S.HELD and hold is not None else None
    if target is S.CONFIRMED:
        booking.confirmed_at = now
    if target is S.COMPLETED:
        booking.deposit_due_at = booking.check_out_at + DEPOSIT_BACK_AFTER
    session.add_all(
        model(**row) for model, row in _records(booking.id, current, target, actor=actor, reason=reason, now=now)
    )


def _records(
    booking_id: int, before: BookingStatus | None, after: BookingStatus, *, actor: Actor, reason: str, now: datetime
) -> list[NewRow]:
    event = {
        "booking_id": booking_id,
        "from_status": before,
        "to_status": after,
        "actor_kind": actor.kind,
        "actor_id": actor.user_id,
        "reason": reason,
        "at": now,
    }
    entry = audit.row(f"booking.{after}", actor=actor, subject=("booking", booking_id), now=now, reason=reason)
    return [(BookingEvent, event), (AuditEntry, entry)]


def diagram() -> str:
    """The table as a Mermaid state diagram (`flask bookings diagram` prints it)."""
    lines = ["stateDiagram-v2", "    [*] --> requested", "    [*] --> held"]
    for current, targets in ALLOWED.items():
        lines += [f"    {current} --> {target}" for target in sorted(targets)]
        if not targets:
            lines.append(f"    {current} --> [*]")
    return "\n".join(lines)
