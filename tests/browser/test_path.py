"""The whole path in a real browser: with htmx on a desk and a phone, without JavaScript, and by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.kit.period import Stay
from app.models import Property
from tests.browser.conftest import Screens
from tests.browser.screen import Screen, dates, iso
from tests.e2e.visitor import soon
from tests.factories import CODES, stay_in
from tests.live import Live


@pytest.mark.parametrize(
    ("width", "height"),
    [pytest.param(1440, 900, id="desk", marks=pytest.mark.drill), pytest.param(390, 844, id="phone")],
)
def test_from_home_to_keys_with_htmx(screens: Screens, live: Live, flat: Property, width: int, height: int) -> None:
    screen, stay = screens.open(width, height), soon(nights=2)
    search_from_home(screen, stay)
    choose_flat(screen, flat, stay)
    screen.visible("a.button", "Забронировать").click()
    screen.heading("Войдите по номеру телефона")
    screen.fill_in_phone()
    screen.heading("Введите код")
    screen.page.get_by_label("Код", exact=True).press_sequentially(screen.code())
    screen.heading("Проверьте бронь")
    screen.page.get_by_label("Имя и фамилия").fill("Айгерим Сатпаева")
    screen.visible("button", "Забронировать и оплатить").click()
    screen.heading("Оплатите через Kaspi")
    countdown_runs(screen)
    pay_in_another_window(screen)
    screen.heading("Готово, квартира ваша")
    screen.assert_not_reloaded()
    see_the_keys(screen)
    screen.open("/bookings")
    expect(screen.visible("main a", "Квартира у парка")).to_be_visible()
    screen.assert_content()


def search_from_home(screen: Screen, stay: Stay) -> None:
    page = screen.open("/")
    page.locator("#home-city").select_option("almaty")
    page.locator("#home-check-in").fill(iso(stay.check_in))
    page.locator("#home-check-out").fill(iso(stay.check_out))
    screen.visible("main button", "Найти жильё").click()
    screen.heading("Алматы")
    expect(page).to_have_url(re.compile(f"check_in={stay.check_in}"))


def choose_flat(screen: Screen, flat: Property, stay: Stay) -> None:
    page = screen.page
    card = page.locator(f"#card-{flat.id} a").first
    expect(card).to_be_visible()
    card.click()
    page.wait_for_url(re.compile(f"/p/{flat.id}-"))
    screen.heading("Квартира у парка")
    expect(page.locator("#panel-check-in")).to_have_value(iso(stay.check_in))


def countdown_runs(screen: Screen) -> None:
    clock = screen.page.locator("[data-clock]")
    before = clock.inner_text()
    assert re.fullmatch(r"1[0-5]:\d\d", before)
    expect(clock).not_to_have_text(before)
    screen.mark()


def pay_in_another_window(screen: Screen) -> None:
    kaspi = screen.context.new_page()
    kaspi.goto(screen.pay_url())
    kaspi.get_by_role("button", name="Оплатить").click()
    kaspi.close()


def see_the_keys(screen: Screen) -> None:
    page = screen.page
    page.get_by_role("link", name="Адрес и ключи").click()
    expect(page.locator("#keys")).to_be_visible()
    assert CODES.key_safe not in page.content()
    screen.mark()
    page.get_by_role("button", name="Показать ключи").click()
    expect(page.locator("#keys")).to_contain_text(CODES.key_safe)
    expect(page.locator("#keys")).to_contain_text(CODES.intercom)
    screen.assert_not_reloaded()


def test_from_home_to_keys_without_javascript(screens: Screens, live: Live, flat: Property) -> None:
    screen, stay = screens.open(has_script=False), soon()
    page = screen.open("/")
    page.locator("#home-check-in").fill(iso(stay.check_in))
    page.locator("#home-check-out").fill(iso(stay.check_out))
    screen.visible("main form button", "Алматы").click()
    screen.heading("Алматы")
    choose_flat(screen, flat, stay)
    page.locator("#panel-guests").select_option("3")
    page.get_by_role("button", name="Показать цену").click()
    expect(page.locator("#panel-guests")).to_have_value("3")
    screen.visible("a.button", "Забронировать").click()
    screen.fill_in_phone()
    page.get_by_label("Код", exact=True).fill(screen.code())
    screen.visible("main button", "Войти").click()
    page.get_by_label("Имя и фамилия").fill("Айгерим Сатпаева")
    screen.visible("button", "Забронировать и оплатить").click()
    expect(page.locator("#pay")).to_be_visible()
    assert live.standins.pay(screen.pay_url()) == "paid"
    screen.heading("Готово, квартира ваша")
    page.get_by_role("link", name="Адрес и ключи").click()
    page.get_by_role("button", name="Показать ключи").click()
    expect(page.locator("#keys")).to_contain_text(CODES.key_safe)
    screen.visible("a", "Мои бронирования").click()
    expect(screen.visible("main a", "Квартира у парка")).to_be_visible()
    screen.assert_content()


def test_from_results_to_keys_by_keyboard_alone(screens: Screens, live: Live, flat_alone: Property) -> None:
    screen, stay = screens.open(), soon()
    page = screen.open(f"/uralsk?{dates(stay)}&guests=2")
    press_on(screen, f"#card-{flat_alone.id} a")
    screen.heading("Квартира у парка")
    press_on(screen, "#book")
    screen.heading("Войдите по номеру телефона")
    go_to(screen, "#phone")
    page.keyboard.type(screen.phone)
    page.keyboard.press("Enter")
    screen.heading("Введите код")
    go_to(screen, "#code")
    page.keyboard.type(screen.code())
    screen.heading("Проверьте бронь")
    go_to(screen, "#guest-name")
    page.keyboard.type("Айгерим Сатпаева")
    page.keyboard.press("Enter")
    expect(page.locator("#pay")).to_be_visible()
    go_to(screen, "#pay")
    assert live.standins.pay(screen.pay_url()) == "paid"
    screen.heading("Готово, квартира ваша")
    press_on(screen, "main a[href^='/bookings/']")
    expect(page.locator("#keys")).to_be_visible()
    press_on(screen, "#keys button")
    expect(page.locator("#keys")).to_contain_text(CODES.key_safe)
    screen.assert_content()


_SHOWS_FOCUS = """() => {
  const shows = (style) => style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  const focused = document.activeElement;
  return [null, '::after'].some((part) => shows(getComputedStyle(focused, part)));
}"""


def go_to(screen: Screen, selector: str) -> None:
    """Press Tab until the element has the focus, which must be seen."""
    for _ in range(150):
        if screen.page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            break
        screen.page.keyboard.press("Tab")
    else:
        pytest.fail(f"Tab does not lead to {selector} on {screen.page.url}")
    is_seen = screen.page.evaluate(_SHOWS_FOCUS)
    assert is_seen, f"the focus on {selector} cannot be seen"


def press_on(screen: Screen, selector: str) -> None:
    """Go to the element with Tab and press Enter."""
    go_to(screen, selector)
    screen.page.keyboard.press("Enter")


def test_changed_dates_change_the_results_and_back_brings_the_old_ones(
    screens: Screens, live: Live, flat_alone: Property
) -> None:
    screen, stay, longer = screens.open(), stay_in(10, 2), stay_in(10, 4)
    page = screen.open(f"/uralsk?{dates(stay)}&guests=2")
    price = page.locator(f"#card-{flat_alone.id} .card__price")
    before = price.inner_text()
    screen.mark()
    page.locator("#search-check-out").fill(iso(longer.check_out))
    expect(price).not_to_have_text(before)
    expect(price).to_contain_text("за 4 ночи")
    page.wait_for_url(re.compile(f"check_out={longer.check_out}"))
    screen.assert_not_reloaded()
    page.go_back()
    expect(page.locator(f"#card-{flat_alone.id} .card__price")).to_contain_text("за 2 ночи")
    page.wait_for_url(re.compile(f"check_out={stay.check_out}"))
    page.go_forward()
    expect(page.locator(f"#card-{flat_alone.id} .card__price")).to_contain_text("за 4 ночи")
    screen.assert_content()


def test_changed_dates_change_the_price_of_a_flat_without_a_reload(screens: Screens, flat: Property) -> None:
    screen, stay, longer = screens.open(), stay_in(10, 2), stay_in(10, 3)
    page = screen.open(f"/p/{flat.id}-{flat.slug}?{dates(stay)}&guests=2")
    total = page.locator(".quote__total dd").filter(visible=True)
    expect(total).to_contain_text("36 000")
    screen.mark()
    page.locator("#panel-check-out").fill(iso(longer.check_out))
    expect(total).to_contain_text("52 500")
    page.wait_for_url(re.compile(f"check_out={longer.check_out}"))
    page.locator("#clear-dates").click()
    page.locator(f"#day-{stay_in(20).check_in}").click()
    expect(page.locator("#calendar-title")).to_contain_text("Выберите день выезда")
    page.locator(f"#day-{stay_in(21).check_in}").click()
    expect(total).to_contain_text("19 500")
    screen.assert_not_reloaded()
    screen.assert_content()


def test_declined_is_said_and_tried_again_without_a_reload(screens: Screens, live: Live, flat: Property) -> None:
    screen = screens.open(390, 844).is_signed_in()
    page = hold(screen, flat, stay_in(10))
    first = screen.pay_url()
    live.standins.decline(first)
    screen.heading("Оплата не прошла")
    page.get_by_role("button", name="Попробовать ещё раз").click()
    expect(page.locator("#pay")).to_be_visible()
    assert screen.pay_url() != first
    live.standins.pay(screen.pay_url())
    screen.heading("Готово, квартира ваша")
    screen.assert_content()


def hold(screen: Screen, flat: Property, stay: Stay) -> Page:
    """Hold a stay and wait for the link to Kaspi."""
    page = screen.open(f"/checkout?property_id={flat.id}&{dates(stay)}&guests=2")
    page.get_by_label("Имя и фамилия").fill("Айгерим Сатпаева")
    screen.visible("button", "Забронировать и оплатить").click()
    expect(page.locator("#pay")).to_be_visible()
    return page
