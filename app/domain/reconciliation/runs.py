"""Runs of the reconciliation: one at a time, each remembered with what came of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import ReconciliationRun, RunState

_LOCK = 0x5EC0_0001
"""Number of the advisory lock; nothing else of ours takes advisory locks with it."""

MADE_UP_FOR = 7
"""Days that are compared late when Kaspi or we were away for some nights."""

INTERRUPTED = "interrupted"
"""The failure of a run whose process died."""


@contextlib.contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Be the only run while the body lasts, over its transactions and calls; a process that dies lets go.

    `connection` is used for nothing else meanwhile. Raises DomainError `reconciliation_running` (409).
    """
    if not connection.execute(select(func.pg_try_advisory_lock(_LOCK))).scalar_one():
        raise DomainError("reconciliation_running", ErrorKind.CONFLICT)
    try:
        yield
    finally:
        connection.execute(select(func.pg_advisory_unlock(_LOCK)))


def due(session: Session, *, now: datetime) -> list[date]:
    """The days to compare in this night, oldest first: yesterday, the day before once more (statements settle late),
    and those of the last week that were not compared since they ended.
    """
    days = [clock.local_date(now) - timedelta(days=back) for back in range(MADE_UP_FOR, 0, -1)]
    done = select(ReconciliationRun.day, func.max(ReconciliationRun.started_at)).where(
        ReconciliationRun.day.in_(days), ReconciliationRun.state == RunState.DONE
    )
    compared: dict[date, datetime] = {day: at for day, at in session.execute(done.group_by(ReconciliationRun.day))}  # noqa: C416  # for mypy
    older = [day for day in days[:-2] if day not in compared or clock.local_date(compared[day]) <= day]
    return [*older, *days[-2:]]


def begin(session: Session, day: date, *, actor: Actor, now: datetime) -> int:
    """Note that a day is being compared; the run's id. Whoever calls it is `alone`."""
    unfinished = select(ReconciliationRun).where(ReconciliationRun.state == RunState.RUNNING).with_for_update()
    for dead in session.scalars(unfinished):
        fail(session, dead.id, reason=INTERRUPTED, now=now)
    run = ReconciliationRun(
        day=day, state=RunState.RUNNING, actor_kind=actor.kind, actor_id=actor.user_id, started_at=now, outcomes={}
    )
    session.add(run)
    session.flush()
    audit.record(session, "reconciliation.begun", actor=actor, subject=("day", day), now=now, run=run.id)
    return run.id


def fail(session: Session, run_id: int, *, reason: str, now: datetime) -> None:
    """Nothing was compared, and why."""
    run = session.get_one(ReconciliationRun, run_id)
    run.state = RunState.FAILED
    run.failure = reason[:200]
    run.finished_at = now


def finish(session: Session, run_id: int, outcomes: Mapping[str, Any], *, now: datetime) -> None:
    """The day was compared."""
    run = session.get_one(ReconciliationRun, run_id)
    run.state = RunState.DONE
    run.outcomes = dict(outcomes)
    run.finished_at = now
