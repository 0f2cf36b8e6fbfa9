"""The landlord's cabinet in a browser: a request is answered, codes are shown in place, months change in place."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ask
from app.kit import clock
from app.models import Booking, Channel, Property
from tests import factories
from tests.browser.conftest import Screens
from tests.browser.test_layout import assert_fits
from tests.e2e.visitor import signed_in_cookie
from tests.live import Live


def make_work(live: Live) -> tuple[Property, Booking, Booking]:
    """A flat with a paid booking and, after that, a request that waits."""
    with live.transaction() as session:
        prop = factories.make_property(session, city="shymkent")
        paid = factories.make_paid_booking(session, prop, factories.make_user(session), factories.stay_in(0, 3))
        prop.instant_booking = False
        session.flush()
        request = HoldRequest(prop.id, factories.stay_in(9), 2)
        guest = factories.make_user(session, name="Мадина Ержан")
        asked = ask(session, request, guest_id=guest, channel=Channel.WEB, now=clock.now())
    return prop, paid, asked


def test_a_landlords_day(screens: Screens, live: Live) -> None:
    """Every page fits from 360 to 1440 px, light and dark, and complains about nothing."""
    prop, paid, asked = make_work(live)
    screen = screens.open()
    cookie = signed_in_cookie(live, prop.landlord_id)
    screen.context.add_cookies([{"name": "session", "value": cookie, "url": live.base_url, "httpOnly": True}])

    page = screen.open("/cabinet")
    assert_fits(screen)
    page.get_by_role("link", name="Мадина Ержан").click()
    page.get_by_role("button", name="Принять").click()
    expect(page.get_by_role("status").filter(has_text="Вы приняли запрос")).to_be_visible()
    assert_fits(screen)

    page = screen.open(f"/cabinet/bookings/{paid.reference}")
    page.get_by_role("button", name="Показать коды этой брони").click()
    expect(page.locator("#keys dl")).to_contain_text(factories.CODES.key_safe)
    assert page.url.endswith(paid.reference), "only the keys' part was swapped"
    for summary in page.locator("details.more > summary").all():
        summary.click()
    assert_fits(screen)

    page = screen.open(f"/cabinet/flats/{prop.id}/calendar")
    assert_fits(screen)
    before = page.locator("#calendar caption").first.inner_text()
    page.get_by_role("link", name="Следующий месяц").click()
    expect(page.locator("#calendar caption").first).not_to_have_text(before)
    expect(page.get_by_role("link", name="Предыдущий месяц")).to_be_visible()
    expect(page).to_have_url(re.compile("month="))

    for path in ("", "/prices", "/terms"):
        screen.open(f"/cabinet/flats/{prop.id}{path}")
        assert_fits(screen)
    assert asked.reference != paid.reference
    assert screen.complaints == []
