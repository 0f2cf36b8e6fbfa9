"""What a check says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """A person should know; nothing is broken."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: a sentence for people, and the number of rows that are not as they should be."""

    verdict: Verdict
    count: int
    sentence: str


class Check(Protocol):
    """A check: reads, never writes. Its name, in the report and as a gauge, is the function's."""

    __name__: str

    def __call__(self, session: Session, *, now: datetime) -> Finding:
        """What is found at `now` (UTC)."""
        ...


def judge(count: int, *, good: str, bad: str, worst: Verdict = Verdict.FAILED) -> Finding:
    """`good` when nothing was found; else `worst`, with `bad` in which `{count}` stands for the number."""
    if count == 0:
        return Finding(Verdict.OK, 0, good)
    return Finding(worst, count, bad.format(count=count))


def number(session: Session, statement: str, params: Mapping[str, object] | None = None) -> int:
    """The one number that a statement answers with; nothing (a sum of no rows) is 0."""
    return int(session.execute(text(statement), params or {}).scalar() or 0)
