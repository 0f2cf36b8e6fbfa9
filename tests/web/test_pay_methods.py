"""Ways to pay at the checkout: what fits the device, switching, a bill to a phone, a code that ran out."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.db import transaction
from app.domain.checkout import amendments
from app.domain.payments import lifecycle
from app.kit import clock
from app.models import Payment, PaymentStatus, PayMethod, Property, User
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.conftest import MakeApp, Stay, make_stay
from tests.web.test_tampering import bookings_of, form

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148"}
DESK = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}
QR_SURFACE = {
    "kaspi_mode": "qrpay",
    "kaspi_qr_base_url": "http://127.0.0.1:9/r1/v01",
    "kaspi_qr_api_key": "test-qr-key",
    "kaspi_qr_bin": "180340021791",
    "kaspi_qr_device_id": "test-device",
}


@pytest.fixture
def qr_app(make_app: MakeApp) -> Flask:
    """The portal on the QR surface."""
    return make_app(**QR_SURFACE)


@pytest.fixture
def payer(qr_app: Flask, guest_id: UUID) -> Browser:
    """The guest on it."""
    browser = Browser(qr_app)
    browser.sign_in(guest_id)
    return browser


@pytest.fixture
def held(qr_app: Flask, guest_id: UUID) -> Stay:
    """A stay that waits for its payment."""
    return make_stay(qr_app, guest_id, days=20, paid=False)


def payments_of(app: Flask, stay: Stay) -> list[Payment]:
    """All of them, oldest first."""
    with app.app_context(), transaction() as session:
        found = select(Payment).where(Payment.booking_id == stay.id).order_by(Payment.created_at)
        return list(session.scalars(found))


def open_at_kaspi(
    app: Flask,
    stay: Stay,
    *,
    lasts: timedelta = timedelta(seconds=180),
    pay_url: str | None = None,
    qr_text: str | None = None,
) -> datetime:
    """Kaspi answers for the newest payment; until when it is good."""
    ends = clock.now() + lasts
    with app.app_context(), transaction() as session:
        newest = select(Payment.id).where(Payment.booking_id == stay.id).order_by(Payment.created_at.desc()).limit(1)
        payment_id = session.scalars(newest).one()
        lifecycle.record_created(
            session,
            payment_id,
            provider_id=str(payment_id.int)[:18],
            now=clock.now(),
            expires_at=ends,
            pay_url=pay_url,
            qr_text=qr_text,
        )
    return ends


def switch(payer: Browser, stay: Stay, method: str, phone: str = "") -> int:
    return payer.post(f"/checkout/{stay.reference}/way", {"method": method, "phone": phone}).status_code


def page(payer: Browser, stay: Stay) -> str:
    return text_of(payer.get(f"/checkout/{stay.reference}"))


# --- what fits the device -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "method"),
    [
        (PHONE, PayMethod.LINK),
        (DESK, PayMethod.QR),
        (DESK | {"Sec-CH-UA-Mobile": "?1"}, PayMethod.LINK),
        (PHONE | {"Sec-CH-UA-Mobile": "?0"}, PayMethod.QR),
        ({"User-Agent": ""}, PayMethod.QR),
    ],
)
def test_a_hold_is_paid_the_way_that_fits_the_device(
    qr_app: Flask, payer: Browser, guest_id: UUID, *, flat: Property, headers: dict[str, str], method: PayMethod
) -> None:
    assert payer.post("/checkout", form(flat), headers=headers).status_code == 303
    [booking] = bookings_of(qr_app, guest_id)
    with qr_app.app_context(), transaction() as session:
        assert factories.payment_of(session, booking).method == method


def test_nothing_of_the_choice_is_kept_in_the_browser(payer: Browser, held: Stay) -> None:
    before = payer.session()
    switch(payer, held, "qr")
    assert payer.session() == before


def test_on_the_gateway_there_is_nothing_to_choose(web_app: Flask, guest: Browser, held_stay: Stay) -> None:
    assert "Выставить счёт" not in page(guest, held_stay)
    assert switch(guest, held_stay, "qr") == 422
    assert len(payments_of(web_app, held_stay)) == 1


# --- switching ----------------------------------------------------------------------------------------


def test_the_page_offers_the_other_ways(qr_app: Flask, payer: Browser, held: Stay) -> None:
    open_at_kaspi(qr_app, held, pay_url="https://pay.example/1")
    words = page(payer, held)
    assert "Показать QR-код" in words
    assert "Оплатить по ссылке" not in words
    assert "Выставить счёт в Kaspi по номеру" in words


def test_switching_sets_the_open_payment_aside_and_intends_another(qr_app: Flask, payer: Browser, held: Stay) -> None:
    open_at_kaspi(qr_app, held, pay_url="https://pay.example/1")
    assert switch(payer, held, "qr") == 303
    first, second = payments_of(qr_app, held)
    assert (first.status, first.method) == (PaymentStatus.EXPIRED, PayMethod.LINK)
    assert first.next_poll_at is not None
    assert first.next_poll_at <= clock.now()
    assert (second.status, second.method, second.amount) == (PaymentStatus.NEW, PayMethod.QR, first.amount)


def test_a_second_tap_changes_nothing(qr_app: Flask, payer: Browser, held: Stay) -> None:
    for _ in range(3):
        assert switch(payer, held, "qr") == 303
    assert [payment.method for payment in payments_of(qr_app, held)] == [PayMethod.LINK, PayMethod.QR]


@pytest.mark.parametrize("method", ["", "cash", "QR", "link "])
def test_a_way_that_there_is_not_changes_nothing(qr_app: Flask, payer: Browser, held: Stay, method: str) -> None:
    assert switch(payer, held, method) == 422
    assert len(payments_of(qr_app, held)) == 1


def test_nobody_switches_for_someone_else(qr_app: Flask, held: Stay) -> None:
    with qr_app.app_context(), transaction() as session:
        stranger_id = factories.make_user(session)
    stranger = Browser(qr_app)
    stranger.sign_in(stranger_id)
    assert switch(stranger, held, "qr") == 404
    assert len(payments_of(qr_app, held)) == 1


def test_what_is_paid_is_not_paid_another_way(qr_app: Flask, payer: Browser, guest_id: UUID) -> None:
    stay = make_stay(qr_app, guest_id, days=30)
    assert switch(payer, stay, "qr") == 409
    assert len(payments_of(qr_app, stay)) == 1


def test_switching_is_limited_like_holding(make_app: MakeApp, guest_id: UUID) -> None:
    app = make_app(limit_hold="2/minute", **QR_SURFACE)
    stay = make_stay(app, guest_id, days=40, paid=False)
    browser = Browser(app)
    browser.sign_in(guest_id)
    answers = [switch(browser, stay, method) for method in ("qr", "link", "qr")]
    assert answers == [303, 303, 429]


def test_an_extension_is_paid_another_way_too(qr_app: Flask, payer: Browser, guest_id: UUID) -> None:
    stay = make_stay(qr_app, guest_id, days=50)
    with qr_app.app_context(), transaction() as session:
        check_out = factories.stay_in(50, 3).check_out
        amendments.extend(session, stay.reference, check_out, guest_id=guest_id, total_shown=None, now=clock.now())
    path = f"/checkout/{stay.reference}/extension"
    assert "Показать QR-код" in text_of(payer.get(path))
    answer = payer.post(f"{path}/way", {"method": "push"})
    assert answer.status_code == 303
    _, first, second = payments_of(qr_app, stay)
    assert (first.status, second.status) == (PaymentStatus.EXPIRED, PaymentStatus.NEW)
    assert (second.method, second.amendment_id) == (PayMethod.PUSH, first.amendment_id)
    wrong = payer.post(f"{path}/way", {"method": "push", "phone": "12"})
    assert wrong.status_code == 422
    assert "Проверьте номер" in text_of(wrong)


# --- a bill to a phone --------------------------------------------------------------------------------


def test_a_bill_goes_to_the_number_that_was_typed(qr_app: Flask, payer: Browser, held: Stay) -> None:
    assert switch(payer, held, "push", "8 (705) 111-22-33") == 303
    bill = payments_of(qr_app, held)[-1]
    with qr_app.app_context():
        assert (bill.method, bill.phone) == (PayMethod.PUSH, "+77051112233")
    open_at_kaspi(qr_app, held)
    words = page(payer, held)
    assert "Счёт отправлен в Kaspi на номер +7 705 ••• •• 33" in words
    assert "1112233" not in words.replace(" ", "")


def test_without_a_number_it_goes_to_the_guests_own(qr_app: Flask, payer: Browser, held: Stay, guest_id: UUID) -> None:
    assert switch(payer, held, "push") == 303
    with qr_app.app_context(), transaction() as session:
        bill = payments_of(qr_app, held)[-1]
        assert bill.phone == session.get_one(User, guest_id).phone


def test_another_number_is_another_bill_and_the_same_is_not(qr_app: Flask, payer: Browser, held: Stay) -> None:
    for phone in ("+77051112233", "87051112233", "+77051112244"):
        assert switch(payer, held, "push", phone) == 303
    first, *bills = payments_of(qr_app, held)
    assert [bill.status for bill in bills] == [PaymentStatus.EXPIRED, PaymentStatus.NEW]
    assert first.method == PayMethod.LINK


@pytest.mark.parametrize("phone", ["12", "<i>12</i>", "+79031234567", "+7 7172 12 34 56"])
def test_a_number_that_has_no_kaspi_is_explained_on_the_page(
    qr_app: Flask, payer: Browser, held: Stay, phone: str
) -> None:
    answer = payer.post(f"/checkout/{held.reference}/way", {"method": "push", "phone": phone})
    assert answer.status_code == 422
    assert "Проверьте номер" in text_of(answer)
    assert "<i>" not in answer.text
    assert len(payments_of(qr_app, held)) == 1


def test_the_number_is_sealed_and_gone_with_the_payment(qr_app: Flask, payer: Browser, held: Stay) -> None:
    switch(payer, held, "push", "+77051112233")
    bill = payments_of(qr_app, held)[-1]
    assert bill.phone_sealed is not None
    assert b"7051112233" not in bill.phone_sealed
    assert payer.post(f"/checkout/{held.reference}/cancel").status_code == 303
    assert payments_of(qr_app, held)[-1].phone_sealed is None


# --- a code that runs out before the hold -------------------------------------------------------------


def test_the_page_says_until_when_a_code_is_good(qr_app: Flask, payer: Browser, held: Stay) -> None:
    ends = open_at_kaspi(qr_app, held, qr_text="qr:1")
    assert f"Счёт действует до {clock.local_time(ends):%H:%M}" in page(payer, held)


def test_what_lasts_as_long_as_the_hold_needs_no_words(qr_app: Flask, payer: Browser, held: Stay) -> None:
    open_at_kaspi(qr_app, held, qr_text="qr:1", lasts=timedelta(hours=1))
    assert "Счёт действует до" not in page(payer, held)


def test_a_code_that_ran_out_is_made_anew_with_one_tap(qr_app: Flask, payer: Browser, held: Stay) -> None:
    open_at_kaspi(qr_app, held, qr_text="qr:1", lasts=timedelta(seconds=-1))
    words = page(payer, held)
    assert "Счёт устарел" in words
    assert "Сделать новый счёт" in words
    for _ in range(2):
        assert payer.post(f"/checkout/{held.reference}/retry", headers=DESK).status_code == 303
    first, second = payments_of(qr_app, held)
    assert (first.status, second.status, second.method) == (PaymentStatus.EXPIRED, PaymentStatus.NEW, PayMethod.QR)
    assert first.next_poll_at is not None


def test_a_code_that_is_good_is_not_made_anew(qr_app: Flask, payer: Browser, held: Stay) -> None:
    open_at_kaspi(qr_app, held, qr_text="qr:1")
    assert payer.post(f"/checkout/{held.reference}/retry").status_code == 303
    assert len(payments_of(qr_app, held)) == 1


# --- a Kaspi that takes long --------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "told"), [(5, False), (20, True)])
def test_a_kaspi_that_takes_long_is_told_of(
    web_app: Flask, guest: Browser, held_stay: Stay, *, seconds: int, told: bool
) -> None:
    with web_app.app_context(), transaction() as session:
        moment = clock.now() - timedelta(seconds=seconds)
        session.execute(update(Payment).where(Payment.booking_id == held_stay.id).values(created_at=moment))
    assert ("Платёж обрабатывается" in page(guest, held_stay)) is told
