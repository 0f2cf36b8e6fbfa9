"""Comparing a day's statement with our books: what is listed, healed, posted, and what a second run does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import reading, transaction
from app.domain.actor import SYSTEM, Actor
from app.domain.checkout.cancel import cancel
from app.domain.ledger import balances
from app.domain.reconciliation import discrepancies, runs
from app.integrations.errors import ProviderUnavailable
from app.integrations.kaspi.port import ProviderPaymentStatus
from app.kit import clock
from app.kit.errors import DomainError
from app.models import (
    Account,
    ActorKind,
    AuditEntry,
    Booking,
    BookingStatus,
    DiscrepancyEvent,
    DiscrepancyState,
    Payment,
    ReconciliationRun,
    RefundTransfer,
    RunState,
    Transaction,
)
from tests.jobs.kaspi_books import KaspiBooks, held, line_of, noon, paid, paid_line, paid_status
from tests.jobs.reconciling import alone_in, known, listed, run
from tests.services import Services

STAFF = Actor(ActorKind.STAFF)


@pytest.fixture(autouse=True)
def alone_app(services: Services, fresh_database_url: str) -> Iterator[Flask]:
    """A database without anybody else's payments."""
    with alone_in(fresh_database_url, services) as app:
        yield app


@pytest.fixture
def kaspi() -> Iterator[KaspiBooks]:
    books = KaspiBooks()
    yield books
    books.close()


@pytest.fixture
def day() -> date:
    """Yesterday in Almaty."""
    return clock.local_date(noon())


def history(discrepancy_id: int) -> list[tuple[str | None, str, str]]:
    with transaction() as session:
        statement = select(DiscrepancyEvent).where(DiscrepancyEvent.discrepancy_id == discrepancy_id)
        events = session.scalars(statement.order_by(DiscrepancyEvent.id)).all()
        return [(event.from_state, event.to_state, event.reason) for event in events]


def accounts() -> dict[Account, int]:
    with reading() as connection:
        return balances.totals(connection)


def test_books_that_agree_have_no_discrepancy_and_the_fees_are_posted_once(kaspi: KaspiBooks, day: date) -> None:
    payments = [known(kaspi, at=noon()) for _ in range(3)]
    total, fees = sum(each.amount for each in payments), sum(line.fee or 0 for line in kaspi.lines[day])
    for number in range(2):
        found = run(day, kaspi)
        assert found.is_clean
        assert found.outcomes["outcomes"] == {"matched": {"count": 3, "amount": total}}
        assert found.outcomes["ours"] == found.outcomes["theirs"]
        assert found.outcomes["difference"] == 0
        assert found.outcomes["fees_posted"] == ({"count": 0, "amount": 0} if number else {"count": 3, "amount": fees})
        assert accounts()[Account.KASPI_FEES] == fees
        assert accounts()[Account.KASPI_CLEARING] == total - fees
        assert sum(accounts().values()) == 0
    assert listed() == []
    assert kaspi.asked[0] == sorted(str(each.provider_id) for each in payments)


def lost(kaspi: KaspiBooks, *, at: datetime, status: str = "paid") -> tuple[int, Payment]:
    """A payment that Kaspi took and we did not hear of; `status` answers as told. The booking's id."""
    with transaction() as session:
        booking, payment = held(session, at=at - timedelta(minutes=1))
    kaspi.tell(clock.local_date(at), paid_line(payment, "tr_lost", at))
    answer = paid_status(payment, "tr_lost", at)
    if status != "paid":
        answer = replace(answer, status=ProviderPaymentStatus.PENDING, transaction_id=None, paid_at=None)
    kaspi.statuses[str(payment.provider_id)] = answer
    return booking.id, payment


def test_a_lost_callback_is_healed_and_the_booking_confirmed(kaspi: KaspiBooks) -> None:
    moment = clock.now()
    booking_id, payment = lost(kaspi, at=moment)
    found = run(clock.local_date(moment), kaspi)
    assert found.is_clean
    assert found.outcomes["healed"] == 1
    assert listed() == [("missing_here", "healed", "check_payment")]
    assert history(1) == [(None, "open", "found"), ("open", "healed", "settled")]
    with transaction() as session:
        assert session.get_one(Booking, booking_id).status == BookingStatus.CONFIRMED
        assert session.get_one(Payment, payment.id).captured == payment.amount
    assert accounts()[Account.KASPI_FEES] == kaspi.lines[clock.local_date(moment)][0].fee
    again = run(clock.local_date(moment), kaspi)
    assert again.outcomes["outcomes"] == {"matched": {"count": 1, "amount": payment.amount}}
    assert again.outcomes["fees_posted"]["count"] == 0


