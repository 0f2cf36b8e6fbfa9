"""Kaspi asked by jobs: a bill is pushed at most once, what is closed is withdrawn, money is never missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import text

from app.config import SettingsError
from app.db import after_commit, db, transaction
from app.domain.checkout import pay
from app.domain.payments import lifecycle
from app.domain.payments.ways import PayWay
from app.factory import create_worker_app
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.jobs import payments, providers
from app.kit import clock
from app.models import Booking, BookingStatus, Payment, PaymentStatus, PayMethod
from tests import factories
from tests.integrations.qr import DETAILS, LINK_CREATED, PROCESSED, QR_CREATED, bad, good
from tests.integrations.recorder import Answer, Recorder
from tests.services import Services, make_settings

PHONE = "+77051112233"
SOON = timedelta(seconds=180)


@pytest.fixture
def kaspi() -> Iterator[Recorder]:
    """Kaspi's QR surface, which says what the test tells it to."""
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def worker(services: Services, fresh_database_url: str, kaspi: Recorder, redis: Redis) -> Iterator[Flask]:
    """A worker on the QR surface with a database of its own; nobody has asked Kaspi before."""
    values = {
        "kaspi_mode": "qrpay",
        "kaspi_qr_base_url": f"{kaspi.url}/r1/v01",
        "kaspi_qr_api_key": "test-qr-key",
        "kaspi_qr_bin": "180340021791",
        "kaspi_qr_device_id": "test-device",
        "kaspi_qr_device_token": "device-token",
    }
    hooks = dict(after_commit.hooks)
    app = create_worker_app(make_settings(fresh_database_url, services.redis_url, **values))
    providers.kaspi.cache_clear()
    with app.app_context():
        yield app
        for engine in db.engines.values():
            engine.dispose()
    providers.kaspi.cache_clear()
    after_commit.hooks.clear()
    after_commit.hooks.update(hooks)


@pytest.fixture
def booking(worker: Flask) -> Booking:
    """A stay that is held."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        return factories.make_hold(session, prop, guest, factories.stay_in(9))


def switch(booking: Booking, way: PayWay) -> UUID:
    """The guest chooses; the new payment's id."""
    with transaction() as session:
        pay.switch(session, booking.reference, way, guest_id=booking.guest_id, now=clock.now())
        return factories.payment_of(session, booking).id


def create(payment_id: UUID) -> None:
    payments.create(payment_id, now=clock.now())


def payment(payment_id: UUID) -> Payment:
    with transaction() as session:
        return session.get_one(Payment, payment_id)


def make_due(*ids: UUID) -> None:
    """As if their turn had come."""
    with transaction() as session:
        session.execute(
            text("UPDATE payments SET next_poll_at = now() - interval '1 s' WHERE id = ANY(:ids)"), {"ids": list(ids)}
        )


def paths(kaspi: Recorder) -> list[str]:
    return [request.path.partition("?")[0].removeprefix("/r1") for request in kaspi.requests]


# --- making -------------------------------------------------------------------------------------------


def test_a_code_is_kept_with_its_end_and_the_interval_of_kaspi(
    kaspi: Recorder, booking: Booking, now: datetime
) -> None:
    ends = (now + SOON).replace(microsecond=0)
    kaspi.answers.append(good(QR_CREATED | {"ExpireDate": ends.isoformat()}))
    made = switch(booking, PayWay(PayMethod.QR))
    create(made)
    kept = payment(made)
    assert (kept.status, kept.qr_text, kept.pay_url) == (PaymentStatus.CREATED, QR_CREATED["QrToken"], None)
    assert (kept.provider_expires_at, kept.poll_seconds) == (ends, 7)
    assert kept.next_poll_at is not None
    assert timedelta(seconds=6) < kept.next_poll_at - now < timedelta(seconds=20)


def test_a_bill_is_pushed_once_and_named_by_the_booking(kaspi: Recorder, booking: Booking) -> None:
    kaspi.answers.append(good({"QrPaymentId": 17}))
    bill = switch(booking, PayWay(PayMethod.PUSH, PHONE))
    create(bill)
    create(bill)
    (request,) = kaspi.requests
    assert request.json["PhoneNumber"] == "87051112233"
    assert booking.reference in request.json["Comment"]
    assert (payment(bill).status, payment(bill).provider_id) == (PaymentStatus.CREATED, "17")


@pytest.mark.parametrize("failure", [Answer(500), Answer(504), Answer(None)])
def test_a_bill_of_unknown_outcome_ends_the_payment(kaspi: Recorder, booking: Booking, failure: Answer) -> None:
    kaspi.usual = failure
    bill = switch(booking, PayWay(PayMethod.PUSH, PHONE))
    with pytest.raises(ProviderProtocolError):
        create(bill)
    create(bill)
    assert len(kaspi.requests) == 1
    assert payment(bill).status == PaymentStatus.FAILED
    assert payment(bill).phone_sealed is None


def test_a_bill_whose_worker_died_is_not_pushed_again(kaspi: Recorder, booking: Booking) -> None:
    bill = switch(booking, PayWay(PayMethod.PUSH, PHONE))
    with transaction() as session:
        assert lifecycle.to_create(session, bill, now=clock.now()) is not None
    create(bill)
    assert kaspi.requests == []
    assert payment(bill).status == PaymentStatus.FAILED


