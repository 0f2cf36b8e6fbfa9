"""The way in, in a browser: the landlord writes it down with pictures, the guest opens it with the codes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from playwright.sync_api import Page, expect

from app.kit import clock
from app.models import Booking, Property
from tests import factories
from tests.browser.conftest import Screens
from tests.browser.screen import Screen
from tests.browser.test_layout import assert_fits
from tests.e2e.visitor import signed_in_cookie
from tests.live import Live
from tests.pictures import picture


def make_stay(live: Live) -> tuple[Property, Booking]:
    """A stay whose keys are open."""
    with live.transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        return prop, factories.make_paid_booking(session, prop, guest, factories.stay_in(0, 3))


def as_person(screens: Screens, live: Live, user_id: UUID) -> Screen:
    screen = screens.open()
    cookie = signed_in_cookie(live, user_id)
    screen.context.add_cookies([{"name": "session", "value": cookie, "url": live.base_url, "httpOnly": True}])
    return screen


def loaded(page: Page) -> list[bool]:
    """Of each picture of the way in: is it there?"""
    expect(page.locator(".entry-photo img").first).to_be_visible()
    images = page.locator(".entry-photo img").all()
    for image in images:
        expect(image).to_have_js_property("complete", value=True)
    return [bool(image.evaluate("(image) => image.naturalWidth > 0")) for image in images]


def test_a_landlord_describes_the_way_in_and_the_guest_sees_it(screens: Screens, live: Live) -> None:
    """Both pages fit from 360 to 1440 px, light and dark, and complain about nothing."""
    prop, booking = make_stay(live)
    assert booking.check_in_at - timedelta(hours=24) < clock.now()
    host = as_person(screens, live, prop.landlord_id)
    page = host.open(f"/cabinet/flats/{prop.id}/entry")
    assert_fits(host)
    page.get_by_role("button", name="Показать и изменить").click()
    expect(page.get_by_label("Сейф для ключей")).to_have_value(factories.CODES.key_safe)
    files = [{"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": picture()} for name in ("door", "safe")]
    page.get_by_label("Добавить фото").set_input_files(files)  # type: ignore[arg-type]
    page.get_by_role("button", name="Загрузить").click()
    expect(page.get_by_role("status").filter(has_text="Фотографии сохранены")).to_be_visible()
    assert loaded(page) == [True, True]
    page.get_by_label("Подпись к фото 2").fill("Сейф слева от двери")
    page.get_by_label("Подпись к фото 2").press("Enter")
    expect(page.get_by_label("Подпись к фото 2")).to_have_value("Сейф слева от двери")
    assert_fits(host)
    page.get_by_label("Домофон").fill("77К01")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="мы отправили новые коды")).to_be_visible()
    assert host.complaints == []

    guest = as_person(screens, live, booking.guest_id)
    page = guest.open(f"/bookings/{booking.reference}")
    guest.mark()
    page.get_by_role("button", name="Показать ключи").click()
    expect(page.locator("#keys dl")).to_contain_text("77К01")
    guest.assert_not_reloaded()
    assert loaded(page) == [True, True]
    expect(page.locator("#keys")).to_contain_text("Сейф слева от двери")
    assert_fits(guest)
    assert guest.complaints == []
