"""Signing in by Telegram, and the chats on the profile."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

import pytest
from flask import Flask

from app.db import transaction
from app.domain.accounts.people import block
from app.domain.chats import identities
from app.kit import clock
from app.local.standins.telegram.people import Person
from app.local.standins.telegram.signing import init_data, login_data
from app.models import ChannelIdentity, Messenger, Property, Role
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay

TOKEN = "7000000001:test-telegram-bot-token-0123456789a"


def person(number: int) -> Person:
    """Somebody's Telegram with this id."""
    return Person(number, "Алия", "", "", "+77015550101", "ru", 1, 0, "", "", 0, 1)


@pytest.fixture
def telegram_id() -> int:
    return random.randrange(10**9, 10**10)


def link(app: Flask, telegram_id: int, user_id: UUID, *, days_ago: int = 0) -> UUID:
    """Tie the chat to the account; the chat's id."""
    with app.app_context(), transaction() as session:
        now = clock.now() - timedelta(days=days_ago)
        chat = identities.lock(session, Messenger.TELEGRAM, str(telegram_id), now=now).chat
        identities.link(session, chat, user_id, now=now)
        return chat.id


def guest_of(app: Flask, *roles: Role) -> UUID:
    with app.app_context(), transaction() as session:
        return factories.make_user(session, roles=roles or (Role.GUEST,))


def returned(telegram_id: int, *, age: int = 0) -> str:
    """Where the widget leads back to."""
    data = login_data(person(telegram_id), token=TOKEN, now=clock.now().timestamp() - age)
    return f"/auth/telegram?{urlencode(data)}"


def proof_on(browser: Browser, telegram_id: int) -> str:
    page = browser.get(returned(telegram_id))
    assert page.status_code == 200
    found = re.search(r'name="proof" value="([^"]*)"', page.text)
    assert found is not None
    return unescape(found[1])


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/bookings").status_code == 200


def test_a_linked_guest_signs_in_with_one_press(web_app: Flask, telegram_id: int) -> None:
    link(web_app, telegram_id, guest_of(web_app))
    browser = Browser(web_app)
    proof = proof_on(browser, telegram_id)
    assert not is_signed_in(browser), "following a link signs nobody in"
    assert browser.post("/auth/telegram", {"proof": proof}).location == "/bookings"
    assert is_signed_in(browser)


def test_a_proof_counts_once(web_app: Flask, telegram_id: int) -> None:
    link(web_app, telegram_id, guest_of(web_app))
    first, second = Browser(web_app), Browser(web_app)
    proof = proof_on(first, telegram_id)
    assert first.post("/auth/telegram", {"proof": proof}).status_code == 302
    assert second.post("/auth/telegram", {"proof": proof}).status_code == 409
    assert not is_signed_in(second)


def test_a_mini_app_signs_in_too_and_once(web_app: Flask, telegram_id: int) -> None:
    link(web_app, telegram_id, guest_of(web_app))
    given = init_data(person(telegram_id), token=TOKEN, now=clock.now().timestamp())
    browser = Browser(web_app)
    assert "data-mini-app" in browser.get("/auth/telegram/mini-app").text
    assert browser.post("/auth/telegram/mini-app", {"init_data": given}).location == "/bookings"
    assert is_signed_in(browser)
    assert Browser(web_app).post("/auth/telegram/mini-app", {"init_data": given}).status_code == 409


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("nobody's", "не связан с аккаунтом"),
        ("idle", "не связан с аккаунтом"),
        ("landlord", "нужен код"),
        ("support", "нужен код"),
        ("admin", "нужен код"),
        ("blocked", "заблокирован"),
    ],
)
def test_who_may_not_is_told_why_and_how(web_app: Flask, telegram_id: int, case: str, words: str) -> None:
    """3-domain: half a year idle is nobody's; landlords need a second proof, staff too."""
    roles = {"landlord": (Role.GUEST, Role.LANDLORD), "support": (Role.SUPPORT,), "admin": (Role.ADMIN,)}
    user_id = guest_of(web_app, *roles.get(case, ()))
    if case != "nobody's":
        link(web_app, telegram_id, user_id, days_ago=181 if case == "idle" else 0)
    if case == "blocked":
        with web_app.app_context(), transaction() as session:
            block(session, user_id, staff_id=user_id, now=clock.now())
    browser = Browser(web_app)
    answer = browser.post("/auth/telegram", {"proof": proof_on(browser, telegram_id)})
    assert answer.status_code == 403
    assert words in text_of(answer)
    assert 'href="/sign-in"' in answer.text
    assert not is_signed_in(browser)


def test_old_and_forged_proofs_are_refused_on_both_ways(web_app: Flask, telegram_id: int) -> None:
    """Promise 13."""
    link(web_app, telegram_id, guest_of(web_app))
    browser = Browser(web_app)
    assert browser.get(returned(telegram_id, age=24 * 3600 + 5)).status_code == 409
    good = returned(telegram_id)
    for forged in (
        good.replace(str(telegram_id), str(telegram_id + 1)),
        good[:-1],
        "/auth/telegram?id=1",
        f"{good}&x=1",
    ):
        assert browser.get(forged).status_code == 422
        assert browser.post("/auth/telegram", {"proof": forged.partition("?")[2]}).status_code == 422
    old = init_data(person(telegram_id), token=TOKEN, now=clock.now().timestamp() - 3605)
    assert browser.post("/auth/telegram/mini-app", {"init_data": old}).status_code == 409
    assert browser.post("/auth/telegram/mini-app", {"init_data": old[:-1]}).status_code == 422
    assert not is_signed_in(browser)


