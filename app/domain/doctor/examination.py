"""Going through all checks: each in a read-only transaction of its own that sees one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.domain.doctor import installation, money, refunds, stays, timeline, trail, work
from app.domain.doctor.finding import Check, Finding, Verdict
from app.kit.errors import DomainError

CHECKS: tuple[Check, ...] = (
    *timeline.CHECKS,
    *money.CHECKS,
    *stays.CHECKS,
    *refunds.CHECKS,
    *work.CHECKS,
    *trail.CHECKS,
    *installation.CHECKS,
)

_ONE_MOMENT = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL statement_timeout = '60s'",
)
"""Rows that are written meanwhile are in all of a check's statements or in none; and none of them is ours."""


@dataclass(frozen=True, slots=True)
class Line:
    """A check's name and what it found."""

    name: str
    finding: Finding


def examine(
    transaction: Callable[[], AbstractContextManager[Session]], *, now: datetime, redis: Mapping[str, bool]
) -> Iterator[Line]:
    """What every check finds, one after another. `redis` says which Redis answered, by what it is for.

    A check that the database could not answer has failed: a doctor who cannot look does not say that all is well.
    """
    for check in CHECKS:
        yield Line(check.__name__, look(transaction, check, now=now))
    yield Line(installation.redis_answers.__name__, installation.redis_answers(redis))


def look(transaction: Callable[[], AbstractContextManager[Session]], check: Check, *, now: datetime) -> Finding:
    """What one check finds."""
    try:
        with transaction() as session:
            for statement in _ONE_MOMENT:
                session.execute(text(statement))
            return check(session, now=now)
    except (SQLAlchemyError, DomainError) as error:
        return Finding(Verdict.FAILED, 1, f"could not be looked at ({type(error).__name__})")
