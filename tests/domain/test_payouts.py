"""«Payouts are batched, exported for the bank, and posted to the ledger» (3-domain, After the stay)."""

from __future__ import annotations

import csv
import io
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.db import db, reading, transaction
from app.domain.accounts import people
from app.domain.actor import SYSTEM, Actor
from app.domain.checkout import cancel, sharing
from app.domain.ledger import posting
from app.domain.ledger.balances import of_landlord, totals
from app.domain.payouts import accounts, bank_file, batches
from app.factory import create_worker_app
from app.kit import clock
from app.kit.crypto import SealError
from app.models import Account, LedgerEntry, Payout, PayoutBatch, PayoutStatus
from tests import bank, factories
from tests.domain.stays import Paid, audited, paid_stay, refused
from tests.services import Services, make_settings

NIGHTS, CLEANING = 15_000 * 5, 3_000
SHARE = NIGHTS - NIGHTS // 10 + CLEANING
"""Of `paid_stay`: nights + cleaning − 10 % of the nights."""


def shared_stay(*, now: datetime, with_account: bool = True, **terms: object) -> tuple[Paid, datetime]:
    """A stay whose money was shared a day after check-in; it, and that moment."""
    paid = paid_stay(2, 5, now=now, **terms)
    later = paid.check_in_at + timedelta(hours=24)
    with transaction() as session:
        assert sharing.share_due(session, paid.id, now=later)
        if with_account:
            bank.open_account(session, paid.landlord, now=later)
    return paid, later


def owe(session: Session, landlord_id: UUID, amount: int, *, at: datetime, number: int = 1) -> None:
    """Let a landlord have earned so much (negative: owe us)."""
    prop = factories.make_property(session, landlord_id=landlord_id)
    booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(9))
    posting.stay_earned(
        session, booking_id=booking.id, landlord_id=landlord_id, landlord=amount, platform=0, number=number, at=at
    )
    session.flush()


def landlord_with(amount: int, *, now: datetime) -> UUID:
    """A landlord who is owed so much and may be paid."""
    with transaction() as session:
        landlord_id = factories.make_property(session).landlord_id
        bank.open_account(session, landlord_id, now=now)
        owe(session, landlord_id, amount, at=now)
    return landlord_id


def make_batch(*, now: datetime) -> tuple[int, date]:
    """Today's batch; its id and day."""
    with transaction() as session:
        made = batches.batch(session, clock.local_date(now), actor=SYSTEM, now=now)
        return made.id, made.day


def payout_to(landlord_id: UUID) -> Payout | None:
    with transaction() as session:
        statement = select(Payout).where(Payout.landlord_id == landlord_id).order_by(Payout.created_at.desc())
        return session.scalars(statement.limit(1)).first()


def owed_to(landlord_id: UUID, account: Account = Account.LANDLORD_PAYABLE) -> int:
    with reading() as connection:
        return -of_landlord(connection, landlord_id, account)


_days = itertools.count(step=10)


@pytest.fixture(scope="module")
def payouts_app(services: Services, template_url: str) -> Iterator[Flask]:
    """A database of this module's own: batches are about everyone."""
    url = services.create_database(template=str(make_url(template_url).database))
    app = create_worker_app(make_settings(url, services.redis_url))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    services.drop_database(url)


@pytest.fixture
def alone(payouts_app: Flask, now: datetime) -> Iterator[datetime]:
    """A moment of a test's own: a day has one batch."""
    with payouts_app.app_context():
        yield now + timedelta(days=next(_days))


@pytest.fixture
def staff(alone: datetime) -> Actor:
    with transaction() as session:
        return Actor.staff(bank.make_staff(session))


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
            barrier.wait(10)
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


