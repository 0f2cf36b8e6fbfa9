"""What became of messages: Twilio's status callbacks, as the inbox keeps them."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain import inbox
from app.domain.chats import identities
from app.integrations.errors import ProviderProtocolError
from app.integrations.twilio_api import GONE
from app.integrations.twilio_status import ARRIVED, LOST, StatusCallback, parse_stored
from app.jobs import followed, providers
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import InboxItem, Messenger, Notification, NotificationChannel
from app.notify.statuses import Fate, record_fate

log = structlog.get_logger(__name__)

NOTED_WITHIN = timedelta(minutes=2)
"""Until then a message that we do not know may be one whose sending is just being noted."""


def note_message_status(item: InboxItem) -> None:
    """Note what became of a message, once.

    One that nobody knows is not an error for a person to see to: it was sent twice after a crash, or by another
    channel since. Raises DomainError `message_unknown` (busy) while it may only be too early, ProviderProtocolError.
    """
    callback = parse_stored(item.body or "")
    with transaction() as session:
        if callback.status in LOST and callback.error_code in GONE:
            _close_chat(session, callback.sid)
        known = _note(session, callback)
        if not known and clock.now() < item.received_at + NOTED_WITHIN:
            raise DomainError("message_unknown", ErrorKind.BUSY)
        inbox.finish(session, item.id, now=clock.now())
    if not known:
        log.info("status_of_unknown_message", inbox_id=str(item.id))


def _note(session: Session, callback: StatusCallback) -> bool:
    """Let it have its effect; False when we know no such message."""
    fate, code, now = _fate(callback.status), callback.error_code, clock.now()
    if callback.reply is not None:
        followed.note(session, callback.reply, fate, error_code=code, now=now)
        return True
    return record_fate(session, callback.sid, fate, error_code=code, channels=providers.channels(), now=now)


def _close_chat(session: Session, sid: str) -> None:
    """Nothing more is sent to a WhatsApp chat whose person has blocked us, or whose number is not there."""
    told = select(Notification.user_id, Notification.sent_at).where(Notification.provider_id == sid)
    told = told.where(Notification.channel == NotificationChannel.WHATSAPP)
    row = session.execute(told).one_or_none()
    if row is not None and row.user_id is not None and row.sent_at is not None:
        identities.note_gone_since(session, row.user_id, Messenger.WHATSAPP, sent_at=row.sent_at, now=clock.now())


def _fate(status: str) -> Fate:
    if status in ARRIVED:
        return Fate.DELIVERED
    if status in LOST:
        return Fate.UNDELIVERED
    raise ProviderProtocolError("twilio: a status that says nothing was kept")
