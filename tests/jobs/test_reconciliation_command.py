"""Promise 10, second half, and the commands: the statement of Kaspi's stand-in over HTTP against our books."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.db import db, transaction
from app.domain.checkout.settle import settle
from app.factory import create_worker_app
from app.integrations.kaspi.gateway import KaspiGateway
from app.jobs import providers, reconciliation
from app.jobs.queues import connect
from app.kit import clock
from app.models import (
    AuditEntry,
    Discrepancy,
    Payment,
    PaymentStatus,
    ReconciliationRun,
    Role,
    TransactionSource,
    User,
)
from tests import factories
from tests.services import Services, make_settings
from tests.standins import CREDENTIALS, StandIns

GAPS = {"statement_missing": True, "statement_amount": True, "statement_unknown": True}


@pytest.fixture
def kaspi(tmp_path: Path) -> Iterator[StandIns]:
    """A Kaspi that nobody else has paid at."""
    with StandIns(tmp_path, portal_url="http://127.0.0.1:9") as running:
        running.set_faults(callback_lost=True)
        yield running


@pytest.fixture
def shell(services: Services, fresh_database_url: str, kaspi: StandIns) -> Iterator[Flask]:
    """An installation of its own that talks to it."""
    changes = {"kaspi_base_url": kaspi.kaspi_url, "kaspi_api_key": CREDENTIALS["KASPI_API_KEY"]}
    app = create_worker_app(make_settings(fresh_database_url, services.redis_url, **changes))
    providers.kaspi.cache_clear()
    with app.app_context():
        yield app
        for engine in db.engines.values():
            engine.dispose()
    providers.kaspi.cache_clear()


def gateway() -> KaspiGateway:
    """The client that the product uses."""
    found = providers.kaspi()
    assert isinstance(found, KaspiGateway)
    return found


def hold() -> Payment:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(9))
        return factories.payment_of(session, booking)


def pay(kaspi: StandIns, *, hear: bool = True) -> date:
    """A guest books and pays, and we hear of it or not; the Almaty day of the payment."""
    payment = hold()
    created = gateway().create(
        order_id=str(payment.id),
        amount=payment.amount,
        description="Бронь",
        return_url="http://127.0.0.1:9/",
        expires_in=900,
    )
    with transaction() as session:
        row = session.get_one(Payment, payment.id)
        row.provider_id, row.pay_url, row.status = created.provider_id, created.pay_url, PaymentStatus.CREATED
    assert kaspi.pay(str(created.pay_url)) == "paid"
    status = gateway().status(created.provider_id)
    assert status.paid_at is not None
    if hear:
        event = factories.paid_event(
            payment,
            at=status.paid_at,
            transaction_id=status.transaction_id,
            source=TransactionSource.POLL,
            provider_id=created.provider_id,
        )
        with transaction() as session:
            settle(session, event, now=clock.now())
    return clock.local_date(status.paid_at)


def command(shell: Flask, *words: str) -> Result:
    return shell.test_cli_runner().invoke(args=list(words))


def reconciled(shell: Flask, day: date) -> tuple[int, dict[str, object]]:
    """Exit code and report of `flask reconcile`."""
    result = command(shell, "reconcile", "--day", f"{day}", "--json")
    return result.exit_code, json.loads(result.stdout)


def found_kinds() -> list[str]:
    with transaction() as session:
        return sorted(session.scalars(select(Discrepancy.kind)))


def test_three_gaps_in_a_statement_are_exactly_what_is_found(shell: Flask, kaspi: StandIns) -> None:
    """Promise 10. The control: an honest statement of the same day before, and the same one afterwards."""
    [(day, count)] = Counter(pay(kaspi) for _ in range(5)).most_common(1)  # midnight may come in between
    exit_code, honest = reconciled(shell, day)
    assert (exit_code, honest["open"], found_kinds()) == (0, [], [])
    kaspi.set_faults(**GAPS)
    for _ in range(2):
        exit_code, spoilt = reconciled(shell, day)
        assert exit_code == 1
        assert found_kinds() == ["amount_differs", "missing_here", "missing_there"]
        assert spoilt["outcomes"]["matched"]["count"] == count - 2  # type: ignore[index]
    by_kind = {row["kind"]: row for row in spoilt["open"]}  # type: ignore[attr-defined]
    assert by_kind["amount_differs"]["their_amount"] - by_kind["amount_differs"]["our_amount"] == 1_000
    assert by_kind["missing_here"]["their_amount"] == 77_700
    expected = 1_000 + 77_700 - by_kind["missing_there"]["our_amount"]
    assert spoilt["difference"] == expected
    kaspi.set_faults()
    exit_code, honest = reconciled(shell, day)
    assert (exit_code, honest["open"], honest["closed"]) == (0, [], 3)


def test_a_larger_fee_and_a_repeated_line_are_found_too(shell: Flask, kaspi: StandIns) -> None:
    [(day, _)] = Counter(pay(kaspi) for _ in range(4)).most_common(1)
    kaspi.set_faults(statement_fee=True, statement_duplicate=True)
    exit_code, spoilt = reconciled(shell, day)
    assert (exit_code, found_kinds()) == (1, ["duplicate_there", "fee_differs"])
    by_kind = {row["kind"]: row for row in spoilt["open"]}  # type: ignore[attr-defined]
    assert by_kind["fee_differs"]["their_fee"] - by_kind["fee_differs"]["expected_fee"] == 100


def test_a_lost_callback_is_found_by_the_command_and_said(shell: Flask, kaspi: StandIns) -> None:
    day = pay(kaspi, hear=False)
    result = command(shell, "reconcile", "--day", f"{day}")
    assert result.exit_code == 0, result.output
    assert "healed 1" in result.output
    assert "missing_here" in result.output
    assert "nothing is open" in result.output


def test_staff_lists_and_closes_what_is_open(shell: Flask, kaspi: StandIns) -> None:
    day = pay(kaspi)
    kaspi.set_faults(statement_unknown=True)
    printed = command(shell, "reconcile", "--day", f"{day}")
    assert printed.exit_code == 1
    assert "return_money: Найти плательщика" in printed.output
    with transaction() as session:
        numbers = list(session.scalars(select(Discrepancy.id)))
    listed = command(shell, "discrepancies", "list")
    assert listed.exit_code == 1
    assert len(listed.output.splitlines()) == len(numbers)
    with transaction() as session:
        staff_id = factories.make_user(session, roles=(Role.SUPPORT,))
        phone = session.get_one(User, staff_id).phone
    why = ("--as", phone, "--reason", "вернули")
    assert command(shell, "discrepancies", "resolve", f"{numbers[0]}", "--reason", "вернули").exit_code == 2
    assert command(shell, "discrepancies", "resolve", f"{numbers[0]}", "--as", phone).exit_code == 2
    for number in numbers:
        assert command(shell, "discrepancies", "resolve", f"{number}", *why).exit_code == 0
    again = command(shell, "discrepancies", "ignore", f"{numbers[0]}", *why)
    assert (again.exit_code, "closed already" in again.output) == (2, True)
    with transaction() as session:
        actors = session.scalars(select(AuditEntry.actor_id).where(AuditEntry.action == "discrepancy.resolved"))
        assert set(actors) == {staff_id}
    assert command(shell, "discrepancies", "list").exit_code == 0
    assert command(shell, "reconcile", "--day", f"{day}").exit_code == 0


def runs() -> list[tuple[date, str]]:
    with transaction() as session:
        rows = session.scalars(select(ReconciliationRun).order_by(ReconciliationRun.id)).all()
        return [(row.day, row.state) for row in rows]


def test_each_night_the_last_two_days_are_compared_and_what_other_nights_left_out(
    shell: Flask, kaspi: StandIns, services: Services
) -> None:
    days = [clock.local_date(clock.now()) - timedelta(days=back) for back in range(7, 0, -1)]
    kaspi.stop()
    reconciliation.nightly()  # a failure of one day does not keep the others from their turn
    assert runs() == [(day, "failed") for day in days]
    kaspi.start()
    connect(services.redis_url).flushdb()  # the circuit
    reconciliation.nightly()
    assert runs()[7:] == [(day, "done") for day in days]
    with transaction() as session:  # compared by hand before it was over: that was not the whole day
        early = session.scalars(select(ReconciliationRun).where(ReconciliationRun.day == days[3])).all()[-1]
        early.started_at = clock.at_local(days[3], time(23, 59))
    reconciliation.nightly()
    assert runs()[14:] == [(day, "done") for day in (days[3], *days[-2:])]


def test_a_kaspi_that_does_not_answer_is_a_failure_and_says_so(shell: Flask, kaspi: StandIns) -> None:
    kaspi.stop()
    result = command(shell, "reconcile", "--day", f"{clock.local_date(clock.now())}")
    assert result.exit_code == 1
    assert "kaspi" in result.output
