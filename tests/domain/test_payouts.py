"""Whom a day's batch pays and how much, once (3-domain, After the stay)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.db import reading, transaction
from app.domain.accounts import people
from app.domain.actor import SYSTEM, Actor
from app.domain.checkout import cancel, sharing
from app.domain.payouts import accounts, batches
from app.kit import clock
from app.models import Account, Payout, PayoutBatch, PayoutStatus
from tests import bank, factories
from tests.domain.payouts import landlord_with, make_batch, new_days, owe, owed_to, payout_to, shared_stay
from tests.domain.stays import paid_stay, refused
from tests.patience import WAITING
from tests.standins import PATIENCE, wait_until

NIGHTS, CLEANING = 15_000 * 5, 3_000
SHARE = NIGHTS - NIGHTS // 10 + CLEANING
"""Of `paid_stay`: nights + cleaning − 10 % of the nights."""


@pytest.fixture
def alone(payouts_app: Flask, now: datetime) -> Iterator[datetime]:
    """A moment of a test's own: a day has one batch."""
    with payouts_app.app_context():
        yield now + timedelta(days=next(new_days))


def test_24_hours_after_check_in_the_landlord_is_owed_nights_and_cleaning_less_commission(alone: datetime) -> None:
    paid, later = shared_stay(now=alone)
    assert owed_to(paid.landlord) == SHARE
    make_batch(now=later)
    payout = payout_to(paid.landlord)
    assert payout is not None
    assert (payout.amount, payout.status) == (SHARE, PayoutStatus.CREATED)
    assert owed_to(paid.landlord) == 0
    assert owed_to(paid.landlord, Account.PAYOUTS_IN_TRANSIT) == SHARE


def test_a_second_before_24_hours_nothing_is_paid(alone: datetime) -> None:
    paid = paid_stay(2, 5, now=alone)
    moment = paid.check_in_at + timedelta(hours=24) - timedelta(seconds=1)
    with transaction() as session:
        bank.open_account(session, paid.landlord, now=moment)
        assert not sharing.share_due(session, paid.id, now=moment)
    make_batch(now=moment)
    assert payout_to(paid.landlord) is None


def test_a_day_has_one_batch_however_often_it_is_asked_for(alone: datetime) -> None:
    landlord_id = landlord_with(50_000, now=alone)
    first = make_batch(now=alone)
    with transaction() as session:
        owe(session, landlord_id, 7_000, at=alone, number=2)
    assert make_batch(now=alone) == first
    payout = payout_to(landlord_id)
    assert payout is not None
    assert payout.amount == 50_000
    make_batch(now=alone + timedelta(days=1))
    payout = payout_to(landlord_id)
    assert payout is not None
    assert payout.amount == 7_000


def test_only_todays_batch_can_be_made(alone: datetime) -> None:
    for days in (-1, 1):
        with refused("payout_day_wrong") as session:
            batches.batch(session, clock.local_date(alone) + timedelta(days=days), actor=SYSTEM, now=alone)


def in_parallel(app: Flask, moments: list[datetime]) -> list[int]:
    """Batches asked for in the same instant, each for the day of its moment; their ids."""
    barrier = Barrier(len(moments))

    def one(moment: datetime) -> int:
        with app.app_context():
            barrier.wait(PATIENCE)
            return make_batch(now=moment)[0]

    with ThreadPoolExecutor(len(moments)) as pool:
        return list(pool.map(one, moments))


def test_two_who_ask_at_once_make_one_batch(waiting_app: Flask, now: datetime) -> None:
    landlords = [landlord_with(10_000 + number, now=now) for number in range(4)]
    assert len(set(in_parallel(waiting_app, [now] * 6))) == 1
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(PayoutBatch)) == 1
        assert session.scalar(select(func.count()).select_from(Payout)) == 4
    assert [owed_to(landlord_id) for landlord_id in landlords] == [0] * 4


def wait_for_lock(other: Future[Any]) -> None:
    """Until somebody waits for a lock in this database, or `other` did not have to."""

    def is_there() -> bool:
        with reading() as connection:
            return other.done() or bool(connection.execute(text(WAITING)).scalar_one())

    wait_until(is_there, PATIENCE, "waiting for the lock")