def test_a_statement_alone_confirms_nothing(kaspi: KaspiBooks) -> None:
    """Control of the test above: the same line, and a status that says the payment was not paid."""
    moment = clock.now()
    booking_id, _ = lost(kaspi, at=moment, status="pending")
    found = run(clock.local_date(moment), kaspi)
    assert not found.is_clean
    assert listed() == [("missing_here", "open", "check_payment")]
    with transaction() as session:
        assert session.get_one(Booking, booking_id).status == BookingStatus.HELD
        assert session.scalar(select(func.count()).select_from(Transaction)) == 0
    assert accounts()[Account.KASPI_FEES] == 0


def test_a_status_of_another_amount_heals_nothing(kaspi: KaspiBooks) -> None:
    moment = clock.now()
    _, payment = lost(kaspi, at=moment)
    day = clock.local_date(moment)
    kaspi.lines[day] = [replace(kaspi.lines[day][0], amount=payment.amount + 1_000)]
    assert [row.action for row in run(day, kaspi).open] == ["check_payment"]
    assert [row.action for row in run(day, kaspi).open] == ["compare_amounts"]


def test_money_for_nights_that_are_gone_goes_back_when_it_is_found(kaspi: KaspiBooks, day: date) -> None:
    """The callback of a stay that is over came never: the ordinary rules decide what becomes of the money."""
    booking_id, payment = lost(kaspi, at=noon())
    with transaction() as session:
        booking = session.get_one(Booking, booking_id)
        cancel(session, booking.reference, actor=Actor.guest(booking.guest_id), now=noon())
    found = run(day, kaspi)
    assert found.is_clean
    with transaction() as session:
        transfers = session.scalars(select(RefundTransfer).where(RefundTransfer.payment_id == payment.id)).all()
        assert [transfer.amount for transfer in transfers] == [payment.amount]


def test_a_provider_that_breaks_off_leaves_a_failed_run_and_nothing_else(kaspi: KaspiBooks, day: date) -> None:
    for _ in range(3):
        known(kaspi, at=noon())
    kaspi.tell(day, replace(kaspi.lines[day][0], transaction_id="tr_stranger", provider_id="pay_x", order_id=None))
    kaspi.breaks_after = 3
    with pytest.raises(ProviderUnavailable):
        run(day, kaspi)
    with transaction() as session:
        failed = session.scalars(select(ReconciliationRun)).one()
        assert (failed.state, failed.failure, failed.outcomes) == (RunState.FAILED, "kaspi: HTTP 503", {})
    assert listed() == []
    assert accounts()[Account.KASPI_FEES] == 0
    kaspi.breaks_after = None
    assert [row.kind for row in run(day, kaspi).open] == ["missing_here"]


def test_two_runs_at_once_are_refused_clearly(kaspi: KaspiBooks, day: date) -> None:
    with reading() as connection, runs.alone(connection):
        with pytest.raises(DomainError) as refused:
            run(day, kaspi)
        assert refused.value.code == "reconciliation_running"
    assert run(day, kaspi).is_clean


def test_a_run_whose_process_died_is_noted_by_the_next(kaspi: KaspiBooks, day: date) -> None:
    with transaction() as session:
        dead = runs.begin(session, day, actor=SYSTEM, now=clock.now())
    assert run(day, kaspi).is_clean
    with transaction() as session:
        row = session.get_one(ReconciliationRun, dead)
        assert (row.state, row.failure) == (RunState.FAILED, runs.INTERRUPTED)


def test_a_day_ends_at_midnight_in_almaty(kaspi: KaspiBooks, day: date) -> None:
    """19:00 UTC. The last second of a day and the first of the next are each found on their own."""
    midnight = clock.at_local(day, time.min)
    assert (midnight.hour, midnight.utcoffset()) == (19, timedelta(0))
    known(kaspi, at=midnight - timedelta(seconds=1))
    known(kaspi, at=midnight)
    for each in (day - timedelta(days=1), day):
        found = run(each, kaspi)
        assert found.is_clean
        assert found.outcomes["ours"]["payments"]["count"] == 1
    assert listed() == []


