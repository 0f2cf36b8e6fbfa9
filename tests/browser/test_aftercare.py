"""After a stay in a browser: the landlord's money and account, a claim with its pictures, a problem at arrival."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from app.domain.actor import SYSTEM
from app.domain.bookings import state_machine
from app.domain.checkout import sharing
from app.domain.payouts import batches
from app.kit import clock
from app.models import Booking, BookingStatus, Property
from tests import bank, factories
from tests.browser.conftest import Screens
from tests.browser.screen import Screen
from tests.browser.test_layout import assert_fits
from tests.e2e.visitor import signed_in_cookie
from tests.live import Live
from tests.pictures import picture


def make_past(live: Live) -> tuple[Property, Booking, Booking]:
    """A landlord who was paid once, a stay that ended a few hours ago, and one that has begun."""
    now = clock.now()
    with live.transaction() as session:
        prop = factories.make_property(session, deposit=20_000)
        bank.open_account(session, prop.landlord_id, now=now)
        bank.change_account(session, prop.landlord_id, bank.details(), now=now)
        first = factories.make_completed_booking(session, prop, factories.make_user(session), left=6)
        sharing.share_due(session, first.id, now=first.check_in_at + timedelta(hours=24))
        batches.batch(session, clock.local_date(now), actor=SYSTEM, now=now)
        ended = factories.make_completed_booking(session, prop, factories.make_user(session), left=0, nights=1)
        ended.check_in_at, ended.check_out_at = now - timedelta(hours=26), now - timedelta(hours=4)
        other = factories.make_property(session, landlord_id=prop.landlord_id)
        booked = now - timedelta(days=5)
        begun = factories.make_paid_booking(
            session, other, factories.make_user(session), factories.stay_in(5, now=booked), now=booked
        )
        begun.check_in_at = now - timedelta(hours=2)
        state_machine.transition(session, begun, BookingStatus.CHECKED_IN, actor=SYSTEM, now=now)
        return prop, ended, begun


def signed_in(screens: Screens, live: Live, person: object) -> Screen:
    screen = screens.open()
    cookie = signed_in_cookie(live, person)  # type: ignore[arg-type]
    screen.context.add_cookies([{"name": "session", "value": cookie, "url": live.base_url, "httpOnly": True}])
    return screen


def test_the_landlords_money_and_a_claim(screens: Screens, live: Live, tmp_path: Path) -> None:
    """Every page fits from 360 to 1440 px, light and dark, and complains about nothing."""
    prop, ended, _ = make_past(live)
    screen = signed_in(screens, live, prop.landlord_id)
    page = screen.open("/cabinet")
    page.get_by_role("link", name="Выплаты").click()
    expect(page.get_by_role("heading", name="К выплате")).to_be_visible()
    page.get_by_role("heading", name="Сменить счёт").click()
    assert_fits(screen)
    page.get_by_label("ИИН или БИН").fill(bank.tax_id())
    page.get_by_label("Счёт (IBAN)").fill(bank.iban())
    with live.transaction() as session:  # the two codes of the making are an hour ago for the caps
        session.connection().exec_driver_sql("UPDATE login_codes SET created_at = created_at - interval '2 hours'")
    page.get_by_role("button", name="Получить код").click()
    expect(page.get_by_label("Код из сообщения")).to_be_visible()
    assert_fits(screen)

    page = screen.open(f"/cabinet/bookings/{ended.reference}")
    page.get_by_role("heading", name="Удержать депозит").click()
    assert_fits(screen)
    page.locator("#reason--claim").select_option("damage")
    page.get_by_label("Сумма, ₸").fill("12 000")
    file = tmp_path / "mirror.jpg"
    file.write_bytes(picture())
    page.get_by_label("Фотографии").set_input_files(str(file))
    page.get_by_role("button", name="Попросить из депозита").click()
    expect(page.get_by_role("heading", name="Требование по депозиту")).to_be_visible()
    shown = page.locator(".claim__photos img")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", value=True)
    expect(shown).not_to_have_js_property("naturalWidth", 0)
    assert_fits(screen)
    guest = signed_in(screens, live, ended.guest_id)
    expect(guest.open(f"/bookings/{ended.reference}").get_by_text("12 000 ₸")).to_be_visible()
    assert_fits(guest)
    assert screen.complaints == guest.complaints == []


def test_a_guest_reports_a_problem(screens: Screens, live: Live) -> None:
    _, _, begun = make_past(live)
    screen = signed_in(screens, live, begun.guest_id)
    page = screen.open(f"/bookings/{begun.reference}")
    page.get_by_role("link", name="Сообщить о проблеме").click()
    assert_fits(screen)
    page.get_by_label("Что случилось").select_option("no_entry")
    page.get_by_role("button", name="Отправить").click()
    expect(page.get_by_text(re.compile("Мы получили ваше сообщение"))).to_be_visible()
    assert_fits(screen)
    assert screen.complaints == []