def wait_for_lock(other: Future[int]) -> None:
    """Until somebody waits for a lock in this database, or `other` did not have to."""
    deadline = time.monotonic() + 10
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not other.done() and time.monotonic() < deadline:
        with reading() as connection:
            if connection.execute(waiting).scalar_one():
                return


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
        assert other.result(10)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(PayoutBatch)) == 2
        assert session.scalar(select(func.count()).select_from(Payout)) == 4
    assert [owed_to(landlord_id) for landlord_id in landlords] == [0] * 4


def test_control_without_the_unique_day_there_are_several_batches(waiting_app: Flask, now: datetime) -> None:
    with transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE payout_batches DROP CONSTRAINT uq_payout_batches_day")
    assert len(set(in_parallel(waiting_app, [now] * 6))) > 1


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
            bank.change_account(session, landlord_id, bank.details(), now=since)
        if lack not in {"account", "verification"}:
            accounts.verify(session, landlord_id, staff_id=staff_id, now=alone)
        if lack == "right to be here":
            people.block(session, landlord_id, staff_id=staff_id, now=alone)
    make_batch(now=alone)
    assert payout_to(landlord_id) is None
    assert owed_to(landlord_id) == 20_000


# --- what the bank does with it -----------------------------------------------------------------------------------


def export(staff: Actor, day: date, *, now: datetime) -> bank_file.BankFile:
    with transaction() as session:
        return bank_file.export(session, day, actor=staff, now=now)


def test_the_file_is_the_same_bytes_at_every_export(alone: datetime, staff: Actor) -> None:
    landlords = [landlord_with(10_000 * number, now=alone) for number in (1, 2, 3)]
    batch_id, day = make_batch(now=alone)
    first = export(staff, day, now=alone)
    with transaction() as session:  # what changes afterwards changes nothing in it
        bank.change_account(session, landlords[0], bank.details("Другой Человек"), now=alone)
        payout = batches.payouts_of(session, batch_id)[0]
        batches.confirm(session, payout.id, actor=staff, now=alone)
    again = export(staff, day, now=alone + timedelta(days=30))
    assert (again.content, again.sha256) == (first.content, first.sha256)
    with transaction() as session:
        assert audited(session, "payouts.exported", batch_id) == 2
        assert session.get_one(PayoutBatch, batch_id).file_sha256 == bytes.fromhex(first.sha256)


def test_the_file_says_what_the_bank_needs(alone: datetime, staff: Actor) -> None:
    landlord_id = landlord_with(12_345, now=alone)
    _, day = make_batch(now=alone)
    file = export(staff, day, now=alone)
    assert file.name == f"payouts-{day}.csv"
    rows = list(csv.reader(io.StringIO(file.content.decode(), newline=""), delimiter=";"))
    assert tuple(rows[0]) == bank_file.HEADER
    payout = payout_to(landlord_id)
    assert payout is not None
    with transaction() as session:
        iban = bank.account_of(session, landlord_id).iban
    assert [row for row in rows if row[0] == str(payout.id)] == [
        [
            str(payout.id),
            "Ахметов Ерлан",
            bank.tax_id(),
            iban,
            "12345.00",
            "KZT",
            f"ЖильеGO: выплата за проживание гостей, {day:%d.%m.%Y}",
        ]
    ]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_cell_of_the_file_is_a_formula(alone: datetime, staff: Actor, sign: str) -> None:
    landlord_id = landlord_with(12_345, now=alone)
    make_batch(now=alone)
    with transaction() as session:
        payout = session.scalars(select(Payout).where(Payout.landlord_id == landlord_id)).one()
        payout.holder = f"{sign}cmd|' /C calc'!A0"
    content = export(staff, clock.local_date(alone), now=alone).content.decode()
    assert f";'{sign}cmd" in content
    assert f";{sign}" not in content


def test_a_file_that_would_be_another_one_is_not_written(alone: datetime, staff: Actor) -> None:
    landlord_id = landlord_with(12_345, now=alone)
    _, day = make_batch(now=alone)
    export(staff, day, now=alone)
    with transaction() as session:
        session.scalars(select(Payout).where(Payout.landlord_id == landlord_id)).one().amount = 99_999
    with pytest.raises(RuntimeError, match="not the one that was exported"):
        export(staff, day, now=alone)


