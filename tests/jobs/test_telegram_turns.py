"""Telegram from end to end, without processes: a phone, the stand-in, the inbox, the conversation, the answer."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import after_commit, db, transaction
from app.domain import outbox
from app.domain.chats import identities
from app.factory import create_worker_app
from app.jobs import chats, providers
from app.jobs.outbox import attempt
from app.kit import clock
from app.models import ChannelIdentity, Messenger, OutboxKind
from tests import factories
from tests.services import Services, make_settings
from tests.standins import CREDENTIALS, PATIENCE, StandIns, wait_until
from tests.telegram_phone import TelegramPhone


def forget() -> None:
    """A worker process has one application and keeps its clients; tests have several."""
    for kept in (providers.installed, providers.chats, providers.chat_memory, providers.sms):
        kept.cache_clear()


@pytest.fixture
def app(services: Services, fresh_database_url: str, standins: StandIns) -> Iterator[Flask]:
    """A worker that asks the stand-in for updates, on a database of its own."""
    standins.set_telegram_faults()
    values = {name.lower(): value for name, value in CREDENTIALS.items() if name.startswith("TELEGRAM")}
    values |= {"telegram_base_url": standins.telegram_url}
    hooks = dict(after_commit.hooks)
    app = create_worker_app(make_settings(fresh_database_url, services.redis_url, **values))
    with app.app_context():
        forget()
        run(app, "delete-webhook")
        run(app, "poll", "--once")
        for item_id in chats.waiting(limit=1000):
            chats.take_turn(item_id)
        yield app
        forget()
        for engine in db.engines.values():
            engine.dispose()
    after_commit.hooks.update(hooks)
    standins.set_telegram_faults()


@pytest.fixture
def phone(app: Flask, standins: StandIns) -> TelegramPhone:
    """Somebody new."""
    return TelegramPhone(standins.base_url, f"+7707{random.randrange(10**7):07}")


def run(app: Flask, *words: str) -> None:
    result = app.test_cli_runner().invoke(args=["telegram", *words])
    assert result.exit_code == 0, result.output


def answer(app: Flask) -> int:
    """Take in what people did, and answer all of it; how many turns that were."""
    run(app, "poll", "--once")
    turns = 0
    while item_ids := chats.waiting(limit=100):
        for item_id in item_ids:
            chats.take_turn(item_id)
            turns += 1
    return turns


def chat_of(phone: TelegramPhone) -> ChannelIdentity:
    with transaction() as session:
        token = identities.address_token(Messenger.TELEGRAM, str(phone.id))
        return session.scalars(select(ChannelIdentity).where(ChannelIdentity.address_token == token)).one()


def test_a_person_starts_chooses_a_language_and_the_menu_comes(app: Flask, phone: TelegramPhone) -> None:
    phone.start()
    answer(app)
    assert "Choose a language" in phone.last().text
    pressed = phone.press("Русский")
    answer(app)
    assert pressed.answer()["is_answered"]
    assert "Что сделаем?" in phone.last().text
    phone.press("Помощь")
    answer(app)
    assert "Как это работает" in phone.last().text
    assert phone.last().is_edited, "a step takes the place of the one before"


def test_what_comes_twice_is_answered_once(app: Flask, phone: TelegramPhone, standins: StandIns) -> None:
    """Promise 13, up to what the person sees."""
    standins.set_telegram_faults(update_copies=3, update_copies_renumbered=3)
    phone.start()
    assert answer(app) == 1
    assert len(phone.from_bot()) == 1


def test_the_portals_link_ties_the_chat(app: Flask, phone: TelegramPhone) -> None:
    with transaction() as session:
        user_id = factories.make_user(session)
    phone.start()
    answer(app)
    phone.press("Русский")
    answer(app)
    phone.start(f"t{identities.link_token(user_id, now=clock.now())}")
    answer(app)
    phone.press("это мой аккаунт")
    answer(app)
    assert "чат связан" in "".join(message.text for message in phone.new())
    assert chat_of(phone).user_id == user_id


def test_ones_own_contact_makes_an_account_and_puts_the_keyboard_away(app: Flask, phone: TelegramPhone) -> None:
    phone.start()
    answer(app)
    phone.press("Русский")
    answer(app)
    phone.press("Мои брони")
    answer(app)
    assert phone.keyboard()[0][0]["request_contact"]
    phone.send_contact("+77010000000", "Чужой")
    answer(app)
    assert "чужой номер" in phone.last().text
    phone.send_contact()
    answer(app)
    assert chat_of(phone).user_id is not None
    assert phone.keyboard() == []


def test_who_blocks_the_bot_is_left_alone_until_they_write(app: Flask, phone: TelegramPhone) -> None:
    phone.start()
    answer(app)
    phone.block()
    answer(app)
    assert chat_of(phone).unreachable_at is not None
    phone.unblock()
    phone.send_text("меню")
    answer(app)
    assert chat_of(phone).unreachable_at is None
    assert len(phone.from_bot()) == 2


def test_an_answer_that_telegram_puts_off_comes_later(app: Flask, phone: TelegramPhone, standins: StandIns) -> None:
    """Promise 18: 429 waits as long as Telegram wants; the chat is not taken for closed."""
    phone.start()
    run(app, "poll", "--once")
    standins.set_telegram_faults(too_many_seconds=1)
    for item_id in chats.waiting(limit=100):
        chats.take_turn(item_id)
    assert phone.from_bot() == []
    assert chat_of(phone).unreachable_at is None
    standins.set_telegram_faults()

    def retried() -> bool:
        with transaction() as session:
            items = outbox.claim(session, [OutboxKind.SEND_CHAT_REPLY], now=clock.now(), limit=10)
        outcomes = [attempt(item) for item in items]
        with transaction() as session:
            outbox.record(session, outcomes, now=clock.now())
        return bool(phone.from_bot())

    wait_until(retried, PATIENCE, "answer")
    assert len(phone.from_bot()) == 1
