"""How sending a notification ended: what its row says afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
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
    refused: Sequence[str],
    is_last_way: bool,
    now: datetime,
) -> None:
    """A provider took it. Its values are kept only while another channel may have to say the same."""
    values = {"status": NotificationStatus.SENT, "channel": channel, "provider_id": provider_id, "sent_at": now}
    _write(session, notification_id, refused, **values, **({"params_sealed": None} if is_last_way else {}))


def record_refused(session: Session, notification_id: UUID, refused: Sequence[str], code: str) -> None:
    """Nobody takes it: `code` is the last provider's."""
    failed = NotificationStatus.FAILED
    _write(session, notification_id, refused, status=failed, error_code=code[:64], params_sealed=None)


def record_trouble(session: Session, notification_id: UUID, refused: Sequence[str]) -> None:
    """A provider is in trouble and the message will be tried again: another try is no repetition."""
    _write(session, notification_id, refused, attempted_at=None)


def _write(session: Session, notification_id: UUID, refused: Sequence[str], **values: object) -> None:
    """One statement: `refused` are all channels that have refused it by now."""
    statement = update(Notification).where(Notification.id == notification_id).values(refused=list(refused), **values)
    session.execute(statement, execution_options={"synchronize_session": False})
