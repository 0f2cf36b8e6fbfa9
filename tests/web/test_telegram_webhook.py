"""Telegram's updates over HTTP: authenticated, stored once, and nothing else (promise 13)."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain import inbox
from app.domain.chats import identities
from app.integrations.telegram.updates import PATH, SECRET_HEADER
from app.kit import clock
from app.models import InboxItem, InboxProvider, Messenger
from tests.services import TELEGRAM_SECRET
from tests.web.conftest import MakeApp

_numbers = itertools.count(random.randrange(10**8))


def send(app: Flask, body: bytes | dict[str, Any], secret: str | None = TELEGRAM_SECRET) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if secret is None else {SECRET_HEADER: secret}
    return app.test_client().post(PATH, data=data, headers=headers, content_type="application/json")


def update(of: int, /, **what: Any) -> dict[str, Any]:
    """A text of somebody; fields may be replaced."""
    person = {"id": of, "is_bot": False, "first_name": "Алия"}
    message = {"message_id": 5, "date": 1, "from": person, "chat": {"id": of, "type": "private"}, "text": "Алматы"}
    return {"update_id": next(_numbers), "message": message | what}


def press(chat: int, query_id: str) -> dict[str, Any]:
    message = {"message_id": 5, "date": 1, "chat": {"id": chat, "type": "private"}}
    person = {"id": chat, "is_bot": False, "first_name": "Алия"}
    return {
        "update_id": next(_numbers),
        "callback_query": {"id": query_id, "from": person, "message": message, "chat_instance": "1", "data": "menu"},
    }


def stored(app: Flask, chat: int) -> list[InboxItem]:
    with app.app_context(), transaction() as session:
        stream = identities.address_token(Messenger.TELEGRAM, str(chat))
        return list(session.scalars(select(InboxItem).where(InboxItem.stream == stream)))


def count(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return session.scalar(select(func.count()).select_from(InboxItem)) or 0


@pytest.fixture
def chat() -> int:
    """A chat that no other test speaks in."""
    return random.randrange(10**9, 10**10)


def test_the_same_update_fifty_times_is_one(web_app: Flask, chat: int) -> None:
    """Promise 13: one effect, also when they come at once."""
    told = update(chat)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(web_app, told).status_code, range(50)))
    assert answers == [200] * 50
    assert len(stored(web_app, chat)) == 1


def test_the_same_event_under_another_number_is_the_same(web_app: Flask, chat: int) -> None:
    for _ in range(3):
        assert send(web_app, update(chat)).status_code == 200
        assert send(web_app, press(chat, f"{chat}1")).status_code == 200
    assert len(stored(web_app, chat)) == 2
    send(web_app, update(chat, message_id=6))
    send(web_app, update(chat + 1))
    assert (len(stored(web_app, chat)), len(stored(web_app, chat + 1))) == (3, 1)


def test_nothing_of_it_can_be_read_in_the_table(web_app: Flask, chat: int) -> None:
    send(web_app, update(chat, text="ключ 4812"))
    [item] = stored(web_app, chat)
    assert str(chat) not in item.external_id
    assert b"4812" not in (item.body_sealed or b"")
    assert "ключ 4812" in json.loads(item.body or "")["message"]["text"]


@pytest.mark.parametrize(
    "secret", [None, "", "x", TELEGRAM_SECRET[:-1], TELEGRAM_SECRET + "x", TELEGRAM_SECRET.upper(), "секрет"]
)
def test_without_the_secret_it_is_403_and_nothing_is_written(web_app: Flask, chat: int, secret: str | None) -> None:
    """Promise 13."""
    data, headers = (
        json.dumps(update(chat)),
        {} if secret is None else {SECRET_HEADER: secret.encode().decode("latin1")},
    )
    answer = web_app.test_client().post(
        PATH, data=data, headers=headers, environ_overrides={"REMOTE_ADDR": f"198.51.100.{random.randrange(1, 250)}"}
    )
    assert answer.status_code == 403
    assert stored(web_app, chat) == []
    assert TELEGRAM_SECRET not in answer.text


def test_failed_calls_are_limited_and_valid_ones_never(make_app: MakeApp, chat: int) -> None:
    app = make_app(limit_webhook_failures="10/minute")
    failed = Counter(send(app, update(chat), "wrong").status_code for _ in range(15))
    assert failed == {403: 10, 429: 5}
    assert send(app, update(chat)).status_code == 200


def test_an_installation_without_telegram_takes_nothing(make_app: MakeApp, chat: int) -> None:
    app = make_app(telegram_bot_token="", telegram_webhook_secret="")
    assert {send(app, update(chat), secret).status_code for secret in ("", TELEGRAM_SECRET)} == {403}
    assert stored(app, chat) == []


@pytest.mark.parametrize(
    "what",
    [
        {"chat": {"id": -100, "type": "supergroup"}},
        {"chat": {"id": -100, "type": "channel"}},
        {"from": {"id": 1, "is_bot": True, "first_name": "bot"}},
    ],
)
def test_groups_channels_and_bots_are_not_kept(web_app: Flask, chat: int, what: dict[str, Any]) -> None:
    before = count(web_app)
    assert send(web_app, update(chat, **what)).status_code == 200
    edited = {"update_id": next(_numbers), "edited_message": update(chat)["message"]}
    assert send(web_app, edited).status_code == 200
    assert count(web_app) == before


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"no json", b"\x00\xff\xfe", b'{"a":' * 5000, b'{"update_id": "x"}']
)
def test_authentic_nonsense_is_kept_in_a_stream_of_its_own(web_app: Flask, body: bytes) -> None:
    """It reaches the worker, who gives it up: staff sees it, and no chat waits behind it."""
    assert send(web_app, body).status_code == 200
    assert send(web_app, body).status_code == 200
    with web_app.app_context(), transaction() as session:
        found = select(InboxItem).where(InboxItem.provider == InboxProvider.TELEGRAM)
        item = session.scalars(found.order_by(InboxItem.received_at.desc()).limit(1)).one()
        assert item.external_id.startswith("malformed:")
        assert item.stream is not None
        claimed = inbox.claim_turns(session, now=clock.now(), limit=10_000)
        assert item.id in claimed


def test_too_large_a_body_is_refused(web_app: Flask) -> None:
    assert send(web_app, b"x" * (1024 * 1024 + 1)).status_code == 413


def test_no_cookie_is_needed_or_given(web_app: Flask, chat: int) -> None:
    answer = send(web_app, update(chat))
    assert "Set-Cookie" not in answer.headers
    assert answer.json == {"status": "ok"}
