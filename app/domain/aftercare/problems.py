"""A problem at arrival, reported within 24 hours of check-in: the landlord's share waits until staff has looked.

Staff closes the case; what was frozen is shared then. A full or partial refund is an ordinary cancellation by staff,
made before the case is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.domain.checkout.locking import booking_id_of, lock_booking, lock_own
from app.domain.checkout.sharing import SHARE_AFTER
from app.kit.errors import DomainError, ErrorKind
from app.models import Booking, BookingStatus, CaseKind, CaseOutcome, CaseState, ProblemReason, StaffCase

LONGEST = 2000
"""Characters of what the guest tells."""


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """A case as staff's list and the guest's page show it; the words stay sealed."""

    reference: str
    reason: ProblemReason
    opened_at: datetime
    closed_at: datetime | None


def refusal(status: BookingStatus, check_in_at: datetime, *, now: datetime) -> DomainError | None:
    """Why a problem cannot be reported (pages say it before), or None when it can. Pure."""
    if not status.is_paid:
        return DomainError("problem_not_possible", ErrorKind.CONFLICT)
    if now < check_in_at:
        return DomainError("problem_too_early", ErrorKind.CONFLICT, opens_at=check_in_at)
    if now >= check_in_at + SHARE_AFTER:
        return DomainError("problem_too_late", ErrorKind.CONFLICT)
    return None


def report(session: Session, reference: str, *, guest_id: UUID, reason: str, text: str, now: datetime) -> StaffCase:
    """The guest reports a problem: the booking is frozen and a case is open. One a booking.

    Raises DomainError `booking_unknown` (404) for anyone else, `problem_not_possible`, `problem_too_early`,
    `problem_too_late`, `problem_exists` (409), `problem_reason_missing`, `text_too_long` (422).
    """
    _, booking = lock_own(session, reference, guest_id)
    refused = refusal(BookingStatus(booking.status), booking.check_in_at, now=now)
    if refused is not None:
        raise refused
    if of_booking(session.connection(), booking.id) is not None:
        raise DomainError("problem_exists", ErrorKind.CONFLICT)
    if reason not in set(ProblemReason):
        raise DomainError("problem_reason_missing")
    words = cleaned(text, LONGEST)
    case = StaffCase(
        id=uuid4(),
        kind=CaseKind.ARRIVAL_PROBLEM,
        booking_id=booking.id,
        state=CaseState.OPEN,
        reason=ProblemReason(reason),
        opened_at=now,
    )
    case.text = words or None
    booking.frozen_at = now
    session.add(case)
    audit.record(
        session,
        "problem.reported",
        actor=Actor.guest(guest_id),
        subject=("booking", booking.id),
        now=now,
        reason=reason,
    )
    return case


def close(session: Session, reference: str, *, outcome: str, staff_id: UUID, now: datetime) -> StaffCase:
    """Staff closes the case of a booking: its money is shared when the clock next looks.

    Raises DomainError `booking_unknown`, `case_unknown` (404), `case_closed` (409), `outcome_unknown` (422).
    """
    if outcome not in set(CaseOutcome):
        raise DomainError("outcome_unknown", outcomes=", ".join(CaseOutcome))
    _, booking = lock_booking(session, booking_id_of(session, reference))
    case = session.scalars(select(StaffCase).where(StaffCase.booking_id == booking.id)).one_or_none()
    if case is None:
        raise DomainError("case_unknown", ErrorKind.NOT_FOUND)
    if case.state == CaseState.CLOSED:
        raise DomainError("case_closed", ErrorKind.CONFLICT)
    case.state, case.closed_at, case.closed_by, case.outcome = CaseState.CLOSED, now, staff_id, CaseOutcome(outcome)
    booking.frozen_at = None
    actor = Actor.staff(staff_id)
    audit.record(session, "case.closed", actor=actor, subject=("booking", booking.id), now=now, outcome=outcome)
    return case


def of_booking(connection: Connection, booking_id: int) -> CaseInfo | None:
    """The problem that was reported about a booking."""
    statement = _INFO.where(StaffCase.booking_id == booking_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else CaseInfo(row.reference, ProblemReason(row.reason), row.opened_at, row.closed_at)


def open_cases(connection: Connection, *, limit: int = 200) -> list[CaseInfo]:
    """Cases that wait for staff, the oldest first."""
    statement = _INFO.where(StaffCase.state == CaseState.OPEN).order_by(StaffCase.opened_at).limit(limit)
    rows = connection.execute(statement)
    return [CaseInfo(row.reference, ProblemReason(row.reason), row.opened_at, row.closed_at) for row in rows]


def words_of(session: Session, reference: str, *, staff_id: UUID, now: datetime) -> str:
    """What the guest told, for staff; reading it is audited. Raises DomainError `booking_unknown`, `case_unknown`."""
    booking_id = booking_id_of(session, reference)
    case = session.scalars(select(StaffCase).where(StaffCase.booking_id == booking_id)).one_or_none()
    if case is None:
        raise DomainError("case_unknown", ErrorKind.NOT_FOUND)
    audit.record(session, "case.read", actor=Actor.staff(staff_id), subject=("booking", booking_id), now=now)
    return case.text or ""


def cleaned(text: str, longest: int) -> str:
    """What someone typed, without what neither prints nor breaks a line. Raises DomainError `text_too_long` (422)."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    kept = "".join(sign for sign in lines if sign == "\n" or sign.isprintable())
    if len(kept) > longest:
        raise DomainError("text_too_long", length=longest)
    return kept


_INFO = select(Booking.reference, StaffCase.reason, StaffCase.opened_at, StaffCase.closed_at).join(
    Booking, Booking.id == StaffCase.booking_id
)
