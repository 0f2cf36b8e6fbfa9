"""Sending what people are told: one job a kind where the architecture names one. All of them deliver the same way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.jobs import providers
from app.models import NotificationKind
from app.notify import delivery
from app.notify.catalogue import CATALOGUE
from app.notify.together import Together


def prepare(ids: Sequence[UUID], *, now: datetime) -> Together:
    """Read what several notifications say at once. Raises what `app.notify.delivery.prepare` raises."""
    config = providers.settings()
    return delivery.prepare(
        ids,
        sms=providers.sms(),
        chats=providers.chats(),
        public_url=config.public_url,
        quiet=config.quiet_time,
        now=now,
    )


def send_notification(notification_id: UUID, *, now: datetime, together: Together | None = None) -> None:
    """Send a pending notification of any kind. Raises what `app.notify.delivery.deliver` raises."""
    config = providers.settings()
    delivery.deliver(
        notification_id,
        sms=providers.sms(),
        chats=providers.chats(),
        public_url=config.public_url,
        quiet=config.quiet_time,
        now=now,
        together=together,
    )


def has_another_way(kind: str | None) -> bool:
    """Is it of a kind that does not wait for a channel in trouble? Then resting until that is over helps nobody."""
    return kind is not None and CATALOGUE[NotificationKind(kind)].other_way_after is not None


def send_booking_confirmation(notification_id: UUID, *, now: datetime, together: Together | None = None) -> None:
    """Tell a guest that their booking is paid for and stands. Raises as `send_notification` does."""
    send_notification(notification_id, now=now, together=together)
