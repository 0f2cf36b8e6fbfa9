"""Every page on every width, light and dark, in every language: nothing sticks out, nothing complains."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import expect

from app.models import Property
from tests.browser.conftest import Screens
from tests.browser.screen import Screen, dates
from tests.browser.test_path import hold
from tests.e2e.visitor import soon
from tests.factories import stay_in
from tests.live import Live

WIDTHS: dict[Literal["light", "dark"], tuple[int, ...]] = {"light": (1440, 768, 390, 360), "dark": (360, 1440)}
"""Colours do not change the layout, so the dark ones are looked at where it is tightest and widest."""


def assert_fits(screen: Screen) -> None:
    """No page is wider than its window, at any width, light or dark."""
    for scheme, widths in WIDTHS.items():
        screen.page.emulate_media(color_scheme=scheme)
        for width in widths:
            screen.page.set_viewport_size({"width": width, "height": 900})
            wide = screen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{screen.page.url} sticks out by {wide} px at {width} px, {scheme}"


def test_public_pages_fit_every_screen(screens: Screens, flat: Property) -> None:
    screen, stay = screens.open(), stay_in(12)
    paths = ["/", "/almaty", f"/almaty?{dates(stay)}&guests=2", f"/p/{flat.id}-{flat.slug}?{dates(stay)}&guests=2"]
    paths += [f"/p/{flat.id}-{flat.slug}?{dates(stay_in(-3))}", "/almaty?rooms=4&guests=10", "/sign-in"]
    for path in paths:
        screen.open(path)
        assert_fits(screen)
    screen.fill_in_phone()
    screen.heading("Введите код")
    assert_fits(screen)
    screen.assert_content()


def test_pages_of_a_guest_fit_every_screen(screens: Screens, live: Live, flat: Property) -> None:
    screen = screens.open().is_signed_in()
    for path in ("/bookings", "/profile", f"/checkout?property_id={flat.id}&{dates(soon())}&guests=2"):
        screen.open(path)
        assert_fits(screen)
    hold(screen, flat, soon())
    reference = screen.reference
    assert_fits(screen)
    live.standins.pay(screen.pay_url())
    screen.heading("Готово, квартира ваша")
    assert_fits(screen)
    screen.open(f"/bookings/{reference}")
    assert_fits(screen)
    screen.page.get_by_role("button", name="Показать ключи").click()
    expect(screen.page.locator("#keys dl")).to_be_visible()
    assert_fits(screen)
    screen.open("/bookings")
    assert_fits(screen)
    screen.assert_content()


def test_the_page_that_does_not_exist_fits_every_screen(screens: Screens) -> None:
    screen = screens.open()
    screen.open("/takogo-goroda-net")
    screen.heading("Такой страницы нет")
    assert_fits(screen)


@pytest.mark.parametrize(
    ("language", "city"), [("kk", "Алматы"), pytest.param("en", "Almaty", marks=pytest.mark.drill)]
)
def test_pages_speak_other_languages(screens: Screens, flat: Property, language: str, city: str) -> None:
    screen, stay = screens.open(), stay_in(12)
    page = screen.open(f"/?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert "Квартира на ночь" not in page.locator("h1").inner_text()
    for path in (f"/almaty?{dates(stay)}", f"/p/{flat.id}-{flat.slug}?{dates(stay)}&guests=2", "/sign-in"):
        screen.open(path)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert_fits(screen)
    screen.open(f"/almaty?{dates(stay)}")
    expect(page.locator("h1")).to_contain_text(city)
    screen.assert_content()
