"""A guest cancels and extends in a real browser, with the payment at Kaspi's stand-in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.kit import clock
from app.models import Booking, PromoCode, Property, Refund
from tests import factories
from tests.browser.conftest import Screens
from tests.browser.screen import Screen, dates
from tests.browser.test_layout import assert_fits
from tests.e2e.visitor import signed_in_cookie
from tests.factories import stay_in
from tests.live import Live


@pytest.fixture
def booking(live: Live, flat: Property) -> Booking:
    """Two nights in ten days, paid three days ago."""
    with live.transaction() as session:
        guest_id = factories.make_user(session)
        found = factories.make_paid_booking(session, flat, guest_id, stay_in(10))
        found.confirmed_at = clock.now() - timedelta(days=3)
    return found


def as_guest_of(booking: Booking, screen: Screen) -> Screen:
    """Give the window the session of the booking's guest."""
    cookie = signed_in_cookie(screen.live, booking.guest_id)
    screen.context.add_cookies([{"name": "session", "value": cookie, "url": screen.live.base_url, "httpOnly": True}])
    return screen


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no-script"])
def test_cancelling_shows_the_refund_and_owes_it(
    screens: Screens, live: Live, booking: Booking, *, has_script: bool
) -> None:
    screen = as_guest_of(booking, screens.open(390, 844, has_script=has_script))
    page = screen.open(f"/bookings/{booking.reference}")
    page.locator("#cancel").click()
    screen.heading("Отменить бронь?")
    refund = page.locator(".refund .quote__total dd")
    expect(refund).to_contain_text("36 000")
    expect(page.locator("main")).to_contain_text("Если отменить позже, вернём 18 000")
    page.locator("#confirm").click()
    page.wait_for_url(re.compile(f"/bookings/{booking.reference}$"))
    expect(page.locator(".badge").first).to_have_text("Вы отменили")
    expect(page.locator("main")).to_contain_text("отправим в Kaspi")
    expect(page.locator("#cancel")).to_have_count(0)
    with live.transaction() as session:
        [owed] = session.query(Refund).filter_by(booking_id=booking.id)
        assert owed.amount == 36_000
    screen.assert_content()


def test_extending_is_paid_and_moves_the_check_out_without_a_reload(
    screens: Screens, live: Live, booking: Booking
) -> None:
    screen = as_guest_of(booking, screens.open())
    page = screen.open(f"/bookings/{booking.reference}")
    page.locator("#extend").click()
    screen.heading("Остаться подольше")
    total = page.locator(".quote__total dd")
    expect(total).to_contain_text("16 500")
    screen.mark()
    page.get_by_label("День выезда").focus()
    page.get_by_label("День выезда").select_option(index=2)
    expect(total).to_contain_text("49 500")
    expect(page.get_by_label("День выезда")).to_be_focused()
    screen.assert_not_reloaded()
    page.get_by_role("button", name="Продлить и оплатить").click()
    screen.heading("Оплатите продление через Kaspi")
    first = screen.pay_url()
    live.standins.decline(first)
    screen.heading("Оплата не прошла")
    page.get_by_role("button", name="Попробовать ещё раз").click()
    expect(page.locator("#pay")).to_be_visible()
    assert screen.pay_url() != first
    screen.mark()
    kaspi = screen.context.new_page()
    kaspi.goto(screen.pay_url())
    kaspi.get_by_role("button", name="Оплатить").click()
    expect(kaspi.locator(f"a[href$='/checkout/{booking.reference}/extension']")).to_have_count(1)
    kaspi.close()
    screen.heading("Готово, проживание продлено")
    screen.assert_not_reloaded()
    page.get_by_role("link", name="К бронированию").click()
    expect(page.locator("main")).to_contain_text("5 ночей")
    expect(page.locator("main")).to_contain_text("Всего оплачено")
    screen.assert_content()


def test_extending_without_javascript(screens: Screens, live: Live, booking: Booking) -> None:
    screen = as_guest_of(booking, screens.open(has_script=False))
    page = screen.open(f"/bookings/{booking.reference}/extend")
    page.get_by_label("День выезда").select_option(index=1)
    page.get_by_role("button", name="Показать сумму").click()
    expect(page.locator(".quote__total dd")).to_contain_text("33 000")
    page.get_by_role("button", name="Продлить и оплатить").click()
    expect(page.locator("#pay")).to_be_visible()
    assert live.standins.pay(screen.pay_url()) == "paid"
    screen.heading("Готово, проживание продлено")
    screen.assert_content()


@pytest.mark.parametrize(
    "language", ["ru", pytest.param("kk", marks=pytest.mark.drill), pytest.param("en", marks=pytest.mark.drill)]
)
def test_pages_of_changes_fit_every_screen(screens: Screens, live: Live, booking: Booking, language: str) -> None:
    screen = as_guest_of(booking, screens.open())
    for page in ("cancel", "extend", "shorten"):
        screen.open(f"/bookings/{booking.reference}/{page}?lang={language}")
        assert_fits(screen)
    screen.open(f"/bookings/{booking.reference}/extend")
    screen.page.locator("#confirm").click()
    expect(screen.page.locator("#pay")).to_be_visible()
    assert_fits(screen)
    live.standins.pay(screen.pay_url())
    screen.page.wait_for_selector(".status__mark--good")
    screen.open(f"/bookings/{booking.reference}")
    assert_fits(screen)
    screen.assert_content()


def test_a_promo_code_is_applied_by_enter_and_the_focus_stays(screens: Screens, live: Live, flat: Property) -> None:
    with live.transaction() as session:
        now = clock.now()
        session.add(
            PromoCode(
                code=f"ENTER-{flat.id}",
                percent=10,
                valid_from=now - timedelta(hours=1),
                valid_until=now + timedelta(hours=1),
                min_nights=1,
                first_booking_only=False,
                created_at=now,
            )
        )
    screen = screens.open(390, 844).is_signed_in()
    page = screen.open(f"/checkout?property_id={flat.id}&{dates(stay_in(10))}&guests=2")
    page.get_by_label("Имя и фамилия").fill("Айгерим Сатпаева")
    screen.mark()
    code = page.get_by_label("Промокод")
    code.fill("nobodys")
    code.press("Enter")
    expect(page.locator("#promo-error")).to_be_visible()
    expect(code).to_be_focused()
    code.fill(f"enter-{flat.id}")
    code.press("Enter")
    expect(page.locator("#promo-applied")).to_be_visible()
    expect(page.locator(".quote__total dd")).to_contain_text("32 700")
    expect(page.get_by_label("Имя и фамилия")).to_have_value("Айгерим Сатпаева")
    screen.assert_not_reloaded()
    page.locator("#book").click()
    screen.heading("Оплатите через Kaspi")
    expect(page.locator(".status__sum")).to_contain_text("32 700")
    screen.assert_content()
