"""Sending what people are told. One job a kind where the architecture names one; all of them deliver the same way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from app.db import reading
from app.domain import notifications
from app.jobs import providers
from app.models import NotificationKind
from app.notify import delivery


def send(notification_id: UUID, *, now: datetime) -> None:
    """Send a pending notification by the job of its kind. Raises what `app.notify.delivery.deliver` raises."""
    with reading() as connection:
        kind = notifications.kind_of(connection, notification_id)
    if kind is not None:
        JOBS.get(kind, send_notification)(notification_id, now)


def send_notification(notification_id: UUID, now: datetime) -> None:
    """Send a message of any kind."""
    delivery.deliver(notification_id, sms=providers.sms(), public_url=providers.settings().public_url, now=now)


def send_booking_confirmation(notification_id: UUID, now: datetime) -> None:
    """Tell a guest that their booking is paid for and stands."""
    send_notification(notification_id, now)


JOBS: dict[NotificationKind, Callable[[UUID, datetime], None]] = {
    NotificationKind.BOOKING_CONFIRMED: send_booking_confirmation
}
