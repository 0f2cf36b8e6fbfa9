"""The QR surface has no statement: its client makes one of the status of the payments that our books name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.db import db, transaction
from app.domain.actor import SYSTEM
from app.domain.checkout.settle import settle
from app.domain.reconciliation import report
from app.factory import create_worker_app
from app.jobs import providers, reconciliation
from app.kit import clock
from app.models import Payment, PaymentStatus, PayMethod, TransactionSource
from tests import factories
from tests.services import Services, make_settings
from tests.standins import StandIns


@pytest.fixture
def kaspi(tmp_path: Path) -> Iterator[StandIns]:
    with StandIns(tmp_path, portal_url="http://127.0.0.1:9") as running:
        yield running


@pytest.fixture
def qr_app(services: Services, fresh_database_url: str, kaspi: StandIns) -> Iterator[Flask]:
    """An installation on the QR surface, scheme r1."""
    changes = {name.lower(): value for name, value in kaspi.qr_settings("r1").items()}
    app = create_worker_app(make_settings(fresh_database_url, services.redis_url, kaspi_mode="qrpay", **changes))
    providers.kaspi.cache_clear()
    with app.app_context():
        yield app
        for engine in db.engines.values():
            engine.dispose()
    providers.kaspi.cache_clear()


def paid(kaspi: StandIns) -> Payment:
    """A guest books by link and pays; polling has found it."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(9))
        payment_id = factories.payment_of(session, booking).id
    with transaction() as session:
        payment = session.get_one(Payment, payment_id)
        created = providers.kaspi().create(
            order_id=str(payment.id),
            amount=payment.amount,
            description="Бронь",
            return_url="http://127.0.0.1:9/",
            expires_in=900,
            method=PayMethod.LINK,
            phone=None,
        )
        payment.provider_id, payment.pay_url, payment.status = (
            created.provider_id,
            created.pay_url,
            PaymentStatus.CREATED,
        )
    assert kaspi.pay(str(created.pay_url)) == "paid"
    status = providers.kaspi().status(created.provider_id)
    with transaction() as session:
        payment = session.get_one(Payment, payment_id)
        event = factories.paid_event(
            payment, at=status.paid_at, transaction_id=status.transaction_id, source=TransactionSource.POLL
        )
        settle(session, event, now=clock.now())
        session.flush()
        return payment


def test_payments_agree_and_a_return_of_kaspis_own_cabinet_is_listed(qr_app: Flask, kaspi: StandIns) -> None:
    payments = [paid(kaspi), paid(kaspi)]
    assert payments[0].paid_at is not None
    day = clock.local_date(payments[0].paid_at)

    def run() -> report.Report:
        run_id = reconciliation.run(day, actor=SYSTEM, kaspi=providers.kaspi())
        with transaction() as session:
            return report.of_run(session, run_id)

    found = run()
    assert found.is_clean
    assert found.outcomes["fees_posted"] == {"count": 0, "amount": 0}  # this surface tells no fees
    assert found.outcomes["theirs"]["payments"]["count"] >= 1  # midnight may have come between the two
    provider_id = str(payments[0].provider_id)
    before = providers.kaspi().returnable(provider_id)
    providers.kaspi().refund(provider_id, "cabinet", 700, "кабинет", returnable_before=before)
    for _ in range(2):
        [strange] = run().open
        assert (strange.kind, strange.action, strange.their_amount) == ("missing_here", "record_refund", 700)
        assert strange.payment_id == payments[0].id
