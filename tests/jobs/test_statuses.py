"""What became of messages: stored callbacks reach the notification, in any order, on a queue of their own kind."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select, update

from app.db import transaction
from app.domain import inbox, notifications
from app.domain.chats import identities
from app.integrations.twilio_status import StatusCallback
from app.jobs import housekeeping, providers
from app.jobs import inbox as inbox_job
from app.jobs.queues import QueueName
from app.jobs.schedule import TABLE
from app.jobs.statuses import NOTED_WITHIN
from app.kit import clock
from app.models import (
    ChannelIdentity,
    InboxItem,
    InboxProvider,
    Messenger,
    Notification,
    NotificationChannel,
    NotificationKind,
    NotificationStatus,
)
from tests import factories
from tests.jobs.queues import all_waiting


@pytest.fixture(autouse=True)
def clients(app: Flask) -> Iterator[None]:
    """The providers' clients are made once a process; these belong to this application."""
    providers.sms.cache_clear()
    yield
    providers.sms().close()
    providers.sms.cache_clear()


def sent(now: datetime) -> tuple[UUID, str]:
    """A message that Twilio took: the notification and Twilio's id."""
    sid, key = f"SM{secrets.token_hex(16)}", f"test:{uuid4()}"
    with transaction() as session:
        notifications.tell(
            session, NotificationKind.LOGIN_CODE, phone=factories.new_phone(), language="ru", dedup_key=key, now=now
        )
        told = session.scalars(select(Notification.id).where(Notification.dedup_key == key)).one()
        values = {"status": NotificationStatus.SENT, "sent_at": now, "provider_id": sid}
        session.execute(update(Notification).where(Notification.id == told).values(values))
    return told, sid


def store(sid: str, status: str, *, code: str | None = None, at: datetime | None = None) -> UUID:
    """What the webhook keeps."""
    callback = StatusCallback(sid=sid, status=status, error_code=code)
    body = callback.model_dump_json(by_alias=True)
    with transaction() as session:
        assert inbox.store(session, InboxProvider.TWILIO, callback.event_id, body, now=at or clock.now())
        return session.scalars(select(InboxItem.id).where(InboxItem.external_id == callback.event_id)).one()


def handled(item_id: UUID) -> InboxItem:
    inbox_job.handle(str(item_id))
    with transaction() as session:
        return session.get_one(InboxItem, item_id)


def note(told: UUID, **values: object) -> None:
    """What the sender's own transaction writes."""
    with transaction() as session:
        session.execute(update(Notification).where(Notification.id == told).values(values))


def row(told: UUID) -> Notification:
    with transaction() as session:
        return session.get_one(Notification, told)


@pytest.mark.parametrize(
    ("statuses", "end"),
    [
        (["delivered"], "delivered"),
        (["delivered", "read"], "delivered"),
        (["undelivered"], "undelivered"),
        (["failed", "undelivered"], "undelivered"),
        (["undelivered", "delivered"], "delivered"),
        (["delivered", "undelivered"], "delivered"),
    ],
)
def test_the_last_word_counts_in_whatever_order_it_comes(
    app: Flask, now: datetime, statuses: list[str], end: str
) -> None:
    told, sid = sent(now)
    for status in statuses:
        code = "30003" if status in {"undelivered", "failed"} else None
        assert handled(store(sid, status, code=code)).handled_at is not None
    found = row(told)
    assert found.status == end
    assert found.error_code == ("30003" if end == "undelivered" else None)


def test_statuses_wake_nobody_and_never_stand_among_payments(app: Flask, redis: Redis, now: datetime) -> None:
    """A flood of them must not keep payments waiting: the clock works them off on the queue of notifications."""
    told, sid = sent(now)
    redis.flushdb()
    item_id = store(sid, "delivered")
    housekeeping.sweep_inbox()
    assert str(item_id) not in str(all_waiting(redis))
    housekeeping.note_message_statuses()
    assert row(told).status == NotificationStatus.DELIVERED
    [entry] = [entry for entry in TABLE if entry.function.endswith("note_message_statuses")]
    assert entry.queue is QueueName.NOTIFICATIONS


def test_a_callback_that_is_faster_than_our_own_note_waits_for_it(app: Flask, now: datetime) -> None:
    told, sid = sent(now)
    note(told, status=NotificationStatus.PENDING, sent_at=None, provider_id=None)
    item = handled(store(sid, "delivered"))
    assert (item.handled_at, item.dead_at, item.last_error) == (None, None, "message_unknown")
    note(told, status=NotificationStatus.SENT, sent_at=now, provider_id=sid)
    with transaction() as session:
        session.execute(update(InboxItem).where(InboxItem.id == item.id).values(available_at=now - timedelta(hours=1)))
    assert handled(item.id).handled_at is not None
    assert row(told).status == NotificationStatus.DELIVERED


def test_one_about_a_message_that_nobody_knows_is_laid_aside_at_last(app: Flask) -> None:
    """It is no matter for a person: a message may have gone out twice when a worker was killed."""
    item = handled(store(f"SM{'0' * 8}{secrets.token_hex(12)}", "delivered", at=clock.now() - NOTED_WITHIN))
    assert item.handled_at is not None
    assert item.dead_at is None


def test_one_that_makes_no_sense_is_for_a_person(app: Flask) -> None:
    external_id = f"malformed:{uuid4()}"
    with transaction() as session:
        inbox.store(session, InboxProvider.TWILIO, external_id, '[["To", "x"]]', now=clock.now())
        item_id = session.scalars(select(InboxItem.id).where(InboxItem.external_id == external_id)).one()
    item = handled(item_id)
    assert item.dead_at is not None
    assert item.last_error == "twilio: the callback is not about a message"


def test_one_that_tells_no_fate_is_not_taken_for_one(app: Flask, now: datetime) -> None:
    told, sid = sent(now)
    assert handled(store(sid, "queued")).dead_at is not None
    assert row(told).status == NotificationStatus.SENT


def whatsapp_chat(now: datetime, *, seen_at: datetime) -> tuple[UUID, str]:
    """A notification that went to a person's WhatsApp, and Twilio's id of it; the chat was last seen at `seen_at`."""
    told, sid = sent(now)
    with transaction() as session:
        user_id = factories.make_user(session)
        chat = identities.lock(session, Messenger.WHATSAPP, factories.new_phone(), now=seen_at).chat
        identities.link(session, chat, user_id, now=seen_at)
        chat_id = chat.id
    note(told, channel=NotificationChannel.WHATSAPP, user_id=user_id)
    return chat_id, sid


@pytest.mark.parametrize(
    ("code", "seen", "is_closed"),
    [
        ("63014", timedelta(hours=-1), True),
        ("63024", timedelta(hours=-1), True),
        ("63014", timedelta(minutes=1), False),
        ("63016", timedelta(hours=-1), False),
        ("63018", timedelta(hours=-1), False),
    ],
)
def test_a_person_who_blocked_us_hears_nothing_there_until_they_write(
    app: Flask, now: datetime, code: str, seen: timedelta, is_closed: bool
) -> None:
    """What WhatsApp says of the address closes the chat; what it says of the message, or of us, does not."""
    chat_id, sid = whatsapp_chat(now, seen_at=now + seen)
    assert handled(store(sid, "failed", code=code)).handled_at is not None
    with transaction() as session:
        assert (session.get_one(ChannelIdentity, chat_id).unreachable_at is not None) is is_closed
