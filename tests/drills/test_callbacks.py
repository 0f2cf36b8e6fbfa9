"""Promise 8 with its controls: what 100 copies of a callback do when the database's unique keys are gone."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.ledger import posting
from app.domain.payments.lifecycle import record_transaction
from app.kit import clock
from app.kit.errors import DomainError
from app.models import LedgerEntry, Payment, PaymentStatus
from tests import factories
from tests.e2e.races import send_copies, signed_paid_callback
from tests.e2e.visitor import Visitor
from tests.live import Live
from tests.services import Services
from tests.standins import wait_until

pytestmark = pytest.mark.drill

COPIES = 100
HANDLERS = 4
UNIQUE_KEYS = (
    "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'u'"
    " AND conrelid IN ('inbox'::regclass, 'transactions'::regclass, 'ledger_entries'::regclass)"
)


def drop_unique_keys(live: Live) -> None:
    for table, name in live.sql(UNIQUE_KEYS):
        live.sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def test_control_without_unique_keys_the_experiment_notices(
    services: Services, template_url: str, tmp_path: Path
) -> None:
    url = services.create_database(template=str(make_url(template_url).database))
    with Live(tmp_path, database_url=url) as running, Visitor(running) as guest:
        with running.transaction() as session:
            flat_id = factories.make_property(session).id
        drop_unique_keys(running)
        reference = guest.is_signed_in_already().hold(flat_id, factories.stay_in(5))
        guest.wait_for_pay_link(reference)
        body, headers = signed_paid_callback(running, running.one("SELECT id::text FROM payments"))
        assert send_copies(running, body, headers, COPIES) == {200: COPIES}
        assert running.one("SELECT count(*) FROM inbox WHERE provider = 'kaspi'") == COPIES
        wait_until(lambda: running.one("SELECT count(*) FROM inbox WHERE handled_at IS NULL") == 0, 120, "empty inbox")
        assert running.one("SELECT count(*) FROM transactions") == COPIES
        assert (
            running.one("SELECT count(DISTINCT posting_id) FROM ledger_entries WHERE kind = 'payment_captured'")
            == COPIES
        )
        assert running.one("SELECT review_reason FROM payments") == "paid_twice"
    services.drop_database(url)


def capture_naively(session: Session, payment: Payment, transaction_id: int) -> None:
    """What a handler without lock and inbox does: look at what it read whether it is paid, then post."""
    if payment.status != PaymentStatus.PAID:
        payment.status, payment.paid_at = PaymentStatus.PAID, clock.now()
        posting.payment_captured(
            session,
            payment_id=payment.id,
            booking_id=payment.booking_id,
            transaction_id=transaction_id,
            amount=payment.amount,
            at=clock.now(),
        )


def postings_of_a_naive_handler(live: Live, app: Flask) -> int:
    """How many postings threads make that handle one event at once, each after all of them have read the payment."""
    with live.transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(5))
        payment_id = factories.payment_of(session, booking).id
        event = factories.paid_event(factories.payment_of(session, booking))
        transaction_id = record_transaction(session, event, now=clock.now())
        assert transaction_id is not None
    gate = threading.Barrier(HANDLERS)

    def handle() -> None:
        with app.app_context():
            try:
                with transaction() as session:
                    payment = session.get_one(Payment, payment_id)
                    gate.wait(60)
                    capture_naively(session, payment, transaction_id)
            except DomainError as error:
                assert error.code == "already_done"  # noqa: PT017  # a thread has no pytest.raises

    threads = [threading.Thread(target=handle) for _ in range(HANDLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with live.transaction() as session:
        entries = session.scalar(select(func.count()).where(LedgerEntry.payment_id == payment_id)) or 0
    return entries // 2


def test_the_ledger_refuses_a_second_posting_even_from_a_naive_handler(
    services: Services, template_url: str, tmp_path: Path
) -> None:
    url = services.create_database(template=str(make_url(template_url).database))
    with Live(tmp_path, database_url=url, has_workers=False) as running:
        assert postings_of_a_naive_handler(running, running.app) == 1
        drop_unique_keys(running)
        assert postings_of_a_naive_handler(running, running.app) == HANDLERS
    services.drop_database(url)
