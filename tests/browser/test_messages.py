"""Guest and landlord in two windows: what one writes appears in the other's open page, and that it was read."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from playwright.sync_api import FilePayload, expect

from app.models import Property
from tests import factories, pictures
from tests.browser.conftest import Screens
from tests.browser.screen import Screen
from tests.browser.test_layout import assert_fits
from tests.e2e.visitor import signed_in_cookie
from tests.live import Live

AT_LEAST_TWICE = re.compile(r"^([2-9]|\d{2,})$")


def signed_in(screen: Screen, live: Live, user_id: UUID) -> Screen:
    cookie = signed_in_cookie(live, user_id)
    screen.context.add_cookies([{"name": "session", "value": cookie, "url": live.base_url, "httpOnly": True}])
    return screen


def write(screen: Screen, text: str) -> None:
    screen.page.get_by_label("Ваше сообщение").fill(text)
    screen.page.get_by_role("button", name="Отправить").click()
    expect(screen.page.locator(".message--mine").last).to_contain_text(text)


@pytest.fixture
def people(live: Live, screens: Screens, flat: Property) -> tuple[Screen, Screen]:
    """A guest's window and the landlord's."""
    with live.transaction() as session:
        guest_id = factories.make_user(session)
    return signed_in(screens.open(), live, guest_id), signed_in(screens.open(390), live, flat.landlord_id)


def test_two_people_talk(people: tuple[Screen, Screen], flat: Property) -> None:
    guest, host = people
    guest.open(f"/p/{flat.id}-{flat.slug}")
    guest.page.get_by_role("link", name="Написать хозяину").click()
    assert_fits(guest)
    write(guest, "Добрый день!\nМожно заехать в полдень?")
    assert_fits(guest)

    host.open("/")
    expect(host.page.locator("summary .unread")).to_contain_text("1")
    host.open("/cabinet/messages")
    assert_fits(host)
    host.page.get_by_role("link", name="Айгерим").click()
    expect(host.page.locator("#log")).to_contain_text("Можно заехать в полдень?")
    expect(guest.page.locator(".message--mine").last).to_contain_text("прочитано")
    expect(host.page.locator("summary .unread")).to_have_count(0)

    guest.mark()
    host.mark()
    guest.page.get_by_label("Ваше сообщение").fill("И ещё")
    write(host, "Да, в полдень удобно")
    expect(host.page.get_by_label("Ваше сообщение")).to_have_value("")
    expect(host.page.get_by_label("Ваше сообщение")).to_be_focused()
    expect(guest.page.locator("#log")).to_contain_text("Да, в полдень удобно")
    expect(guest.page.get_by_label("Ваше сообщение")).to_have_value("И ещё")
    for number in range(5):
        write(host, f"Подсказка {number}: " + "подъезд со двора, " * 6)
    expect(guest.page.locator("#log")).to_contain_text("Подсказка 4")
    expect(guest.page.locator(".message").last).to_be_in_viewport()
    guest.assert_not_reloaded()
    host.assert_not_reloaded()
    assert_fits(host)
    guest.assert_content()
    host.assert_content()


def test_it_works_without_scripts(live: Live, screens: Screens, flat: Property) -> None:
    with live.transaction() as session:
        guest_id = factories.make_user(session)
    guest = signed_in(screens.open(has_script=False), live, guest_id)
    host = signed_in(screens.open(has_script=False), live, flat.landlord_id)
    guest.open(f"/messages/to/{flat.id}")
    write(guest, "Есть парковка?")
    host.open("/cabinet/messages")
    host.page.get_by_role("link", name="Айгерим").click()
    host.page.get_by_role("button", name="Прочитано, показать новые").click()
    expect(host.page.locator("summary .unread")).to_have_count(0)
    write(host, "Есть, во дворе")
    guest.page.get_by_role("button", name="Прочитано, показать новые").click()
    expect(guest.page.locator("#log")).to_contain_text("Есть, во дворе")


def test_a_hidden_tab_asks_nothing_until_it_is_looked_at(people: tuple[Screen, Screen], flat: Property) -> None:
    """A message that nobody looks at is not read."""
    guest, host = people
    guest.open(f"/messages/to/{flat.id}")
    write(guest, "Есть лифт?")
    guest.page.evaluate(
        """() => {
          window.isHidden = true;
          let wished = 0;
          Object.defineProperty(document, "hidden", { get: () => window.isHidden });
          document.addEventListener("htmx:before:request", () => {
            wished += 1;
            document.documentElement.dataset.wished = wished;
          });
        }"""
    )
    asked: list[str] = []
    guest.page.on("request", lambda request: asked.append(request.url))
    host.open(guest.page.url)
    write(host, "Есть")
    expect(guest.page.locator("html")).to_have_attribute("data-wished", AT_LEAST_TWICE)
    assert [url for url in asked if url.endswith("/seen")] == []
    expect(host.page.locator(".message--mine")).not_to_contain_text("прочитано")
    guest.page.evaluate("() => { window.isHidden = false; }")
    expect(guest.page.locator(".message")).to_have_count(2)
    expect(host.page.locator(".message--mine")).to_contain_text("прочитано")


def test_a_photo_goes_without_leaving_the_page_and_appears_in_the_other_window(
    live: Live, screens: Screens, flat: Property
) -> None:
    with live.transaction() as session:
        guest_id = factories.make_user(session)
        prop = session.get_one(Property, flat.id)
        factories.make_paid_booking(session, prop, guest_id, factories.stay_in(40))
    guest, host = signed_in(screens.open(390), live, guest_id), signed_in(screens.open(), live, flat.landlord_id)
    guest.open(f"/messages/to/{flat.id}")
    assert_fits(guest)
    write(guest, "Кран течёт")
    host.open("/cabinet/messages")
    host.page.get_by_role("link", name="Айгерим").click()
    guest.mark()
    host.mark()
    file: FilePayload = {"name": "кран.jpg", "mimeType": "image/jpeg", "buffer": pictures.picture((1200, 900))}
    guest.page.get_by_label("Фото", exact=True).set_input_files(file)
    guest.page.get_by_role("button", name="Отправить").click()
    for screen in (guest, host):
        shown = screen.page.locator(".message__photo img")
        expect(shown).to_have_js_property("naturalWidth", 1200)
        assert_fits(screen)
        screen.assert_not_reloaded()
        screen.assert_content()
    expect(guest.page.get_by_label("Фото", exact=True)).to_have_value("")
