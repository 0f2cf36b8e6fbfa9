"""One chat cannot keep the workers for itself: what it writes too fast is left, and it is told so once."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from app.channels.message import from_json
from app.db import transaction
from app.domain.chats import identities
from app.kit import clock
from app.models import ChannelIdentity, ChatReply, InboxItem, Messenger
from tests.services import Services
from tests.web import test_telegram_webhook as telegram
from tests.web import test_whatsapp_webhook as whatsapp
from tests.web.conftest import MakeApp

TELEGRAM, WHATSAPP = Messenger.TELEGRAM, Messenger.WHATSAPP


class Chat:
    """Somebody's chat, in which a language was chosen before."""

    def __init__(self, app: Flask, messenger: Messenger, language: str = "ru") -> None:
        self.app, self.messenger = app, messenger
        digits = f"{secrets.randbelow(10**7):07}"
        self.address = f"+7701{digits}" if messenger is WHATSAPP else f"9{digits}"
        with app.app_context(), transaction() as session:
            chat = identities.lock(session, messenger, self.address, now=clock.now()).chat
            chat.language, self.id = language, chat.id

    def writes(self, number: int, text: str = "Алматы", app: Flask | None = None) -> None:
        """The message of this number, told by the messenger, which has to be answered that it was taken."""
        if self.messenger is WHATSAPP:
            form = whatsapp.form_of(text, From=f"whatsapp:{self.address}", MessageSid=f"SM{number:032x}")
            answer = whatsapp.send(app or self.app, form, whatsapp.signature(form))
        else:
            message = telegram.update(int(self.address), message_id=number, text=text)
            answer = telegram.send(app or self.app, message)
        assert answer.status_code == 200

    def taken(self) -> int:
        """How much of it has its turn."""
        with self.app.app_context(), transaction() as session:
            stream = identities.address_token(self.messenger, self.address)
            return len(session.scalars(select(InboxItem.id).where(InboxItem.stream == stream)).all())

    def told(self) -> list[str]:
        """What is going to be said in it."""
        with self.app.app_context(), transaction() as session:
            bodies = session.scalars(select(ChatReply).where(ChatReply.identity_id == self.id))
            return [from_json(each.body or "").messages[0].text for each in bodies]


@pytest.fixture
def fast(make_app: MakeApp, services: Services) -> Callable[..., Flask]:
    """An application whose chats may do five things an hour."""

    def make(redis_url: str = services.redis_url) -> Flask:
        return make_app(redis_url=redis_url, limit_chat="5/hour")

    return make


@pytest.mark.parametrize(
    ("messenger", "language", "words"), [(TELEGRAM, "ru", "Слишком быстро"), (WHATSAPP, "kk", "Тым жылдам")]
)
def test_what_is_too_much_is_left_and_told_once(
    fast: Callable[..., Flask], messenger: Messenger, language: str, words: str
) -> None:
    """Whichever process counts; and what is told again is the same event, which uses up nothing."""
    one, another = fast(), fast()
    chat, other = Chat(one, messenger, language), Chat(one, messenger, language)
    base = secrets.randbelow(10**9)
    for _ in range(3):
        for number in range(4):
            chat.writes(base + number)
    assert (chat.taken(), chat.told()) == (4, [])
    for number in range(4, 12):
        chat.writes(base + number, app=another)
    assert chat.taken() == 5
    (said,) = chat.told()
    assert words in said
    other.writes(base + 20)
    assert (other.taken(), other.told()) == (1, []), "nobody else hears of it"


def test_asking_for_silence_is_heard_however_much_was_written(fast: Callable[..., Flask]) -> None:
    app = fast()
    chat = Chat(app, WHATSAPP)
    base = secrets.randbelow(10**9)
    for number in range(8):
        chat.writes(base + number)
    chat.writes(base + 8, "СТОП")
    assert chat.taken() == 6
    blocked = Chat(app, TELEGRAM)
    for number in range(8):
        blocked.writes(number)
    person = {"id": int(blocked.address), "is_bot": False, "first_name": "Алия"}
    change = {"chat": {"id": person["id"], "type": "private"}, "from": person, "date": 1}
    change["new_chat_member"] = {"status": "kicked"}
    assert telegram.send(app, {"update_id": 1, "my_chat_member": change}).status_code == 200
    assert blocked.taken() == 6


def test_who_slows_down_is_heard_again(fast: Callable[..., Flask], services: Services) -> None:
    chat = Chat(fast(), TELEGRAM)
    for number in range(8):
        chat.writes(number)
    assert chat.taken() == 5
    let_pass(services, minutes=50)
    chat.writes(8)
    assert chat.taken() == 5
    let_pass(services, minutes=10)
    chat.writes(9)
    assert chat.taken() == 6


def let_pass(services: Services, *, minutes: int) -> None:
    """What was counted is so much longer ago."""
    with Redis.from_url(services.redis_url) as redis:
        for key in redis.scan_iter("chat-pace:*"):
            for event in redis.zrange(key, 0, -1):
                redis.zincrby(key, -60_000 * minutes, event)


def test_without_redis_each_process_counts(fast: Callable[..., Flask]) -> None:
    """Promise 34: nothing stops, and nobody may write without end either."""
    chat = Chat(fast(redis_url="redis://127.0.0.1:9"), TELEGRAM)
    for number in range(8):
        chat.writes(number)
    assert (chat.taken(), len(chat.told())) == (5, 1)


def test_a_chat_that_is_new_or_gone_is_told_nothing(fast: Callable[..., Flask]) -> None:
    app = fast()
    gone, new = Chat(app, TELEGRAM), Chat(app, TELEGRAM)
    with app.app_context(), transaction() as session:
        session.get_one(ChannelIdentity, gone.id).unreachable_at = clock.now()
        session.delete(session.get_one(ChannelIdentity, new.id))
    for number in range(7):
        gone.writes(number)
        new.writes(number)
    assert (gone.taken(), gone.told(), new.taken(), new.told()) == (5, [], 5, [])