def test_money_on_another_day_is_no_difference_and_does_not_come_back(kaspi: KaspiBooks, day: date) -> None:
    """Our clock says just after midnight, Kaspi's statement just before."""
    before = day - timedelta(days=1)
    with transaction() as session:
        payment = paid(session, at=clock.at_local(day, time.min) + timedelta(seconds=5))
        kaspi.tell(before, line_of(session, payment))
    assert [row.kind for row in run(day, kaspi).open] == ["missing_there"]
    found = run(before, kaspi)
    assert found.is_clean
    assert found.outcomes["difference"] == 0
    assert listed() == [("missing_there", "healed", "ask_kaspi"), ("other_day", "healed", "none")]
    for each in (day, before, day):
        assert run(each, kaspi).is_clean
    assert len(listed()) == 2
    kaspi.tell(day, kaspi.lines[before][0])
    assert [row.kind for row in run(day, kaspi).open] == ["duplicate_there"]


def test_a_second_run_lists_nothing_twice_and_closes_what_agrees_now(kaspi: KaspiBooks, day: date) -> None:
    known(kaspi, at=noon())
    honest = kaspi.lines[day][0]
    kaspi.lines[day] = [replace(honest, amount=honest.amount + 1_000)]
    for _ in range(3):
        run(day, kaspi)
    assert listed() == [("amount_differs", "open", "compare_amounts")]
    kaspi.lines[day] = [honest]
    assert run(day, kaspi).is_clean
    kaspi.lines[day] = []
    assert [row.kind for row in run(day, kaspi).open] == ["missing_there"]
    kaspi.lines[day] = [replace(honest, amount=honest.amount + 2_000)]
    run(day, kaspi)
    assert listed() == [("amount_differs", "open", "compare_amounts"), ("missing_there", "healed", "ask_kaspi")]
    moves = [(before, after) for before, after, _ in history(1)]
    assert moves == [(None, "open"), ("open", "healed"), ("healed", "open")]


def test_staff_closes_a_discrepancy_with_a_reason_and_it_stays_closed(kaspi: KaspiBooks, day: date) -> None:
    stranger = paid_line(known(kaspi, at=noon()), "tr_stranger", noon())
    stranger = replace(stranger, provider_id="pay_stranger", order_id="ORDER-77")
    kaspi.tell(day, stranger)
    [found] = run(day, kaspi).open
    assert (found.kind, found.action, found.payment_id) == ("missing_here", "return_money", None)
    with transaction() as session:
        closed = discrepancies.resolve(session, found.id, reason=" Вернули ", actor=STAFF, now=clock.now())
        assert closed.state == DiscrepancyState.RESOLVED
    assert run(day, kaspi).is_clean
    with transaction() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "discrepancy.resolved")).all()
        assert [(entry.subject_id, entry.actor_kind) for entry in entries] == [(str(found.id), ActorKind.STAFF)]
    assert history(found.id)[-1] == ("open", "resolved", "Вернули")
    kaspi.lines[day][-1] = replace(stranger, amount=1, fee=0)
    [again] = run(day, kaspi).open
    assert (again.id, history(again.id)[-1]) == (found.id, ("resolved", "open", "changed"))


@pytest.mark.parametrize(
    ("reason", "code"), [("  ", "reason_missing"), ("x" * 201, "reason_too_long"), ("why", "discrepancy_closed")]
)
def test_what_cannot_be_closed_is_refused(kaspi: KaspiBooks, day: date, reason: str, code: str) -> None:
    known(kaspi, at=noon())
    kaspi.lines[day] = []
    [found] = run(day, kaspi).open
    with transaction() as session:
        discrepancies.ignore(session, found.id, reason="known", actor=STAFF, now=clock.now())
    with pytest.raises(DomainError) as refused, transaction() as session:
        discrepancies.resolve(session, found.id, reason=reason, actor=STAFF, now=clock.now())
    assert refused.value.code == code
    with pytest.raises(DomainError) as unknown, transaction() as session:
        discrepancies.resolve(session, 999, reason="why", actor=STAFF, now=clock.now())
    assert unknown.value.code == "discrepancy_unknown"
