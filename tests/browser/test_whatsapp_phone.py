"""The stand-ins' WhatsApp phone in a browser: it sends without a new page, and what comes shows itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories import new_phone
from tests.integrations.recorder import Recorder
from tests.integrations.whatsapp import Business, form_of, list_picker
from tests.standins import StandIns


@pytest.fixture
def business(tmp_path: Path) -> Iterator[Business]:
    """The business of one person with a phone, on stand-ins of its own."""
    portal = Recorder()
    with StandIns(tmp_path, portal_url=portal.url) as standins:
        ours = Business(standins, portal, new_phone())
        yield ours
        ours.http.close()
    portal.close()


@pytest.mark.parametrize(("width", "height", "scheme"), [(390, 844, "light"), (1440, 900, "dark")])
def test_a_conversation(*, chromium: Browser, business: Business, width: int, height: int, scheme: str) -> None:
    page = chromium.new_page(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(f"{business.http.base_url}/whatsapp/chats/{business.phone}")

    page.get_by_role("button", name="Здравствуйте!").click()
    expect(page.locator(".is-mine .wa-text")).to_have_text(["Здравствуйте!"])
    page.get_by_label("Сообщение", exact=True).fill("Нужна квартира")
    page.keyboard.press("Enter")
    expect(page.locator(".is-mine .wa-text")).to_have_text(["Здравствуйте!", "Нужна квартира"])
    expect(page.get_by_label("Сообщение", exact=True)).to_have_value("")

    business.send_content(business.content(list_picker(*(f"Город {number}" for number in range(10)))))
    page.get_by_text("Выбрать", exact=True).first.click()
    expect(page.locator(".wa-sheet")).to_be_visible()
    _stays_in_the_phone(page)
    page.get_by_role("button", name="Город 7").click()
    expect(page.locator(".is-mine .wa-text").last).to_have_text("Город 7")
    assert form_of(business.inbound(count=3)[-1])["ListId"] == "id:Город 7"
    expect(page.locator(".wa-sheet")).to_be_hidden()

    page.locator("summary[aria-label=Меню]").click()
    page.get_by_role("button", name="Прошло 25 часов").click()
    expect(page.locator("#wa-window")).to_have_text("окно закрыто, дойдёт только шаблон")
    business.send(Body="Поздно")
    expect(page.locator(".wa-trouble")).to_contain_text("63016")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert troubles == []
    page.close()


def _stays_in_the_phone(page: Page) -> None:
    """The open list is seen whole and covers nothing beside the phone."""
    phone, sheet = page.locator(".wa-phone").bounding_box(), page.locator(".wa-sheet").bounding_box()
    assert phone is not None
    assert sheet is not None
    assert phone["x"] <= sheet["x"]
    assert sheet["x"] + sheet["width"] <= phone["x"] + phone["width"]
    assert phone["y"] < sheet["y"]
    assert sheet["y"] + sheet["height"] <= phone["y"] + phone["height"] + 1