def test_the_page_can_be_read_in_another_language(web_app: Flask, telegram_id: int) -> None:
    assert Browser(web_app).get(f"{returned(telegram_id)}&lang=kk").status_code == 200


def test_without_redis_no_proof_counts(make_app: MakeApp, telegram_id: int) -> None:
    app = make_app(redis_url="redis://127.0.0.1:9/0")
    link(app, telegram_id, guest_of(app))
    browser = Browser(app)
    assert browser.post("/auth/telegram", {"proof": proof_on(browser, telegram_id)}).status_code == 409


def test_only_the_widgets_page_lets_telegrams_script_in(web_app: Flask, make_app: MakeApp) -> None:
    assert "/sign-in/telegram" in Browser(web_app).get("/sign-in").text
    page = Browser(web_app).get("/sign-in/telegram")
    assert 'data-telegram-login="zhilego_test_bot"' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "https://telegram.org" in policy
    assert "frame-src https://oauth.telegram.org" in policy
    assert "unsafe" not in policy
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    assert "telegram.org" not in Browser(web_app).get("/sign-in").headers["Content-Security-Policy"]
    without = make_app(telegram_bot_token="", telegram_webhook_secret="")
    assert "/sign-in/telegram" not in Browser(without).get("/sign-in").text
    assert Browser(without).get("/sign-in/telegram").status_code == 302
    local = Browser(make_app(telegram_login_url="http://127.0.0.1:9/login")).get("/sign-in/telegram")
    assert 'href="http://127.0.0.1:9/login?url=http%3A//localhost/auth/telegram"' in local.text
    assert "telegram.org" not in local.headers["Content-Security-Policy"] + local.text


# --- the profile ---------------------------------------------------------------------------------


def test_the_profile_links_a_chat_and_lets_it_go(web_app: Flask, telegram_id: int) -> None:
    user_id = guest_of(web_app)
    browser = Browser(web_app)
    browser.sign_in(user_id)
    page = browser.get("/profile")
    found = re.search(r'href="https://t\.me/zhilego_test_bot\?start=t([A-Za-z0-9_-]{1,63})"', page.text)
    assert found is not None
    with web_app.app_context():
        assert identities.user_of_token(found[1], now=clock.now()) == user_id
    chat_id = link(web_app, telegram_id, user_id)
    assert "Отвязать" in text_of(browser.get("/profile"))
    assert browser.post("/profile/chats/unlink", {"chat": str(chat_id)}).status_code == 303
    assert "Отвязать" not in text_of(browser.get("/profile"))


def test_nobody_lets_go_of_anothers_chat(web_app: Flask, telegram_id: int) -> None:
    owner, other = guest_of(web_app), guest_of(web_app)
    chat_id = link(web_app, telegram_id, owner)
    browser = Browser(web_app)
    browser.sign_in(other)
    for given in (str(chat_id), "nonsense", ""):
        assert browser.post("/profile/chats/unlink", {"chat": given}).status_code == 404
    with web_app.app_context(), transaction() as session:
        assert session.get_one(ChannelIdentity, chat_id).user_id == owner


def test_a_closed_chat_is_said_to_be_closed(web_app: Flask, telegram_id: int) -> None:
    user_id = guest_of(web_app)
    chat_id = link(web_app, telegram_id, user_id)
    with web_app.app_context(), transaction() as session:
        identities.note_gone(session, chat_id, now=clock.now())
    browser = Browser(web_app)
    browser.sign_in(user_id)
    assert "Чат закрыт" in text_of(browser.get("/profile"))


def test_whatsapp_has_a_link_where_there_is_one(make_app: MakeApp) -> None:
    app = make_app(whatsapp_link_base="https://wa.me/77270000000?text=", telegram_bot_token="")
    browser = Browser(app)
    browser.sign_in(guest_of(app))
    page = browser.get("/profile").text
    assert re.search(r'href="https://wa\.me/77270000000\?text=ZG-t[A-Za-z0-9_-]{1,63}"', page)
    assert "t.me" not in page


def test_without_whatsapp_there_is_no_link_to_it(make_app: MakeApp) -> None:
    app = make_app(twilio_whatsapp_from="")
    browser = Browser(app)
    browser.sign_in(guest_of(app))
    assert "WhatsApp" not in browser.get("/profile").text


def test_flats_and_bookings_open_in_telegram(guest: Browser, flat: Property, open_stay: Stay) -> None:
    base = "https://t.me/zhilego_test_bot?start="
    assert f'{base}p{flat.id}"' in guest.get(f"/p/{flat.id}-{flat.slug}").text
    assert f'{base}b{open_stay.reference}"' in guest.get(f"/bookings/{open_stay.reference}").text
