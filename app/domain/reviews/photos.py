"""Which stored pictures belong to a review."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ReviewPhoto


def unused(session: Session, keys: Iterable[str]) -> set[str]:
    """Of these keys of guests' pictures those that no review shows."""
    asked = set(keys)
    return asked - set(session.scalars(select(ReviewPhoto.key).where(ReviewPhoto.key.in_(asked))))
