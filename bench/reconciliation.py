"""Reconciling a day of 100 000 payments: seconds, CPU and the largest memory of the process that does it.

`python -m bench.reconciliation` is that process: it fills the database of its settings, compares the day twice (the
first run posts every fee) and prints its figures as JSON. Kaspi's lines are made as they are read; their way over HTTP
and the shared rate of calls are not part of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from flask_migrate import upgrade
from sqlalchemy import text

from app.config import load_settings
from app.db import transaction
from app.domain.actor import SYSTEM
from app.domain.listings.cities import sync_reference
from app.domain.reconciliation import report
from app.domain.reconciliation.matching import expected_fee
from app.factory import create_worker_app
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import StatementKind, StatementLine
from app.jobs import reconciliation
from app.kit import clock
from app.local.servers import EmbeddedPostgres
from bench.installation import POSTGRES, RESULTS
from tests import factories
from tests.services import environment_of, make_settings

PAYMENTS = 100_000
REFUNDS = 5_000
GAP = 10_000
"""Every so many-th payment is not in the statement, has another amount or another fee there, or stands there twice."""

_FILL = (
    "SET LOCAL session_replication_role = replica",  # the triggers were not asked for every row of a year's ledger
    "SET LOCAL statement_timeout = '300s'",
    """
    INSERT INTO payments (id, booking_id, amount, captured, returned, status, provider_id, pay_url, expires_at, paid_at,
        created_at)
    SELECT md5(n::text)::uuid, :booking, 10000 + n % 90000, 10000 + n % 90000, 0, 'paid', 'pay_' || n, 'https://k', :at,
        :at, :at FROM generate_series(1, :payments) AS n
    """,
    """
    INSERT INTO transactions (payment_id, external_id, kind, source, amount, at, received_at)
    SELECT id, 'paid:tr_' || substr(provider_id, 5), 'paid', 'callback', amount, :at, :at FROM payments
    WHERE provider_id LIKE 'pay_%'
    """,
    """
    INSERT INTO ledger_entries (posting_id, kind, account, amount, booking_id, payment_id, transaction_id, at)
    SELECT t.payment_id, 'payment_captured', side.account, side.sign * t.amount, :booking, t.payment_id, t.id, :at
    FROM transactions t, (VALUES ('kaspi_clearing', 1), ('guest_prepayments', -1)) AS side (account, sign)
    WHERE t.external_id LIKE 'paid:tr_%'
    """,
    """
    INSERT INTO ledger_entries (posting_id, kind, event_key, account, amount, booking_id, payment_id, at)
    SELECT md5('back' || n)::uuid, 'refund_paid', 'transfer:' || n, side.account, side.sign * 1000, :booking,
        md5(n::text)::uuid, :at
    FROM generate_series(1, :refunds) AS n,
        (VALUES ('kaspi_clearing', -1), ('refunds_payable', 1)) AS side (account, sign)
    """,
)


class Kaspi(KaspiGateway):
    """The other side of what `_FILL` writes, with some lines that differ."""

    def __init__(self, at: datetime) -> None:
        super().__init__(base_url="http://127.0.0.1:9", api_key="k", merchant_id="m", callback_url="http://127.0.0.1:9")
        self._at = at

    def statement(self, day: date, *, provider_ids: Sequence[str] = ()) -> Iterator[StatementLine]:
        for number in range(PAYMENTS, 0, -1):
            line = self._line(number, StatementKind.PAYMENT, 10_000 + number % 90_000)
            fault = number // GAP if number % GAP == 0 else 0
            if fault == 2:
                line = replace(line, amount=line.amount + 1)
            elif fault == 3:
                line = replace(line, fee=0)
            if fault != 1:
                yield line
            if fault == 4:
                yield line
        for number in range(1, REFUNDS + 1):
            yield self._line(number, StatementKind.REFUND, 1_000)
        yield self._line(PAYMENTS + 1, StatementKind.PAYMENT, 77_700)

    def _line(self, number: int, kind: StatementKind, amount: int) -> StatementLine:
        is_payment = kind is StatementKind.PAYMENT
        fee = expected_fee(amount, 95) if is_payment else 0
        return StatementLine(
            transaction_id=f"tr_{number}" if is_payment else f"back_{number}",
            provider_id=f"pay_{number}",
            order_id=str(UUID(hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest())),
            kind=kind,
            amount=amount,
            fee=fee,
            net=amount - fee,
            at=self._at,
        )


EXPECTED = {"amount_differs": 1, "duplicate_there": 1, "fee_differs": 1, "missing_here": 1, "missing_there": 1}


@dataclass(frozen=True)
class Figures:
    """What a run cost: seconds on the clock, of them CPU of the process; MB at most so far."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    fees_posted: int


def measure() -> str:
    """Run the process on a database of its own; lines of text with the figures."""
    RESULTS.mkdir(exist_ok=True)
    with EmbeddedPostgres(RESULTS / "reconciliation-postgres", settings=POSTGRES) as postgres:
        environment = {**os.environ, **environment_of(make_settings(postgres.url, "redis://127.0.0.1:9/0"))}
        command = [sys.executable, "-m", "bench.reconciliation"]
        found = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        postgres.remove()
    first, again = (Figures(**each) for each in json.loads(found.splitlines()[-1]))
    return "".join(
        f"    reconciliation of {PAYMENTS} payments and {REFUNDS} refunds, {what:<28}"
        f"{run.seconds:6.1f} s (≤ 60), CPU {run.cpu_seconds:5.1f} s, {run.megabytes:4.0f} MB (≤ 300),"
        f" {run.fees_posted} fees posted\n"
        for what, run in (("first run", first), ("second run of the same day", again))
    )


def _work() -> None:
    app = create_worker_app(load_settings())
    with app.app_context():
        upgrade()
        day = clock.local_date(clock.now()) - timedelta(days=1)
        at = clock.at_local(day, datetime.min.time()) + timedelta(hours=12)
        with transaction() as session:
            sync_reference(session)
            prop, guest = factories.make_property(session), factories.make_user(session)
            booking = factories.make_hold(session, prop, guest, factories.stay_in(9))
            values = {"booking": booking.id, "at": at, "payments": PAYMENTS, "refunds": REFUNDS}
            for statement in _FILL:
                names = {name: value for name, value in values.items() if f":{name}" in statement}
                session.execute(text(statement), names)
        with transaction() as session:
            session.execute(text("ANALYZE"))
        before = _megabytes()
        figures = [vars(_run(day, at)) for _ in range(2)]
        sys.stdout.write(f"{before:.0f} MB before\n{json.dumps(figures)}\n")


def _run(day: date, at: datetime) -> Figures:
    began, spent = time.perf_counter(), time.process_time()
    run_id = reconciliation.run(day, actor=SYSTEM, kaspi=Kaspi(at))
    seconds, cpu = time.perf_counter() - began, time.process_time() - spent
    with transaction() as session:
        found = report.of_run(session, run_id)
    kinds = {kind: each["count"] for kind, each in found.outcomes["outcomes"].items() if kind != report.MATCHED}
    assert kinds == EXPECTED, kinds
    return Figures(seconds, cpu, _megabytes(), found.outcomes["fees_posted"]["count"])


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    _work()
