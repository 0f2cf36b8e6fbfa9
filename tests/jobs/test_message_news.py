"""«Вам пишут»: an SMS says who and about which flat, a chat says what; nothing is told of what was read meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.messages.writing import Words, answer, mark_read, write_to_landlord
from app.kit import clock
from app.kit.quiet import QuietHours
from app.models import Channel, Notification, NotificationChannel, NotificationKind, NotificationStatus, UserProfile
from app.notify.delivery import WaitsForMorning, deliver
from tests import factories
from tests.jobs.test_channels import Line

URL = "https://zhilego.kz"
NIGHT = QuietHours.parse("22:00-08:00")


@dataclass
class Talk:
    """A guest who has written, and the landlord."""

    guest: UUID
    landlord: UUID
    flat: int
    thread: UUID


@pytest.fixture
def noon() -> datetime:
    """Nobody sleeps."""
    return clock.at_local(clock.local_date(clock.now()), time(12))


@pytest.fixture
def talk(app: Flask, noon: datetime) -> Talk:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        words = Words("Можно с собакой?", Channel.WEB, f"news-{uuid4()}")
        sent = write_to_landlord(session, prop.id, guest_id=guest, words=words, now=noon)
        return Talk(guest, prop.landlord_id, prop.id, sent.thread_id)


def say(talk: Talk, author: UUID, text: str, *, now: datetime) -> None:
    with transaction() as session:
        answer(session, talk.thread, author_id=author, words=Words(text, Channel.WEB, f"news-{uuid4()}"), now=now)


def told(person: UUID) -> list[Notification]:
    with transaction() as session:
        statement = select(Notification).where(Notification.user_id == person)
        statement = statement.where(Notification.kind == NotificationKind.MESSAGE_RECEIVED)
        return list(session.scalars(statement.order_by(Notification.created_at)))


def status(notification: Notification) -> str:
    with transaction() as session:
        return session.get_one(Notification, notification.id).status


def test_an_sms_says_who_wrote_about_which_flat_and_nothing_of_the_message(talk: Talk, noon: datetime) -> None:
    [notification], sms = told(talk.landlord), Line("sms")
    deliver(notification.id, sms=sms, public_url=URL, now=noon)
    [(_, text)] = sms.sent
    assert text == f"ЖильеGO: вам пишет Айгерим, Квартира у парка. {URL}/messages/{talk.thread}"
    assert status(notification) == NotificationStatus.SENT


def test_a_chat_says_what_was_written_in_the_readers_language(talk: Talk, noon: datetime) -> None:
    say(talk, talk.landlord, "Да, только не на диван", now=noon)
    with transaction() as session:
        session.get_one(UserProfile, talk.guest).language = "en"
    [notification], telegram = told(talk.guest), Line("telegram")
    chats = {NotificationChannel.TELEGRAM: telegram}
    deliver(notification.id, sms=Line("sms"), chats=chats, public_url=URL, now=noon)
    [(_, text)] = telegram.sent
    assert text.startswith("**Ерлан** wrote to you, Flat by the park:")
    assert "Да, только не на диван" in text


def test_the_longest_message_fits_a_chat(talk: Talk, noon: datetime) -> None:
    say(talk, talk.landlord, "слово " * 333, now=noon)
    [notification], whatsapp = told(talk.guest), Line("whatsapp")
    deliver(
        notification.id,
        sms=Line("sms"),
        chats={NotificationChannel.WHATSAPP: whatsapp},
        public_url=URL,
        now=noon,
    )
    assert len(whatsapp.sent[0][1]) <= 1024


def test_what_was_read_before_is_not_told(talk: Talk, noon: datetime) -> None:
    [notification], sms = told(talk.landlord), Line("sms")
    with transaction() as session:
        mark_read(session, talk.thread, reader_id=talk.landlord, up_to=1, now=noon)
    deliver(notification.id, sms=sms, public_url=URL, now=noon)
    assert sms.sent == []
    assert status(notification) == NotificationStatus.FAILED


def test_a_night_of_messages_is_one_sms_in_the_morning(talk: Talk, noon: datetime) -> None:
    night, sms = noon + timedelta(hours=14), Line("sms")
    with transaction() as session:
        mark_read(session, talk.thread, reader_id=talk.landlord, up_to=1, now=noon)
    for minutes in (0, 20, 40):
        say(talk, talk.guest, "Вы не спите?", now=night + timedelta(minutes=minutes))
    [_, *waiting] = told(talk.landlord)
    assert len(waiting) == 3
    with pytest.raises(WaitsForMorning) as waits:
        deliver(waiting[-1].id, sms=sms, public_url=URL, quiet=NIGHT, now=night + timedelta(minutes=40))
    assert waits.value.retry_after == timedelta(hours=5, minutes=20)
    for each in waiting:
        deliver(each.id, sms=sms, public_url=URL, quiet=NIGHT, now=night + timedelta(hours=6))
    assert len(sms.sent) == 1