@pytest.mark.parametrize("failure", [Answer(429), bad(-999)])
def test_a_bill_that_was_not_taken_is_pushed_later(kaspi: Recorder, booking: Booking, failure: Answer) -> None:
    kaspi.answers.extend([failure, good({"QrPaymentId": 17})])
    bill = switch(booking, PayWay(PayMethod.PUSH, PHONE))
    with pytest.raises(ProviderUnavailable):
        create(bill)
    assert payment(bill).status == PaymentStatus.NEW
    create(bill)
    assert payment(bill).status == PaymentStatus.CREATED


def test_a_refusal_ends_the_payment_and_the_guest_may_choose_anew(kaspi: Recorder, booking: Booking) -> None:
    kaspi.answers.extend([bad(990000026), good(LINK_CREATED)])
    code = switch(booking, PayWay(PayMethod.QR))
    with pytest.raises(ProviderRefused):
        create(code)
    assert payment(code).status == PaymentStatus.FAILED
    link = switch(booking, PayWay(PayMethod.LINK))
    create(link)
    assert payment(link).pay_url == LINK_CREATED["PaymentLink"]


def test_a_link_of_unknown_outcome_is_asked_for_again(kaspi: Recorder, booking: Booking) -> None:
    kaspi.answers.extend([Answer(504), good(QR_CREATED)])
    code = switch(booking, PayWay(PayMethod.QR))
    with pytest.raises(ProviderUnavailable):
        create(code)
    create(code)
    assert payment(code).status == PaymentStatus.CREATED


def test_without_a_device_token_the_setting_is_named(worker: Flask, services: Services) -> None:
    with transaction() as session:
        url = str(session.connection().engine.url.render_as_string(hide_password=False))
    values = {"kaspi_mode": "qrpay", "kaspi_qr_base_url": "https://kaspi.example/r1/v01", "kaspi_qr_api_key": "k"}
    values |= {"kaspi_qr_bin": "180340021791", "kaspi_qr_device_id": "d"}
    app = create_worker_app(make_settings(url, services.redis_url, **values))
    with app.app_context(), pytest.raises(SettingsError, match="KASPI_QR_DEVICE_TOKEN"):
        providers.kaspi()


# --- asking -------------------------------------------------------------------------------------------


def pushed(kaspi: Recorder, booking: Booking) -> UUID:
    kaspi.answers.append(good({"QrPaymentId": 17}))
    bill = switch(booking, PayWay(PayMethod.PUSH, PHONE))
    create(bill)
    kaspi.forget()
    return bill


def test_a_bill_that_was_set_aside_is_withdrawn_and_then_done_with(kaspi: Recorder, booking: Booking) -> None:
    bill = pushed(kaspi, booking)
    switch(booking, PayWay(PayMethod.QR))
    kaspi.answers.extend([good({"Status": "RemotePaymentCanceled"}), good({"Status": "RemotePaymentCanceled"})])
    payments.poll_open()
    assert paths(kaspi) == ["/v01/remote/cancel", "/v02/payment/status/17"]
    assert payment(bill).next_poll_at is None
    payments.poll_open()
    assert len(kaspi.requests) == 2


def test_a_bill_that_is_wanted_is_not_withdrawn(kaspi: Recorder, booking: Booking) -> None:
    bill = pushed(kaspi, booking)
    make_due(bill)
    kaspi.usual = good({"Status": "RemotePaymentCreated"})
    payments.poll_open()
    assert paths(kaspi) == ["/v02/payment/status/17"]


def test_a_bill_of_a_hold_that_was_given_up_is_withdrawn_too(kaspi: Recorder, booking: Booking) -> None:
    bill = pushed(kaspi, booking)
    with transaction() as session:
        pay.cancel_hold(session, booking.reference, guest_id=booking.guest_id, now=clock.now())
    make_due(bill)
    kaspi.usual = good({"Status": "RemotePaymentCanceled"})
    payments.poll_open()
    assert paths(kaspi)[0] == "/v01/remote/cancel"


@pytest.mark.parametrize("cancel", [Answer(504), bad(-1601), good({"Status": "Processed"})])
def test_money_of_a_bill_that_could_not_be_withdrawn_is_found(
    kaspi: Recorder, booking: Booking, cancel: Answer
) -> None:
    bill = pushed(kaspi, booking)
    code = switch(booking, PayWay(PayMethod.QR))
    paid = {"QrPaymentId": 17, "TotalAmount": booking.total, "AvailableReturnAmount": booking.total}
    kaspi.answers.extend([cancel, good(PROCESSED | {"Amount": booking.total}), good(DETAILS | paid)])
    payments.poll_open()
    assert payment(bill).status == PaymentStatus.PAID
    assert payment(code).status == PaymentStatus.EXPIRED
    with transaction() as session:
        assert session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED


def test_while_the_circuit_is_open_nobody_asks_and_nothing_ends(kaspi: Recorder, booking: Booking) -> None:
    bill = pushed(kaspi, booking)
    kaspi.usual = Answer(504)
    for _ in range(3):
        make_due(bill)
        payments.poll_open()
    asked = len(kaspi.requests)
    make_due(bill)
    payments.poll_open()
    code = switch(booking, PayWay(PayMethod.QR))
    with pytest.raises(ProviderUnavailable) as unavailable:
        create(code)
    assert unavailable.value.retry_after is not None
    assert len(kaspi.requests) == asked
    assert payment(code).status == PaymentStatus.NEW
