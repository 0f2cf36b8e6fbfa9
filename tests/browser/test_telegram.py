"""Telegram on the portal in a real browser: linking a chat, the Mini App, what the widget leads back to."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from playwright.sync_api import expect

from app.domain.accounts import people
from app.domain.chats import identities
from app.kit import clock
from app.models import Messenger
from tests import factories
from tests.browser.conftest import Screens
from tests.browser.test_layout import assert_fits
from tests.live import Live
from tests.telegram_phone import TelegramPhone


def linked(live: Live) -> TelegramPhone:
    """A guest whose Telegram is tied to their account."""
    phone = TelegramPhone(live.standins.base_url, factories.new_phone())
    with live.transaction() as session:
        now = clock.now()
        user = people.find_or_create(session, phone.number, language="ru", now=now)
        chat = identities.lock(session, Messenger.TELEGRAM, str(phone.id), now=now).chat
        identities.link(session, chat, user.id, now=now)
    return phone


def test_a_mini_app_signs_in_by_itself_and_keeps_no_proof_in_its_address(screens: Screens, live: Live) -> None:
    phone, screen = linked(live), screens.open(390)
    query = urlencode({"url": f"{live.base_url}/auth/telegram/mini-app"})
    screen.open(f"{live.standins.base_url}/telegram/chats/{phone.id}/app?{query}")
    screen.page.wait_for_url(f"{live.base_url}/bookings")
    screen.heading("Мои бронирования")
    screen.page.go_back()
    assert "tgWebAppData" not in screen.page.url


def test_the_widget_returns_to_a_page_that_asks_and_signs_in(screens: Screens, live: Live) -> None:
    phone, screen = linked(live), screens.open(390)
    screen.open("/sign-in")
    screen.page.get_by_role("link", name="Войти через Telegram").click()
    screen.page.get_by_role("link", name="Открыть Telegram").click()
    assert_fits(screen)
    screen.page.locator(f'a[href*="/{phone.id}/login"]').click()
    screen.heading("Вход через Telegram")
    assert_fits(screen)
    screen.visible("main button", "Войти").click()
    screen.heading("Мои бронирования")
    screen.assert_content()


def test_the_profile_leads_into_the_chat_and_lets_it_go(screens: Screens, live: Live) -> None:
    phone, screen = TelegramPhone(live.standins.base_url, factories.new_phone()), screens.open().is_signed_in()
    screen.open("/profile")
    assert_fits(screen)
    href = screen.page.get_by_role("link", name="Связать Telegram").get_attribute("href") or ""
    payload = re.search(r"start=(t[\w-]+)$", href)
    assert payload is not None
    assert href.startswith(f"{live.standins.telegram_url}/open?")
    phone.start()
    phone.wait_for("Choose a language")
    phone.press("Русский")
    phone.wait_for("Что сделаем?")
    phone.start(payload[1])
    phone.wait_for("Связать этот чат")
    phone.press("Да, это мой аккаунт")
    phone.wait_for("чат связан")
    screen.open(f"{live.standins.base_url}/telegram/")
    assert_fits(screen)
    screen.open("/profile")
    assert_fits(screen)
    screen.page.get_by_role("button", name="Отвязать Telegram").click()
    expect(screen.page.get_by_role("button", name="Отвязать Telegram")).to_have_count(0)
    screen.assert_content()


def test_the_mini_app_page_outside_telegram_says_what_to_do(screens: Screens) -> None:
    screen = screens.open()
    screen.open("/auth/telegram/mini-app")
    expect(screen.page.get_by_text("Откройте эту страницу кнопкой в Telegram")).to_be_visible()
    expect(screen.page.locator("[data-mini-app]")).to_be_hidden()
    assert_fits(screen)
    screen.open("/sign-in")
    expect(screen.page.get_by_role("link", name="Войти через Telegram")).to_be_visible()
    assert_fits(screen)
    screen.assert_content()
