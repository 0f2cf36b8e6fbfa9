"""Choosing how to pay on the QR surface, in a real browser: every state fits, what is typed survives polling."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from sqlalchemy.engine import make_url

from app.db import transaction
from app.domain.checkout import pay
from app.domain.payments import lifecycle
from app.domain.payments.ways import PayWay
from app.kit import clock
from app.models import Booking, PayMethod
from tests import factories
from tests.browser.conftest import Screens
from tests.browser.screen import Screen
from tests.browser.test_changes import as_guest_of
from tests.browser.test_layout import assert_fits
from tests.live import Live
from tests.services import Services

LONG = timedelta(seconds=180)


@pytest.fixture(scope="module")
def qr_live(
    chromium: Chromium, services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """The portal on the QR surface; what workers would do, tests do. Asks for the browser first."""
    assert chromium.is_connected()
    url = services.create_database(template=str(make_url(template_url).database))
    with Live(tmp_path_factory.mktemp("qr"), database_url=url, has_workers=False, kaspi_mode="qrpay") as running:
        yield running
    services.drop_database(url)


@pytest.fixture
def held(qr_live: Live) -> Booking:
    """A stay that waits for its payment."""
    with qr_live.transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        return factories.make_hold(session, prop, guest, factories.stay_in(10))


@pytest.fixture
def screen(chromium: Chromium, qr_live: Live, held: Booking, tmp_path: Path) -> Iterator[Screen]:
    """The guest's window."""
    found = as_guest_of(held, Screens(chromium, qr_live, tmp_path, []).open(390, 844))
    yield found
    found.context.close()


def choose(live: Live, held: Booking, way: PayWay, *, lasts: timedelta = LONG, **given: str) -> None:
    """The guest chose a way, and Kaspi answered."""
    with live.app.app_context(), transaction() as session:
        pay.switch(session, held.reference, way, guest_id=held.guest_id, now=clock.now())
        lifecycle.record_created(
            session,
            factories.payment_of(session, held).id,
            provider_id=uuid.uuid4().hex,
            pay_url=given.get("pay_url"),
            qr_text=given.get("qr_text"),
            expires_at=clock.now() + lasts,
            now=clock.now(),
        )


def test_every_way_and_its_end_fit_every_screen(screen: Screen, qr_live: Live, held: Booking) -> None:
    page = screen.open(f"/checkout/{held.reference}")
    screen.heading("Готовим оплату")
    assert_fits(screen)
    choose(qr_live, held, PayWay(PayMethod.QR), qr_text="51236903777280167836178166503744993984459")
    expect(page.locator(".scan__code svg")).to_be_visible()
    page.locator("#bill summary").click()
    assert_fits(screen)
    choose(qr_live, held, PayWay(PayMethod.PUSH, "+77051112233"))
    expect(page.locator("main")).to_contain_text("+7 705 ••• •• 33")
    assert_fits(screen)
    choose(qr_live, held, PayWay(PayMethod.LINK), pay_url="https://pay.example/1", lasts=timedelta(seconds=-1))
    screen.heading("Счёт устарел")
    assert_fits(screen)
    page.get_by_role("button", name="Сделать новый счёт").click()
    screen.heading("Готовим оплату")
    screen.assert_content()


def test_a_number_is_typed_while_the_page_asks_how_things_stand(screen: Screen, qr_live: Live, held: Booking) -> None:
    choose(qr_live, held, PayWay(PayMethod.QR), qr_text="qr:1")
    page = screen.open(f"/checkout/{held.reference}")
    page.locator("#bill summary").click()
    page.locator("#bill-phone").fill("+7 705 111 22 33")
    for _ in range(2):
        with page.expect_response(lambda response: f"/checkout/{held.reference}" in response.url):
            pass
    expect(page.locator("#bill-phone")).to_have_value("+7 705 111 22 33")
    page.get_by_role("button", name="Выставить счёт").last.click()
    screen.heading("Готовим оплату")
    with qr_live.transaction() as session:
        assert factories.payment_of(session, held).phone == "+77051112233"
    screen.assert_content()


def test_a_number_that_has_no_kaspi_is_explained(screen: Screen, held: Booking) -> None:
    page = screen.open(f"/checkout/{held.reference}")
    page.locator("#bill summary").click()
    page.locator("#bill-phone").fill("12345")
    page.locator("#bill button").click()
    expect(page.locator("#bill-error")).to_contain_text("Проверьте номер")
    expect(page.locator("#bill-phone")).to_be_visible()
    assert_fits(screen)