def test_batches_of_two_days_at_once_do_not_pay_the_same_money_twice(waiting_app: Flask, now: datetime) -> None:
    """At midnight: the second waits until the first has paid. Without the lock it would not, and pay again."""
    landlords = [landlord_with(10_000, now=now) for _ in range(4)]
    with transaction() as session:
        for landlord_id in landlords:
            accounts.let_pending_in(bank.account_of(session, landlord_id), now=now)

    def tomorrow() -> int:
        with waiting_app.app_context():
            return make_batch(now=now + timedelta(days=1))[0]

    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            batches.batch(session, clock.local_date(now), actor=SYSTEM, now=now)
            other = pool.submit(tomorrow)
            wait_for_lock(other)
        assert other.result(PATIENCE)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(PayoutBatch)) == 2
        assert session.scalar(select(func.count()).select_from(Payout)) == 4
    assert [owed_to(landlord_id) for landlord_id in landlords] == [0] * 4


def test_control_without_the_unique_day_there_are_several_batches(waiting_app: Flask, now: datetime) -> None:
    with transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE payout_batches DROP CONSTRAINT uq_payout_batches_day")
        accounts.let_pending_in(bank.account_of(session, landlord_with(10_000, now=now)), now=now)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            batches.batch(session, clock.local_date(now), actor=SYSTEM, now=now)
            other = pool.submit(in_parallel, waiting_app, [now])
            wait_for_lock(other)  # of the landlord; the day's batch does not stop it
        other.result(PATIENCE)
    with transaction() as session:
        made = select(func.count()).select_from(PayoutBatch).where(PayoutBatch.day == clock.local_date(now))
        assert session.scalar(made) == 2


def test_less_than_a_thousand_tenge_waits_for_more(alone: datetime) -> None:
    landlord_id = landlord_with(999, now=alone)
    make_batch(now=alone)
    assert payout_to(landlord_id) is None
    with transaction() as session:
        owe(session, landlord_id, 1, at=alone, number=2)
    make_batch(now=alone + timedelta(days=1))
    payout = payout_to(landlord_id)
    assert payout is not None
    assert payout.amount == 1_000


def test_a_refund_after_a_payout_is_recovered_from_the_next_payouts(alone: datetime) -> None:
    paid, later = shared_stay(now=alone, cancellation_policy="flexible")
    make_batch(now=later)
    with transaction() as session:
        cancel.cancel(session, paid.reference, actor=Actor.landlord(paid.landlord), now=later, reason="repair")
    assert owed_to(paid.landlord) == -SHARE, "everything went back to the guest, and the landlord has been paid"
    make_batch(now=later + timedelta(days=1))
    with transaction() as session:
        owe(session, paid.landlord, SHARE + 5_000, at=later, number=7)
    make_batch(now=later + timedelta(days=2))
    with transaction() as session:
        amounts = session.scalars(select(Payout.amount).where(Payout.landlord_id == paid.landlord))
        assert sorted(amounts) == sorted([SHARE, 5_000])
    assert owed_to(paid.landlord) == 0


@pytest.mark.parametrize("lack", ["account", "verification", "72 hours", "right to be here"])
def test_who_may_not_be_paid_waits_and_loses_nothing(alone: datetime, lack: str) -> None:
    with transaction() as session:
        landlord_id, staff_id = factories.make_property(session).landlord_id, bank.make_staff(session)
        owe(session, landlord_id, 20_000, at=alone)
        since = alone - timedelta(hours=72 if lack != "72 hours" else 71)
        if lack != "account":
            wanted = bank.details()
            bank.change_account(session, landlord_id, wanted, now=since)
            if lack != "verification":
                accounts.verify(session, landlord_id, last4=wanted.iban[-4:], staff_id=staff_id, now=alone)
        if lack == "right to be here":
            people.block(session, landlord_id, staff_id=staff_id, now=alone)
    make_batch(now=alone)
    assert payout_to(landlord_id) is None
    assert owed_to(landlord_id) == 20_000
