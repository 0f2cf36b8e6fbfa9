"""Comparing refunds in a day's statement with those in our books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout.cancel import cancel
from app.domain.payments import returns
from app.kit import clock
from app.models import Booking, Payment, RefundTransfer
from tests.jobs.kaspi_books import KaspiBooks, noon, refund_line
from tests.jobs.reconciling import alone_in, known, listed, run
from tests.services import Services


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


def refunded(kaspi: KaspiBooks, *, paid_at: datetime) -> tuple[Payment, RefundTransfer]:
    """A stay that its guest cancelled; the refund was asked for and nobody knows its end."""
    payment = known(kaspi, at=paid_at)
    with transaction() as session:
        booking = session.get_one(Booking, payment.booking_id)
        cancel(session, booking.reference, actor=Actor.guest(booking.guest_id), now=paid_at)
        transfer = session.scalars(select(RefundTransfer)).one()
        returns.begin(session, transfer.id, now=paid_at)
        returns.accepted(session, transfer.id, now=clock.now())
    return payment, transfer


def test_a_refund_that_kaspi_made_and_we_wait_for_is_asked_about(kaspi: KaspiBooks, day: date) -> None:
    payment, transfer = refunded(kaspi, paid_at=noon())
    kaspi.tell(day, refund_line(payment, transfer.amount, noon()))
    [found] = run(day, kaspi).open
    assert (found.kind, found.action) == ("missing_here", "wait_for_refund")
    assert run(day + timedelta(days=1), kaspi).is_clean  # on demand, before we learn of it on that day
    with transaction() as session:
        assert returns.due_to_ask(session, now=clock.now()) == [transfer.id]
        returns.done(session, transfer.id, now=clock.now())
    assert run(day, kaspi).is_clean
    assert listed() == [("missing_here", "healed", "wait_for_refund"), ("other_day", "healed", "none")]
    assert run(day + timedelta(days=1), kaspi).is_clean


def test_refunds_that_both_books_have_agree_and_one_of_kaspis_own_cabinet_is_listed(
    kaspi: KaspiBooks, day: date
) -> None:
    payment, transfer = refunded(kaspi, paid_at=noon())
    with transaction() as session:
        returns.done(session, transfer.id, now=noon())
    kaspi.tell(day, refund_line(payment, transfer.amount, noon()))
    found = run(day, kaspi)
    assert found.is_clean
    assert found.outcomes["ours"]["refunds"] == {"count": 1, "amount": transfer.amount}
    kaspi.tell(day, refund_line(payment, 700, noon(), number="2"))
    [strange] = run(day, kaspi).open
    assert (strange.kind, strange.movement, strange.action) == ("missing_here", "refund", "record_refund")
    assert (strange.payment_id, strange.their_amount) == (payment.id, 700)


def test_a_refund_that_its_own_days_statement_had_does_not_explain_another(kaspi: KaspiBooks, day: date) -> None:
    """The same sum of the same payment, given back by us the day before: today's was made by someone else."""
    before = day - timedelta(days=1)
    payment, transfer = refunded(kaspi, paid_at=noon(2))
    with transaction() as session:
        returns.done(session, transfer.id, now=noon(2))
    kaspi.tell(before, refund_line(payment, transfer.amount, noon(2)))
    assert run(before, kaspi).is_clean
    kaspi.tell(day, refund_line(payment, transfer.amount, noon(), number="2"))
    [strange] = run(day, kaspi).open
    assert (strange.kind, strange.action) == ("missing_here", "record_refund")


def test_a_surface_that_tells_only_sums_given_back_so_far(kaspi: KaspiBooks, day: date) -> None:
    """The QR surface: lines are made of the status of the payments that we name, without fees and order ids."""
    payment, transfer = refunded(kaspi, paid_at=noon())
    with transaction() as session:
        returns.done(session, transfer.id, now=noon())
    bare = [replace(line, order_id=None, fee=None, net=None) for line in kaspi.lines[day]]
    total = replace(
        refund_line(payment, transfer.amount, clock.at_local(day, time.min)),
        transaction_id=f"{bare[0].transaction_id}:returned",
        order_id=None,
        fee=None,
        net=None,
    )
    kaspi.lines[day] = [*bare, total]
    found = run(day, kaspi)
    assert found.is_clean
    assert found.outcomes["outcomes"]["matched"]["count"] == 2
    assert found.outcomes["difference"] == 0
    assert list(kaspi.asked[-1]) == [payment.provider_id]
    kaspi.lines[day] = [*bare, replace(total, amount=transfer.amount + 500)]
    [strange] = run(day, kaspi).open
    assert (strange.kind, strange.their_amount, strange.action) == ("missing_here", 500, "record_refund")
    kaspi.lines[day + timedelta(days=1)] = [kaspi.lines[day][-1]]
    assert run(day + timedelta(days=1), kaspi).is_clean  # it is listed already
