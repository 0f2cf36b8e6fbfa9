"""Which transitions a booking may make; `transition()` is the only writer of `Booking.status`.

The table is the one of the architecture's "Booking life". Each transition writes the booking event and the audit entry
in the same transaction; what it sets off (releasing nights, granting access, telling people) is domain/checkout's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.kit.errors import DomainError, ErrorKind
from app.models import Booking, BookingEvent, BookingStatus

S = BookingStatus

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


def start(session: Session, booking: Booking, *, actor: Actor, now: datetime) -> None:
    """Record the birth of a booking that was just added in its first state."""
    _record(session, booking, None, actor=actor, reason="", now=now)


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
    booking.hold_expires_at = now + hold if target is S.HELD and hold is not None else None
    if target is S.CONFIRMED:
        booking.confirmed_at = now
    _record(session, booking, current, actor=actor, reason=reason, now=now)


def _record(
    session: Session, booking: Booking, before: BookingStatus | None, *, actor: Actor, reason: str, now: datetime
) -> None:
    session.add(
        BookingEvent(
            booking_id=booking.id,
            from_status=before,
            to_status=booking.status,
            actor_kind=actor.kind,
            actor_id=actor.user_id,
            reason=reason,
            at=now,
        )
    )
    audit.record(
        session, f"booking.{booking.status}", actor=actor, subject=("booking", booking.id), now=now, reason=reason
    )
