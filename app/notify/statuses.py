"""What a provider says about a message that it took: it arrived, or it could not be brought."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import outbox
from app.models import Notification, NotificationStatus, OutboxKind
from app.notify.channels import Channels
from app.notify.routing import booked_by, reader_of, routes_of


class Fate(StrEnum):
    """What became of a message at its provider."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


def record_fate(
    session: Session, provider_id: str, fate: Fate, *, error_code: str | None, channels: Channels, now: datetime
) -> bool:
    """Note it; one that could not be brought is told by the next channel that reaches the person.

    Callbacks come in any order, and what has arrived stays delivered. False when no notification has this id (yet: a
    provider may be faster than our own note of having sent it).
    """
    statement = select(Notification).where(Notification.provider_id == provider_id).with_for_update()
    row = session.scalars(statement).one_or_none()
    if row is None:
        return False
    if fate is Fate.DELIVERED and row.status in {NotificationStatus.SENT, NotificationStatus.UNDELIVERED}:
        row.status = NotificationStatus.DELIVERED
        row.error_code = None
        row.params = None
    if fate is Fate.UNDELIVERED and row.status == NotificationStatus.SENT:
        row.error_code = None if error_code is None else error_code[:64]
        row.refused = sorted({*row.refused, row.channel})
        if not _by_another_channel(session, row, channels, now=now):
            row.status = NotificationStatus.UNDELIVERED
            row.params = None
    return True


def _by_another_channel(session: Session, row: Notification, channels: Channels, *, now: datetime) -> bool:
    """Send it anew when a way is left."""
    reader = reader_of(session, row)
    if reader is None:
        return False
    by = booked_by(session, row)
    if not routes_of(session, row, reader.person, booked_by=by, channels=channels):
        return False
    row.status = NotificationStatus.PENDING
    row.provider_id = None
    row.sent_at = None
    row.attempted_at = None
    outbox.add(session, OutboxKind.SEND_NOTIFICATION, row.id, now=now)
    return True
