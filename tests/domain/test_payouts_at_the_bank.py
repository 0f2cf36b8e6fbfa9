"""Payouts «exported for the bank, and posted to the ledger» (3-domain, After the stay): confirmed, returned."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.db import reading, transaction
from app.domain.actor import Actor
from app.domain.ledger.balances import totals
from app.domain.payouts import bank_file, batches
from app.kit import clock
from app.kit.crypto import SealError
from app.models import Account, LedgerEntry, Payout, PayoutBatch, User
from tests import bank
from tests.domain.payouts import landlord_with, make_batch, new_days, owed_to, payout_to, shared_stay
from tests.domain.stays import audited, refused


@pytest.fixture
def alone(payouts_app: Flask, now: datetime) -> Iterator[datetime]:
    """A moment of a test's own: a day has one batch."""
    with payouts_app.app_context():
        yield now + timedelta(days=next(new_days))


@pytest.fixture
def staff(alone: datetime) -> Actor:
    with transaction() as session:
        return Actor.staff(bank.make_staff(session))


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
    for _ in range(2):  # the landlord's own bank refuses it a day later
        with transaction() as session:
            batches.take_back(session, payout.id, reason="other", actor=staff, now=alone + timedelta(days=1))
    with reading() as connection:
        assert totals(connection)[Account.BANK] == before[Account.BANK]
    assert (owed_to(landlord_id), owed_to(landlord_id, Account.PAYOUTS_IN_TRANSIT)) == (30_000, 0)


def test_whoever_is_blocked_after_the_batch_was_made_is_not_in_the_file(alone: datetime, staff: Actor) -> None:
    honest, thief = landlord_with(30_000, now=alone), landlord_with(40_000, now=alone)
    _, day = make_batch(now=alone)
    with transaction() as session:
        session.get_one(User, thief).blocked_at = alone
    first = export(staff, day, now=alone)
    kept, back = payout_to(honest), payout_to(thief)
    assert kept is not None
    assert back is not None
    assert str(kept.id).encode() in first.content
    assert str(back.id).encode() not in first.content
    assert owed_to(thief) == 40_000
    with transaction() as session:
        session.get_one(User, thief).blocked_at = None
    assert export(staff, day, now=alone).sha256 == first.sha256
    with refused("payout_state", status="returned") as session:
        batches.confirm(session, back.id, actor=staff, now=alone)


def test_a_batch_of_nobody_but_the_blocked_gives_their_money_back_to_them_too(alone: datetime, staff: Actor) -> None:
    thief = landlord_with(40_000, now=alone)
    batch_id, day = make_batch(now=alone)
    with transaction() as session:
        for payout in batches.payouts_of(session, batch_id):
            session.get_one(User, payout.landlord_id).blocked_at = alone
    first = export(staff, day, now=alone)
    assert first.payouts == 0
    assert (owed_to(thief), owed_to(thief, Account.PAYOUTS_IN_TRANSIT)) == (40_000, 0)
    assert export(staff, day, now=alone).sha256 == first.sha256


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
