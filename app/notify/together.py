"""Messages that are worked off together: what they say is read at once, and what was sent is noted at once.

A message costs a provider's call and little else; each of them reading and writing in transactions of its own would
cost three times as much. Nothing else changes: one that was not planned here is planned by itself, and sending it
ends when its being sent is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.channels.message import Notice
from app.db import transaction
from app.kit.errors import DomainError
from app.models import Base, Booking, Notification, Property, User, UserProfile
from app.notify import outcome
from app.notify.channels import Route
from app.notify.outcome import Sent


@dataclass(frozen=True, slots=True)
class Message:
    """What is said on one way."""

    route: Route
    notice: Notice


@dataclass(frozen=True, slots=True)
class Plan:
    """The same message for each way to the person, in the order to try them."""

    messages: tuple[Message, ...]
    again_when_unsure: bool
    refused: tuple[str, ...]
    """Channels that have refused it before."""
    other_way_at: datetime | None
    """From then on a channel in trouble is not waited for, the next one tells it (see the catalogue)."""
    is_urgent: bool
    """Nor is a channel that answers nonsense, which a person must look at otherwise."""
    parts_said: int = 0
    parts_by: str | None = None
    """What an earlier try has said, and where (see the row)."""

    def said_before(self, route: Route) -> int:
        """So many parts this way has taken."""
        return self.parts_said if route.address == self.parts_by else 0


def load(session: Session, ids: Sequence[UUID]) -> Sequence[Base]:
    """Read what planning these notifications asks for, so that it finds all of it in the session.

    The session forgets what nobody holds: keep the answer for as long.
    """
    statement = (
        select(Notification, User, UserProfile, Booking, Property)
        .join(User, User.id == Notification.user_id, isouter=True)
        .join(UserProfile, UserProfile.user_id == Notification.user_id, isouter=True)
        .join(Booking, Booking.id == Notification.booking_id, isouter=True)
        .join(Property, Property.id == Booking.property_id, isouter=True)
        .where(Notification.id.in_(ids))
    )
    return [found for row in session.execute(statement).all() for found in row if found is not None]


@dataclass(slots=True)
class _Note:
    """One message's being sent, on its way to the database."""

    sent: Sent
    is_written: bool = False


@dataclass(slots=True)
class Together:
    """A batch: the plans that were made for it, and who notes what was sent. Threads share it."""

    plans: Mapping[UUID, Plan | None] = field(default_factory=dict)
    """None where there is nothing to do (any more)."""
    _used: set[UUID] = field(default_factory=set)
    _waiting: list[_Note] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def has_plan(self, notification_id: UUID) -> bool:
        """Was it planned here? Once: who asks again has to look how the first time ended."""
        with self._guard:
            is_first = notification_id not in self._used
            self._used.add(notification_id)
        return is_first and notification_id in self.plans

    def note_sent(self, sent: Sent) -> None:
        """Return when it is committed. What ends while something is being written is written together after it.

        When that fails each of them is written by itself. Raises as `transaction`.
        """
        note = _Note(sent)
        with self._guard:
            self._waiting.append(note)
        with self._writing:
            if note.is_written:
                return
            with self._guard:
                notes, self._waiting = self._waiting, []
            try:
                _write(notes)
            except (DBAPIError, DomainError):
                if len(notes) == 1:
                    raise
                with self._guard:
                    self._waiting += [each for each in notes if each is not note]
                _write([note])


def _write(notes: Sequence[_Note]) -> None:
    with transaction() as session:
        outcome.record_sent(session, [each.sent for each in notes])
    for each in notes:
        each.is_written = True
