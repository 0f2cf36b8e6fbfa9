"""Sending one notification: read what it says, hand it to the provider outside any transaction, record the end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.access import grants
from app.domain.bookings.reasons import reason_to_guest
from app.domain.listings.address import full_address
from app.i18n import choose, use_language
from app.integrations.errors import ProviderRefused
from app.kit.errors import DomainError
from app.models import (
    AccessGrant,
    Booking,
    BookingStatus,
    Notification,
    NotificationChannel,
    NotificationKind,
    NotificationStatus,
    Property,
)
from app.notify.rendering import render


class SmsPort(Protocol):
    """What delivery needs of an SMS provider."""

    def send(self, to: str, body: str) -> str:
        """Hand a message over; the provider's id of it."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """A text on its way to a phone (E.164)."""

    address: str
    text: str


def deliver(notification_id: UUID, *, sms: SmsPort, public_url: str, now: datetime) -> None:
    """Send a pending notification. One that came too late, or whose subject is gone, is marked failed instead.

    Raises ProviderUnavailable, so that the outbox tries again, and ProviderRefused after recording it.
    """
    with transaction() as session:
        message = _compose(session, notification_id, public_url=public_url, now=now)
    if message is None:
        return
    try:
        provider_id = sms.send(message.address, message.text)
    except ProviderRefused:
        _record(notification_id, NotificationStatus.FAILED, None, now=now)
        raise
    _record(notification_id, NotificationStatus.SENT, provider_id, now=now)


def _compose(session: Session, notification_id: UUID, *, public_url: str, now: datetime) -> Message | None:
    row = session.get(Notification, notification_id)
    if row is None or row.status != NotificationStatus.PENDING or row.address is None:
        return None
    params: dict[str, object] = json.loads(row.params) if row.params else {}
    use_language(row.language)
    if row.expires_at is not None and row.expires_at <= now:
        _drop(row)
        return None
    if row.booking_id is not None:
        if not _is_still_news(session, row):
            _drop(row)
            return None
        try:
            params |= _about_booking(session, row, public_url=public_url, now=now)
            params["reason"] = reason_to_guest(str(params.get("reason", "")))
        except DomainError:
            _drop(row)
            return None
    text = render(NotificationKind(row.kind), NotificationChannel(row.channel), row.language, **params)
    return Message(row.address, text)


def _drop(row: Notification) -> None:
    row.status = NotificationStatus.FAILED
    row.params = None


_NEWS_WHILE = {
    NotificationKind.REQUEST_RECEIVED: BookingStatus.REQUESTED,
    NotificationKind.REQUEST_ACCEPTED: BookingStatus.HELD,
    NotificationKind.REVIEW_REQUEST: BookingStatus.COMPLETED,
}
"""Kinds that ask for something that can only be done while the booking is in this state."""


def _is_still_news(session: Session, row: Notification) -> bool:
    wanted = _NEWS_WHILE.get(NotificationKind(row.kind))
    return wanted is None or session.get_one(Booking, row.booking_id).status == wanted


def _about_booking(session: Session, row: Notification, *, public_url: str, now: datetime) -> dict[str, object]:
    statement = (
        select(Booking, Property, AccessGrant)
        .join(Property, Property.id == Booking.property_id)
        .join(AccessGrant, AccessGrant.booking_id == Booking.id, isouter=True)
    )
    booking, prop, grant = session.execute(statement.where(Booking.id == row.booking_id)).one()
    params: dict[str, object] = {
        "reference": booking.reference,
        "check_in": booking.check_in,
        "check_out": booking.check_out,
        "check_in_at": booking.check_in_at,
        "title": choose(prop.title),
        "address": full_address(prop),
        "status": booking.status,
        "answer_by": booking.answer_by,
        "pay_until": booking.hold_expires_at,
        "url": f"{public_url}/bookings/{booking.reference}",
        "host_url": f"{public_url}/cabinet/bookings/{booking.reference}",
        "pay_url": f"{public_url}/checkout/{booking.reference}",
        "review_url": f"{public_url}/bookings/{booking.reference}/review",
        "home_url": public_url,
    }
    if row.kind == NotificationKind.KEYS:
        params["keys"] = grants.open_details(session, booking, grant, now=now)
    return params


def _record(notification_id: UUID, status: NotificationStatus, provider_id: str | None, *, now: datetime) -> None:
    with transaction() as session:
        row = session.get_one(Notification, notification_id, with_for_update=True)
        row.status = status
        row.provider_id = provider_id
        row.sent_at = now if status is NotificationStatus.SENT else None
        row.params = None
