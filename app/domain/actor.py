"""Who is doing something, as rules and records need to know it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.models import ActorKind


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in a role, or the system itself (`user_id` is None)."""

    kind: ActorKind
    user_id: UUID | None = None

    @classmethod
    def guest(cls, user_id: UUID) -> Actor:
        """A guest acting on their own behalf."""
        return cls(ActorKind.GUEST, user_id)

    @classmethod
    def landlord(cls, user_id: UUID) -> Actor:
        """A landlord acting for their own flats."""
        return cls(ActorKind.LANDLORD, user_id)

    @classmethod
    def staff(cls, user_id: UUID) -> Actor:
        """Someone of the staff."""
        return cls(ActorKind.STAFF, user_id)


SYSTEM = Actor(ActorKind.SYSTEM)
"""Schedules and provider events."""
