"""Messages worked off together are what they are alone: nothing is sent twice, lost, or marked before its turn."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from app.db import count_queries, transaction
from app.domain import notifications
from app.integrations.twilio import TwilioSms
from app.jobs.relay import drain
from app.models import (
    Booking,
    Notification,
    NotificationChannel,
    NotificationKind,
    NotificationStatus,
    OutboxItem,
    User,
)
from app.notify.delivery import deliver, prepare
from app.notify.outcome import Sent
from app.notify.together import Together
from tests import factories
from tests.jobs.test_relay import AS_LONG_AS_IT_TAKES, items
from tests.patience import WAITING
from tests.standins import PATIENCE, StandIns, wait_until

pytestmark = pytest.mark.usefixtures("redis")
URL = "https://zhilego.kz"


def told(kind: NotificationKind, count: int, *, now: datetime) -> dict[UUID, str]:
    """Notifications about bookings of different guests, and their phones."""
    found = {}
    for _ in range(count):
        with transaction() as session:
            guest, prop = factories.make_user(session), factories.make_property(session)
            booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(9), now=now)
            key = f"together:{uuid4()}"
            notifications.tell_user(session, kind, guest, dedup_key=key, now=now, booking_id=booking.id)
            told_id = session.scalars(select(Notification.id).where(Notification.dedup_key == key)).one()
            found[told_id] = session.get_one(User, guest).phone
    with transaction() as session:  # nothing else that a booking tells
        session.execute(delete(OutboxItem).where(OutboxItem.subject_id.not_in([str(told_id) for told_id in found])))
    return found


def row(told_id: UUID) -> Notification:
    with transaction() as session:
        return session.get_one(Notification, told_id)


def completed() -> None:
    with transaction() as session:
        session.execute(update(Booking).values(status="completed"))


def prepared(ids: Sequence[UUID], sms: TwilioSms, now: datetime) -> Together:
    return prepare(ids, sms=sms, public_url=URL, now=now)


def test_a_batch_is_read_in_one_statement_and_each_arrives_once(
    alone: Flask, standins: StandIns, sms: TwilioSms, now: datetime
) -> None:
    phones = told(NotificationKind.BOOKING_CONFIRMED, 6, now=now)
    asked: list[str] = []
    stop = count_queries(asked.append)
    together = prepared(list(phones), sms, now)
    stop()
    assert len(asked) == 1
    for _ in range(2):  # the second time each looks by itself how the first one ended
        for told_id in phones:
            deliver(told_id, sms=sms, public_url=URL, now=now, together=together)
    assert [len(standins.sms_to(phone)) for phone in phones.values()] == [1] * 6
    found = [row(told_id) for told_id in phones]
    assert all((each.status, each.sent_at, each.refused) == (NotificationStatus.SENT, now, []) for each in found)
    assert len({each.provider_id for each in found}) == 6


def test_what_is_not_told_twice_is_marked_when_its_turn_comes(
    alone: Flask, standins: StandIns, sms: TwilioSms, now: datetime
) -> None:
    """A worker that dies at a batch, or gives the rest of it back, loses no request for a review."""
    phones = told(NotificationKind.REVIEW_REQUEST, 2, now=now)
    completed()
    prepared(list(phones), sms, now)
    assert [row(told_id).attempted_at for told_id in phones] == [None, None]
    together = prepared(list(phones), sms, now)
    for told_id, phone in phones.items():
        deliver(told_id, sms=sms, public_url=URL, now=now, together=together)
        assert len(standins.sms_to(phone)) == 1


def test_what_is_no_news_any_more_is_not_sent(alone: Flask, standins: StandIns, sms: TwilioSms, now: datetime) -> None:
    phones = told(NotificationKind.BOOKING_CONFIRMED, 2, now=now)
    later = now + timedelta(days=4)
    together = prepared(list(phones), sms, later)
    for told_id, phone in phones.items():
        deliver(told_id, sms=sms, public_url=URL, now=later, together=together)
        assert standins.sms_to(phone) == []
        assert (row(told_id).status, row(told_id).error_code) == (NotificationStatus.FAILED, "stale")


def test_one_that_cannot_be_read_spoils_no_other(alone: Flask, standins: StandIns, now: datetime) -> None:
    phones = told(NotificationKind.BOOKING_CONFIRMED, 3, now=now)
    broken, *_ = phones
    with transaction() as session:
        session.execute(
            update(Notification).where(Notification.id == broken).values(params_sealed=b"not what was sealed" * 3)
        )
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert [len(standins.sms_to(phone)) for phone in phones.values()] == [0, 1, 1]
    [left] = [item for item in items() if item.done_at is None]
    assert (left.subject_id, left.last_error, left.dead_at) == (str(broken), "SealError", None)


def noted(together: Together, notes: Sequence[Sent], app: Flask) -> list[Future[None]]:
    """The first of them is kept in the middle of its writing until all the others wait for it."""

    def note(sent: Sent) -> None:
        with app.app_context():
            together.note_sent(sent)

    with ThreadPoolExecutor(len(notes)) as pool, transaction() as blocker:
        blocker.execute(select(Notification).where(Notification.id == notes[0].notification_id).with_for_update())
        found = [pool.submit(note, notes[0])]
        wait_until(somebody_waits_for_a_row, PATIENCE, "writer that waits for the row")
        found += [pool.submit(note, each) for each in notes[1:]]
        wait_until(lambda: len(together._waiting) == len(notes) - 1, PATIENCE, "others that wait for the writer")
        blocker.rollback()
        wait(found, PATIENCE)
    return found


def somebody_waits_for_a_row() -> bool:
    with transaction() as session:
        return bool(session.scalar(text(WAITING)))


def sent(told_id: UUID, now: datetime, *refused: str) -> Sent:
    return Sent(told_id, NotificationChannel.SMS, f"id-{told_id}", refused, True, now)


def test_what_ends_while_another_one_is_written_is_written_at_once(alone: Flask, now: datetime) -> None:
    ids = list(told(NotificationKind.BOOKING_CONFIRMED, 5, now=now))
    asked: list[str] = []
    stop = count_queries(lambda statement: asked.append(statement) if "unnest" in statement else None)
    for future in noted(Together(), [sent(told_id, now) for told_id in ids], alone):
        future.result()
    stop()
    assert len(asked) == 2
    assert {row(told_id).status for told_id in ids} == {NotificationStatus.SENT}


def test_one_that_cannot_be_written_fails_alone(alone: Flask, now: datetime) -> None:
    ids = list(told(NotificationKind.BOOKING_CONFIRMED, 4, now=now))
    notes = [sent(ids[0], now), sent(ids[1], now, "carrier pigeon"), sent(ids[2], now), sent(ids[3], now)]
    errors = [future.exception() for future in noted(Together(), notes, alone)]
    assert [type(error) for error in errors] == [type(None), IntegrityError, type(None), type(None)]
    assert [row(told_id).status for told_id in ids] == ["sent", "pending", "sent", "sent"]
