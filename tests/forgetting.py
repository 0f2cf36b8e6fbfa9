"""Everything that is forgotten by night, at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.retention import STEPS


def purge(session: Session, *, now: datetime) -> None:
    """What the job does in a transaction for each step."""
    for step in STEPS:
        step(session, now=now)
