"""Kaspi's stand-in knows of the demo's payments, on either surface: they can be given back, and nothing is missing."""

from __future__ import annotations

import contextlib
import ssl
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db import transaction
from app.domain.reconciliation import books, matching
from app.domain.reconciliation.statement import put_in_order
from app.integrations.kaspi.port import ProviderRefundStatus
from app.integrations.kaspi.qrpay import KaspiQrPay, QrAccess
from app.kit import clock
from app.local.demo import kaspi_side
from app.local.standins.kaspi import refunds as kaspi_refunds
from app.local.standins.kaspi import statement
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.settings import MERCHANT_BIN, TRADE_POINT
from app.local.standins.store import Store
from app.models import BookingStatus, Payment
from tests.local.made_up import scalar
from tests.local.test_demo_story import own_bookings
from tests.standins import CREDENTIALS, StandIns

pytestmark = pytest.mark.usefixtures("seeded")


def test_kaspi_knows_of_the_demos_payments_and_gives_them_back(tmp_path: Path, now: datetime) -> None:
    """Cancelling a stay of the demo ends with the money back, and the reconciliation has nothing to say of the day."""
    yesterday = clock.local_date(now) - timedelta(days=1)
    with transaction() as session, Store(tmp_path).writing() as db:
        for _ in range(2):
            assert kaspi_side.tell(session, db) == scalar("SELECT count(*) FROM transactions WHERE kind = 'paid'")
        coming = own_bookings(session, BookingStatus.CONFIRMED)[-1]
        payment = session.scalars(select(Payment).where(Payment.booking_id == coming.id)).one()
        asked = {"payment_id": str(payment.provider_id), "refund_id": "demo-test", "amount": payment.amount}
        kaspi_refunds.ask(db, KaspiFaults(), **asked, now=now.timestamp())  # type: ignore[arg-type]
        lines = [line for line in statement.lines(db, yesterday) if line.kind == "payment"]
    ours = (
        "SELECT array_agg(external_id || ' ' || amount ORDER BY external_id COLLATE \"C\") FROM transactions"
        f" WHERE kind = 'paid' AND (at AT TIME ZONE 'Asia/Almaty')::date = '{yesterday}'"
    )
    assert scalar(ours) == sorted(f"paid:{line.transaction_id} {line.amount}" for line in lines)


def test_kaspi_pay_qr_knows_of_them_too(tmp_path: Path, now: datetime) -> None:
    """The same through the product's own client, also for a demo that was first run on the gateway."""
    yesterday = clock.local_date(now) - timedelta(days=1)
    with StandIns(tmp_path, portal_url="http://127.0.0.1:9") as standins, transaction() as session:
        access = QrAccess(
            f"{standins.base_url}/kaspi-qr/r1/v01",
            MERCHANT_BIN,
            CREDENTIALS["KASPI_QR_DEVICE_TOKEN"],
            CREDENTIALS["KASPI_QR_API_KEY"],
            ssl.create_default_context(),
        )
        with contextlib.closing(KaspiQrPay(access)) as kaspi:
            for trade_point in (None, TRADE_POINT):
                with Store(tmp_path).writing() as db:
                    kaspi_side.tell(session, db, trade_point=trade_point)
            told = put_in_order(kaspi.statement(yesterday, provider_ids=books.moved(session, yesterday)))
            compared = matching.compare(books.load(session, yesterday, told), told, fee_basis_points=95)
            assert (compared.findings, compared.matched.count > 5) == ([], True)
            coming = own_bookings(session, BookingStatus.CONFIRMED)[-1]
            payment = session.scalars(select(Payment).where(Payment.booking_id == coming.id)).one()
            number = str(payment.provider_id)
            assert kaspi.returnable(number) == payment.amount
            refund = kaspi.refund(number, "demo", payment.amount, "", returnable_before=payment.amount)
            assert (refund.status, kaspi.returnable(number)) == (ProviderRefundStatus.DONE, 0)
