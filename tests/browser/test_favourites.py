"""Hearts in a real browser: pressed in place, by hand and by keyboard, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from app.models import Property
from tests.browser.conftest import Screens
from tests.browser.screen import Screen, dates
from tests.browser.test_layout import assert_fits
from tests.factories import stay_in


def heart_of(screen: Screen, flat: Property) -> Locator:
    return screen.page.locator(f"#heart-{flat.id}")


def search_for(flat: Property) -> str:
    """A search that this flat is among the results of."""
    return f"/almaty?{dates(stay_in(15))}&guests=2&price_from={flat.base_price}"


def is_listed(screen: Screen, flat: Property) -> bool:
    screen.open("/favourites")
    return screen.page.locator(f"#card-{flat.id}").count() == 1


def test_a_heart_is_pressed_in_place(screens: Screens, flat: Property) -> None:
    screen = screens.open(390, 844).is_signed_in()
    path = f"/p/{flat.id}-{flat.slug}?{dates(stay_in(15))}&guests=2"
    screen.open(path)
    screen.mark()
    heart = heart_of(screen, flat)
    box = heart.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    expect(heart).to_be_focused()
    expect(screen.page.get_by_role("button", name="В избранное Квартира у парка", pressed=True)).to_be_visible()
    screen.page.keyboard.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "false")
    screen.page.keyboard.press("Space")
    expect(heart).to_have_attribute("aria-pressed", "true")
    screen.assert_not_reloaded()
    assert screen.page.url.endswith(path), "the address is the page's"
    assert is_listed(screen, flat)
    assert_fits(screen)
    screen.assert_content()


def test_hearts_of_a_list_work_after_the_list_was_swapped(screens: Screens, flat: Property) -> None:
    screen = screens.open().is_signed_in()
    page = screen.open(search_for(flat))
    screen.mark()
    page.locator("#sort-price").click()
    expect(page).to_have_url(re.compile("sort=price"))
    first = page.locator(".cards .heart").first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    page.locator("#sort-recommended").click()
    expect(page).not_to_have_url(re.compile("sort="))
    expect(page.locator('.cards .heart[aria-pressed="true"]')).to_have_count(1)
    screen.assert_not_reloaded()
    screen.assert_content()


def test_a_heart_does_not_open_the_flat(screens: Screens, flat: Property) -> None:
    """The whole card is a link; its heart lies over it."""
    screen = screens.open().is_signed_in()
    page = screen.open(f"/p/{flat.id}-{flat.slug}")
    heart_of(screen, flat).click()
    expect(heart_of(screen, flat)).to_have_attribute("aria-pressed", "true")
    page.goto("/favourites")
    heart_of(screen, flat).click()
    expect(heart_of(screen, flat)).to_have_attribute("aria-pressed", "false")
    expect(page).to_have_url(re.compile("/favourites$"))
    expect(page.locator(f"#card-{flat.id}")).to_be_visible()
    assert not is_listed(screen, flat)
    screen.assert_content()


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_whoever_is_not_signed_in_is_first(screens: Screens, flat: Property, *, has_script: bool) -> None:
    screen = screens.open(390, 844, has_script=has_script)
    path = f"/p/{flat.id}-{flat.slug}?{dates(stay_in(15))}&guests=2"
    page = screen.open(path)
    heart_of(screen, flat).click()
    expect(page.locator("main")).to_contain_text("сохраним в избранное")
    assert_fits(screen)
    screen.page.set_viewport_size({"width": 390, "height": 844})
    screen.fill_in_phone()
    page.locator("#code").fill(screen.code())
    if not has_script:
        screen.visible("main button", "Войти").click()
    expect(page).to_have_url(re.compile(re.escape(path)))
    heart = heart_of(screen, flat)
    expect(heart).to_have_attribute("aria-pressed", "true")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "false")
    expect(page).to_have_url(re.compile(re.escape(path)))
    screen.assert_content()
