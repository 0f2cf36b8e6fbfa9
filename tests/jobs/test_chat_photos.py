"""Photos and words from chat to chat over the messenger's wire: sent once; a photo is fetched before the turn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.db import transaction
from app.domain.chats import identities, telegram_updates
from app.jobs import chats
from app.jobs.relay import drain
from app.kit import clock
from app.models import Booking, InboxItem, Message, MessagePhoto, Messenger, OutboxItem, Property
from tests import factories, pictures
from tests.jobs import test_telegram_turns as telegram
from tests.jobs.test_chat_turns import commits_fail
from tests.standins import PATIENCE, StandIns, wait_until
from tests.telegram_phone import BotMessage, TelegramPhone

app = telegram.app

BUBBLE = "Вам пишет"


@dataclass
class Pair:
    """A guest and the landlord of the flat that they have paid for, each with Telegram."""

    guest: TelegramPhone
    landlord: TelegramPhone
    booking: Booking


@pytest.fixture
def pair(app: Flask, standins: StandIns) -> Iterator[Pair]:
    with transaction() as session:
        prop, guest_id = factories.make_property(session), factories.make_user(session)
        booking = factories.make_paid_booking(session, prop, guest_id, factories.stay_in(9))
        landlord_id = session.get_one(Property, prop.id).landlord_id
    phones = [TelegramPhone(standins.base_url, factories.new_phone()) for _ in range(2)]
    for phone, user_id in zip(phones, (guest_id, landlord_id), strict=True):
        phone.start()
        hears(app, phone, "Choose a language")
        phone.press("Русский")
        hears(app, phone, "ЖильеGO")
        with transaction() as session:
            chat = identities.lock(session, Messenger.TELEGRAM, str(phone.id), now=clock.now()).chat
            identities.link(session, chat, user_id, now=clock.now())
    yield Pair(phones[0], phones[1], booking)
    for phone in phones:
        phone.close()


def make_due() -> None:
    with transaction() as session:
        session.execute(update(InboxItem).values(available_at=clock.now()))
        session.execute(update(OutboxItem).values(available_at=clock.now()))


def hears(app: Flask, phone: TelegramPhone, words: str) -> BotMessage:
    """What came since the person did something, once all that waits was worked off: our own pace puts replies off."""

    def found() -> BotMessage | None:
        make_due()
        telegram.answer(app)
        for queue in ("chats", "notifications"):
            drain(queue, 30.0)
        return next((each for each in reversed(phone.new()) if words in each.text), None)

    return wait_until(found, PATIENCE, f"{words!r}")


def begins_to_write(app: Flask, pair: Pair) -> None:
    """The guest opens their booking in the chat and is asked for the words."""
    pair.guest.start(f"b{pair.booking.reference}")
    hears(app, pair.guest, pair.booking.reference)
    pair.guest.press("Написать хозяину")
    hears(app, pair.guest, "Можно прислать и фото")


def kept() -> list[tuple[str, str | None]]:
    """(author, caption) of the messages with photos."""
    with transaction() as session:
        found = session.scalars(select(Message).join(MessagePhoto, MessagePhoto.message_id == Message.id))
        return [(message.author, message.body) for message in found.all()]


def written() -> list[str | None]:
    """All messages."""
    with transaction() as session:
        return [message.body for message in session.scalars(select(Message).order_by(Message.number))]


def test_a_guests_photo_comes_to_the_landlords_chat_and_theirs_comes_back(app: Flask, pair: Pair) -> None:
    """The commit fails once after everything was done: still one message, one photo."""
    begins_to_write(app, pair)
    commits_fail(1)
    pair.guest.send_photo(pictures.with_gps(), "Течёт кран")
    telegram.answer(app)
    assert kept() == []
    hears(app, pair.guest, "Фото отправлено")
    assert kept() == [("guest", "Течёт кран")]
    told = hears(app, pair.landlord, BUBBLE)
    assert told.is_photo
    assert "Течёт кран" in told.text
    pair.landlord.press("Ответить")
    hears(app, pair.landlord, "Можно прислать и фото")
    pair.landlord.send_photo(pictures.picture())
    assert hears(app, pair.guest, BUBBLE).is_photo
    assert kept() == [("guest", "Течёт кран"), ("landlord", None)]


def test_words_typed_there_go_by_the_press_once_whatever_comes_twice(
    app: Flask, pair: Pair, standins: StandIns
) -> None:
    """Telegram repeats every update under other numbers, and the commit of the press fails when all of it was done."""
    begins_to_write(app, pair)
    pair.guest.send_text("Можно с котом?")
    hears(app, pair.guest, "Отправлено")
    standins.set_telegram_faults(update_copies=3, update_copies_renumbered=3)
    pair.guest.send_text("Он тихий")
    question = hears(app, pair.guest, "Отправить это?")
    assert "Он тихий" in question.text
    assert written() == ["Можно с котом?"]
    commits_fail(1)
    pair.guest.press("Отправить")
    hears(app, pair.guest, "Отправлено")
    assert written() == ["Можно с котом?", "Он тихий"]


def test_a_file_that_is_gone_is_told_at_once(app: Flask, pair: Pair) -> None:
    begins_to_write(app, pair)
    sender = {"id": pair.guest.id, "is_bot": False, "first_name": "Алия"}
    message = {"message_id": 10**6, "from": sender, "chat": {"id": pair.guest.id, "type": "private"}, "date": 1}
    message["photo"] = [{"file_id": "gone", "file_unique_id": "gone", "width": 4, "height": 3}]
    with transaction() as session:
        telegram_updates.keep(session, json.dumps({"update_id": 1, "message": message}).encode(), now=clock.now())
    hears(app, pair.guest, "мессенджер его не отдал")
    assert kept() == []


def test_a_messenger_that_is_down_is_asked_again_and_then_the_sender_is_told(
    app: Flask, pair: Pair, standins: StandIns
) -> None:
    begins_to_write(app, pair)
    pair.guest.send_photo(pictures.picture())
    telegram.run(app, "poll", "--once")
    standins.set_telegram_faults(server_error="before")
    for _ in range(chats.MAX_ATTEMPTS - 1):
        make_due()
        for item_id in chats.waiting(limit=1):
            chats.take_turn(item_id)
    with transaction() as session:
        [waiting] = session.scalars(select(InboxItem).where(InboxItem.handled_at.is_(None)))
        assert (waiting.attempts, waiting.dead_at) == (chats.MAX_ATTEMPTS - 1, None)
    make_due()
    for item_id in chats.waiting(limit=1):
        chats.take_turn(item_id)
    standins.set_telegram_faults()
    assert kept() == []
    hears(app, pair.guest, "Фото не отправлено")
    pair.guest.send_photo(pictures.picture())
    hears(app, pair.guest, "Фото отправлено")
    assert kept() == [("guest", None)], "it is sent again without being asked whom to"
