"""The differences that were found: listed once, closed when they are gone or when staff says so, with their history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import SYSTEM, Actor
from app.domain.reconciliation.sides import Finding
from app.kit.errors import DomainError, ErrorKind
from app.models import Discrepancy, DiscrepancyEvent, DiscrepancyKind, DiscrepancyState, ReconciliationRun

FOUND = "found"
FOUND_AGAIN = "found_again"
CHANGED = "changed"
GONE = "gone"
ON_OTHER_DAY = "found_on_other_day"
SETTLED = "settled"

_CHUNK = 1_000


def record(session: Session, run_id: int, findings: Sequence[Finding], *, now: datetime) -> int:
    """Write down what a run found; how many of the day's discrepancies it closed since they are gone.

    What is listed already is not listed again; what staff closed stays closed unless its numbers changed.
    """
    run = session.get_one(ReconciliationRun, run_id)
    known = {
        (each.kind, each.subject): each
        for each in session.scalars(select(Discrepancy).where(Discrepancy.day == run.day).with_for_update())
    }
    new: list[Finding] = []
    for finding in findings:
        row = known.pop((finding.kind, finding.subject), None)
        if row is None:
            new.append(finding)
        else:
            _see_again(session, row, finding, run, now=now)
    _add(session, new, run, now=now)
    gone = [row for row in known.values() if row.state == DiscrepancyState.OPEN]
    for row in gone:
        _move(session, row, DiscrepancyState.HEALED, actor=SYSTEM, reason=GONE, now=now)
    session.flush()
    return len(gone) + _found_elsewhere(session, run, findings, now=now)


def settled(session: Session, day: date, finding: Finding, *, now: datetime) -> None:
    """A difference was healed: our books have the money now."""
    statement = select(Discrepancy).where(
        Discrepancy.day == day, Discrepancy.kind == finding.kind, Discrepancy.subject == finding.subject
    )
    row = session.scalars(statement.with_for_update()).one()
    if row.state == DiscrepancyState.OPEN:
        _move(session, row, DiscrepancyState.HEALED, actor=SYSTEM, reason=SETTLED, now=now)


def resolve(session: Session, discrepancy_id: int, *, reason: str, actor: Actor, now: datetime) -> Discrepancy:
    """Staff dealt with it. Raises DomainError as `ignore` does."""
    return _close(session, discrepancy_id, DiscrepancyState.RESOLVED, reason=reason, actor=actor, now=now)


def ignore(session: Session, discrepancy_id: int, *, reason: str, actor: Actor, now: datetime) -> Discrepancy:
    """Staff leaves it as it is.

    Raises DomainError `reason_missing`, `reason_too_long`, `discrepancy_unknown` (404), `discrepancy_closed` (409).
    """
    return _close(session, discrepancy_id, DiscrepancyState.IGNORED, reason=reason, actor=actor, now=now)


def open_ones(session: Session, day: date | None = None) -> list[Discrepancy]:
    """What waits for a person, of one day or of all, oldest first."""
    statement = select(Discrepancy).where(Discrepancy.state == DiscrepancyState.OPEN)
    if day is not None:
        statement = statement.where(Discrepancy.day == day)
    return list(session.scalars(statement.order_by(Discrepancy.day, Discrepancy.id)))


def _close(
    session: Session, discrepancy_id: int, state: DiscrepancyState, *, reason: str, actor: Actor, now: datetime
) -> Discrepancy:
    text = audit.reason_of(reason)
    row = session.scalars(select(Discrepancy).where(Discrepancy.id == discrepancy_id).with_for_update()).one_or_none()
    if row is None:
        raise DomainError("discrepancy_unknown", ErrorKind.NOT_FOUND)
    if row.state != DiscrepancyState.OPEN:
        raise DomainError("discrepancy_closed", ErrorKind.CONFLICT)
    _move(session, row, state, actor=actor, reason=text, now=now)
    audit.record(session, f"discrepancy.{state}", actor=actor, subject=("discrepancy", row.id), now=now)
    return row


def _values(finding: Finding) -> dict[str, Any]:
    """What of a finding may change from run to run."""
    return {
        "transaction_id": finding.transaction_id,
        "provider_id": finding.provider_id,
        "payment_id": finding.payment_id,
        "our_amount": finding.our_amount,
        "their_amount": finding.their_amount,
        "expected_fee": finding.expected_fee,
        "their_fee": finding.their_fee,
        "action": finding.action,
    }


_NUMBERS = ("our_amount", "their_amount", "expected_fee", "their_fee")


def _see_again(session: Session, row: Discrepancy, finding: Finding, run: ReconciliationRun, *, now: datetime) -> None:
    values = _values(finding)
    has_changed = any(getattr(row, name) != values[name] for name in _NUMBERS)
    for name, value in values.items():
        setattr(row, name, value)
    row.run_id = run.id
    if finding.kind is DiscrepancyKind.OTHER_DAY or row.state == DiscrepancyState.OPEN:
        return
    if row.state == DiscrepancyState.HEALED or has_changed:
        reason = CHANGED if has_changed else FOUND_AGAIN
        _move(session, row, DiscrepancyState.OPEN, actor=SYSTEM, reason=reason, now=now)


def _add(session: Session, findings: Sequence[Finding], run: ReconciliationRun, *, now: datetime) -> None:
    """List new ones. Money that is only on another day is no difference: it is listed as healed."""
    for begin in range(0, len(findings), _CHUNK):
        rows = [_new(finding, run, now=now) for finding in findings[begin : begin + _CHUNK]]
        ids = session.execute(insert(Discrepancy).returning(Discrepancy.id, Discrepancy.state), rows).all()
        events = [_event(each.id, None, each.state, actor=SYSTEM, reason=FOUND, now=now) for each in ids]
        session.execute(insert(DiscrepancyEvent), events)


def _new(finding: Finding, run: ReconciliationRun, *, now: datetime) -> dict[str, Any]:
    is_open = finding.kind is not DiscrepancyKind.OTHER_DAY
    return {
        "run_id": run.id,
        "day": run.day,
        "kind": finding.kind,
        "movement": finding.movement,
        "subject": finding.subject,
        "state": DiscrepancyState.OPEN if is_open else DiscrepancyState.HEALED,
        "found_at": now,
        "closed_at": None if is_open else now,
        **_values(finding),
    }


def _found_elsewhere(session: Session, run: ReconciliationRun, findings: Iterable[Finding], *, now: datetime) -> int:
    """What this statement has was missing on its own day's: not any more."""
    subjects = [finding.subject for finding in findings if finding.kind is DiscrepancyKind.OTHER_DAY]
    statement = select(Discrepancy).where(
        Discrepancy.subject.in_(subjects),
        Discrepancy.day != run.day,
        Discrepancy.kind == DiscrepancyKind.MISSING_THERE,
        Discrepancy.state == DiscrepancyState.OPEN,
    )
    rows = session.scalars(statement.with_for_update()).all() if subjects else []
    for row in rows:
        _move(session, row, DiscrepancyState.HEALED, actor=SYSTEM, reason=ON_OTHER_DAY, now=now)
    return len(rows)


def _move(
    session: Session, row: Discrepancy, state: DiscrepancyState, *, actor: Actor, reason: str, now: datetime
) -> None:
    values = _event(row.id, DiscrepancyState(row.state), state, actor=actor, reason=reason, now=now)
    session.add(DiscrepancyEvent(**values))
    row.state = state
    row.closed_at = None if state is DiscrepancyState.OPEN else now


def _event(
    discrepancy_id: int, before: str | None, after: str, *, actor: Actor, reason: str, now: datetime
) -> dict[str, Any]:
    return {
        "discrepancy_id": discrepancy_id,
        "from_state": before,
        "to_state": after,
        "actor_kind": actor.kind,
        "actor_id": actor.user_id,
        "reason": reason,
        "at": now,
    }