def test_a_confirmed_payout_leaves_our_bank_account(alone: datetime, staff: Actor) -> None:
    landlord_id = landlord_with(30_000, now=alone)
    _, day = make_batch(now=alone)
    payout = payout_to(landlord_id)
    assert payout is not None
    with refused("payout_state", status="created") as session:
        batches.confirm(session, payout.id, actor=staff, now=alone)
    export(staff, day, now=alone)
    with reading() as connection:
        before = totals(connection)
    for _ in range(2):  # again is nothing
        with transaction() as session:
            batches.confirm(session, payout.id, actor=staff, now=alone)
    with reading() as connection:
        after = totals(connection)
    assert after[Account.BANK] - before[Account.BANK] == -30_000
    assert owed_to(landlord_id, Account.PAYOUTS_IN_TRANSIT) == 0
    with refused("payout_state", status="confirmed") as session:
        batches.take_back(session, payout.id, reason="other", actor=staff, now=alone)


def test_a_returned_payout_is_owed_again_and_paid_with_the_next_batch(alone: datetime, staff: Actor) -> None:
    landlord_id = landlord_with(30_000, now=alone)
    _, day = make_batch(now=alone)
    export(staff, day, now=alone)
    payout = payout_to(landlord_id)
    assert payout is not None
    with refused("return_reason_unknown") as session:
        batches.take_back(session, payout.id, reason="because", actor=staff, now=alone)
    for _ in range(2):
        with transaction() as session:
            batches.take_back(session, payout.id, reason="account_closed", actor=staff, now=alone)
    assert owed_to(landlord_id) == 30_000
    make_batch(now=alone + timedelta(days=1))
    second = payout_to(landlord_id)
    assert second is not None
    assert (second.id != payout.id, second.amount, owed_to(landlord_id)) == (True, 30_000, 0)


def test_what_is_not_there_is_said(alone: datetime, staff: Actor) -> None:
    with refused("payout_batch_unknown") as session:
        bank_file.export(session, clock.local_date(alone), actor=staff, now=alone)
    make_batch(now=alone)  # who is still owed something by other tests
    _, day = make_batch(now=alone + timedelta(days=1))
    with refused("payout_batch_empty") as session:
        bank_file.export(session, day, actor=staff, now=alone)
    with refused("payout_unknown") as session:
        batches.confirm(session, UUID(int=1), actor=staff, now=alone)


def test_an_account_that_was_swapped_between_payouts_does_not_open(alone: datetime) -> None:
    """Sealed with the row as authenticated data; nothing of it is in plain sight."""
    first, second = (landlord_with(amount, now=alone) for amount in (30_000, 40_000))
    make_batch(now=alone)
    ids = [payout.id for payout in (payout_to(first), payout_to(second)) if payout is not None]
    with transaction() as session:
        payout, iban = session.get_one(Payout, ids[1]), bank.account_of(session, first).iban
        rows = session.execute(text("SELECT p::text, a::text FROM payouts p, landlord_accounts a")).all()
        assert str(iban).encode().hex() not in str(rows)
        payout.iban_sealed = session.get_one(Payout, ids[0]).iban_sealed
        with pytest.raises(SealError):
            assert payout.iban


def test_the_ledger_sums_to_zero_after_all_of_it(alone: datetime, staff: Actor) -> None:
    paid, later = shared_stay(now=alone)
    _, day = make_batch(now=later)
    export(staff, day, now=later)
    with transaction() as session:
        payout = session.scalars(select(Payout).where(Payout.landlord_id == paid.landlord)).one()
        batches.confirm(session, payout.id, actor=staff, now=later)
        assert session.scalar(select(func.sum(LedgerEntry.amount))) == 0
