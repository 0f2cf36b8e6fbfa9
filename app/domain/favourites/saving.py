"""Saving a flat and forgetting it. Both may be repeated: the second time nothing changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.kit.errors import DomainError, ErrorKind
from app.models import Favourite

MOST_SAVED = 200
"""Flats that one person may keep; more is a catalogue, not a choice."""

_LOCK = text("SELECT FROM users WHERE id = :user_id FOR NO KEY UPDATE")
_LOOK = text(
    "SELECT count(*) AS saved, coalesce(bool_or(property_id = :property_id), false) AS is_saved,"
    " EXISTS (SELECT FROM properties WHERE id = :property_id AND status = 'published') AS is_published"
    " FROM favourites WHERE user_id = :user_id"
)
_FORGET = text("DELETE FROM favourites WHERE user_id = :user_id AND property_id = :property_id")
"""Plain SQL compares any number that an address can hold; a bound bigint would refuse the long ones."""


def save(session: Session, user_id: UUID, property_id: int, *, now: datetime) -> None:
    """Put a published flat at the head of this person's list; one that is in it stays where it is.

    Locks the person, so that clicks side by side cannot pass the limit. Raises DomainError `property_unknown` (404)
    for a flat that is not published, `too_many_saved` (409).
    """
    wanted = {"user_id": user_id, "property_id": property_id}
    session.execute(_LOCK, wanted)
    seen = session.execute(_LOOK, wanted).one()
    if seen.is_saved:
        return
    if not seen.is_published:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    if seen.saved >= MOST_SAVED:
        raise DomainError("too_many_saved", ErrorKind.CONFLICT, most=MOST_SAVED)
    session.add(Favourite(user_id=user_id, property_id=property_id, created_at=now))
    session.flush()


def forget(session: Session, user_id: UUID, property_id: int) -> None:
    """Take a flat out of this person's list, if it is there; also one that is not published any more."""
    session.execute(_FORGET, {"user_id": user_id, "property_id": property_id})
