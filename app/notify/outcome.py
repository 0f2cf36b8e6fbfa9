"""How sending a notification ended: what its row says afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.models import Notification, NotificationChannel, NotificationStatus

STALE = "stale"
"""It was no news any more when its turn came."""
UNSURE = "unsure"
"""Nobody knows whether the provider took it, and it is not worth telling twice."""
UNREACHABLE = "unreachable"
"""No channel reaches this person."""


def fail(row: Notification, code: str) -> None:
    """It is not sent, and will not be."""
    row.status = NotificationStatus.FAILED
    row.error_code = code[:64]
    row.sent_at = None
    row.params = None


def record_sent(
    session: Session,
    notification_id: UUID,
    channel: NotificationChannel,
    provider_id: str,
    *,
    refused: Sequence[NotificationChannel],
    is_last_way: bool,
    now: datetime,
) -> None:
    """A provider took it. Its values are kept only while another channel may have to say the same."""
    row = _locked(session, notification_id, refused)
    row.status = NotificationStatus.SENT
    row.channel = channel
    row.provider_id = provider_id
    row.sent_at = now
    if is_last_way:
        row.params = None


def record_refused(session: Session, notification_id: UUID, refused: Sequence[NotificationChannel], code: str) -> None:
    """Nobody takes it: `code` is the last provider's."""
    fail(_locked(session, notification_id, refused), code)


def record_trouble(session: Session, notification_id: UUID, refused: Sequence[NotificationChannel]) -> None:
    """A provider is in trouble and the message will be tried again: another try is no repetition."""
    _locked(session, notification_id, refused).attempted_at = None


def _locked(session: Session, notification_id: UUID, refused: Sequence[NotificationChannel]) -> Notification:
    row = session.get_one(Notification, notification_id, with_for_update=True)
    row.refused = sorted({*row.refused, *(channel.value for channel in refused)})
    return row
