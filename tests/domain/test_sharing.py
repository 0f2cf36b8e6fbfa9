"""When a guest's money becomes the landlord's and the platform's (3-domain, After the stay)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Flask
from sqlalchemy import select, text

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import cancel, refunding, sharing
from app.domain.ledger import balances
from app.jobs.sharing import share_due
from app.kit import clock
from app.models import Account, Booking, LedgerEntry, PostingKind, Property
from tests.domain.stays import Paid, extend, paid_stay, pay_extension, shorten

MORNING = clock.at_local(clock.local_date(clock.now()), time(10, 0))
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
NIGHTS, FEE, CLEANING, DEPOSIT = 5 * 15_000, 7_500, 3_000, 9_000
COMMISSION = NIGHTS // 10


def stay(days: int = 20, **terms: object) -> Paid:
    return paid_stay(days, 5, deposit=DEPOSIT, now=MORNING, **terms)


def share(paid: Paid, *, now: datetime) -> bool:
    with transaction() as session:
        return sharing.share_due(session, paid.id, now=now)


def accounts(paid: Paid) -> dict[Account, int]:
    with transaction() as session:
        found = balances.of_booking(session.connection(), paid.id)
    assert sum(found.values()) == 0
    return {account: amount for account, amount in found.items() if amount}


def test_a_deposit_is_the_guests_from_the_moment_of_paying(app: Flask) -> None:
    paid = stay()
    assert accounts(paid) == {
        Account.KASPI_CLEARING: NIGHTS + FEE + CLEANING + DEPOSIT,
        Account.GUEST_PREPAYMENTS: -(NIGHTS + FEE + CLEANING),
        Account.DEPOSITS: -DEPOSIT,
    }


def test_payout_to_the_landlord_24_hours_after_check_in_nights_and_cleaning_less_commission(app: Flask) -> None:
    paid = stay()
    at = paid.check_in_at + DAY
    assert not share(paid, now=at - SECOND)
    assert Account.LANDLORD_PAYABLE not in accounts(paid)
    with transaction() as session:
        assert paid.id in sharing.due(session, now=at, limit=10_000)
        assert paid.id not in sharing.due(session, now=at - SECOND, limit=10_000)
    assert share(paid, now=at)
    assert accounts(paid) == {
        Account.KASPI_CLEARING: NIGHTS + FEE + CLEANING + DEPOSIT,
        Account.DEPOSITS: -DEPOSIT,
        Account.LANDLORD_PAYABLE: -(NIGHTS + CLEANING - COMMISSION),
        Account.PLATFORM_REVENUE: -(FEE + COMMISSION),
    }
    with transaction() as session:
        assert balances.of_landlord(session.connection(), paid.landlord) == -(NIGHTS + CLEANING - COMMISSION)


def test_a_stay_is_shared_once(app: Flask) -> None:
    paid = stay()
    assert share(paid, now=paid.check_in_at + DAY)
    before = accounts(paid)
    assert not share(paid, now=paid.check_in_at + 2 * DAY)
    with transaction() as session:
        assert paid.id not in sharing.due(session, now=paid.check_in_at + 9 * DAY, limit=10_000)
    assert accounts(paid) == before


def test_a_reported_problem_keeps_the_money_back(app: Flask) -> None:
    paid = stay()
    with transaction() as session:
        session.get_one(Booking, paid.id).frozen_at = paid.check_in_at
    assert not share(paid, now=paid.check_in_at + DAY)
    with transaction() as session:
        assert paid.id not in sharing.due(session, now=paid.check_in_at + DAY, limit=10_000)
        session.get_one(Booking, paid.id).frozen_at = None
    assert share(paid, now=paid.check_in_at + 3 * DAY)


def test_what_a_late_cancellation_keeps_is_shared_when_the_stay_would_have_been(app: Flask) -> None:
    """Moderate policy, three days before: half of the nights and the fee stay, cleaning and deposit go back."""
    paid = stay()
    with transaction() as session:
        now = paid.check_in_at - 3 * DAY
        cancel.cancel(session, paid.reference, actor=Actor.guest(paid.guest), now=now)
    half = NIGHTS // 2
    back = half + CLEANING + DEPOSIT
    assert accounts(paid)[Account.REFUNDS_PAYABLE] == -back
    assert share(paid, now=paid.check_in_at + DAY)
    found = accounts(paid)
    assert found[Account.LANDLORD_PAYABLE] == -(half - half // 10)
    assert found[Account.PLATFORM_REVENUE] == -(FEE + half // 10)
    assert Account.GUEST_PREPAYMENTS not in found
    assert Account.DEPOSITS not in found


def test_a_refund_after_the_sharing_takes_back_what_was_shared(app: Flask) -> None:
    """The landlord cancels on the third day: everything comes back, the landlord's account ends where it began."""
    paid = stay()
    assert share(paid, now=paid.check_in_at + DAY)
    with transaction() as session:
        by = Actor.landlord(paid.landlord)
        cancel.cancel(session, paid.reference, actor=by, now=paid.check_in_at + 2 * DAY, reason="repairs")
    whole = NIGHTS + FEE + CLEANING + DEPOSIT
    assert accounts(paid) == {Account.KASPI_CLEARING: whole, Account.REFUNDS_PAYABLE: -whole}


def test_an_extension_is_shared_with_the_stay_or_at_once_when_that_has_been_shared(app: Flask) -> None:
    paid = stay(max_nights=30)
    assert share(paid, now=paid.check_in_at + DAY)
    now = paid.check_in_at + 2 * DAY
    with transaction() as session:
        pay_extension(session, extend(session, paid, 2, now=now), now=now)
    assert share(paid, now=now)
    more = 2 * 15_000
    assert accounts(paid)[Account.LANDLORD_PAYABLE] == -(NIGHTS + more + CLEANING - (NIGHTS + more) // 10)
    assert Account.GUEST_PREPAYMENTS not in accounts(paid)


def test_a_shortening_after_the_sharing_is_taken_from_the_landlord(app: Flask) -> None:
    """Flexible terms give nothing back after check-in: the shares stay; nothing of the nights is lost on the way."""
    paid = stay()
    assert share(paid, now=paid.check_in_at + DAY)
    with transaction() as session:
        assert shorten(session, paid, 1, now=paid.check_in_at + DAY + SECOND) == 0
    assert accounts(paid)[Account.LANDLORD_PAYABLE] == -(NIGHTS + CLEANING - COMMISSION)


def test_a_deposit_goes_back_without_touching_the_shares(app: Flask) -> None:
    paid = stay()
    assert share(paid, now=paid.check_in_at + DAY)
    with transaction() as session:
        prop, booking = session.get_one(Property, paid.flat), session.get_one(Booking, paid.id)
        refunding.owe_deposit(session, prop, booking, DEPOSIT, now=paid.check_out_at + 2 * DAY)
    found = accounts(paid)
    assert Account.DEPOSITS not in found
    assert found[Account.REFUNDS_PAYABLE] == -DEPOSIT
    assert found[Account.LANDLORD_PAYABLE] == -(NIGHTS + CLEANING - COMMISSION)


def test_a_landlords_statement_lists_each_movement_with_the_balance_after_it(app: Flask) -> None:
    paid = stay()
    assert share(paid, now=paid.check_in_at + DAY)
    with transaction() as session:
        by = Actor.landlord(paid.landlord)
        cancel.cancel(session, paid.reference, actor=by, now=paid.check_in_at + 2 * DAY, reason="repairs")
    earned = NIGHTS + CLEANING - COMMISSION
    begin, end = paid.check_in_at, paid.check_in_at + 3 * DAY
    with transaction() as session:
        lines = list(balances.statement_of_landlord(session.connection(), paid.landlord, begin=begin, end=end))
        after = balances.statement_of_landlord(session.connection(), paid.landlord, begin=begin + DAY + SECOND, end=end)
        assert [line.balance for line in after] == [0], "what was before the window is in the balance"
    assert [(line.kind, line.amount, line.balance) for line in lines] == [
        (PostingKind.STAY_EARNED, -earned, -earned),
        (PostingKind.STAY_EARNED, earned, 0),
    ]


def test_the_accounts_sum_to_zero(app: Flask) -> None:
    paid = stay()
    assert share(paid, now=paid.check_in_at + DAY)
    with transaction() as session:
        totals = balances.totals(session.connection())
        assert session.scalars(select(LedgerEntry.id).where(LedgerEntry.booking_id == paid.id)).first()
    assert set(totals) == set(Account)
    assert sum(totals.values()) == 0


def test_a_backlog_larger_than_a_batch_is_shared_in_one_run(app: Flask) -> None:
    """As after a migration, or an outage: 250 stays at once, and one that a reported problem keeps back."""
    paid, kept_back = stay(), stay()
    copies = (
        "INSERT INTO bookings SELECT (jsonb_populate_record(b, jsonb_build_object("
        " 'id', nextval(pg_get_serial_sequence('bookings', 'id')), 'confirmed_at', NULL, 'status', 'expired',"
        " 'reference', 'BBBB' || translate(lpad(n::text, 4, '0'), '01', 'ZX')))).*"
        " FROM bookings b, generate_series(1, 250) AS n WHERE b.id = :id"
    )
    mine = "property_id = :flat AND settle_at IS NOT NULL"
    with transaction() as session:
        session.get_one(Booking, paid.id).settle_at = MORNING - DAY
        late = session.get_one(Booking, kept_back.id)
        late.settle_at, late.frozen_at = MORNING - DAY, MORNING
        session.flush()
        session.execute(text(copies), {"id": paid.id})
    share_due()
    with transaction() as session:
        assert session.execute(text(f"SELECT count(*) FROM bookings WHERE {mine}"), {"flat": paid.flat}).scalar() == 0
        assert session.get_one(Booking, kept_back.id).settle_at is not None
    assert Account.LANDLORD_PAYABLE in accounts(paid)
    assert Account.LANDLORD_PAYABLE not in accounts(kept_back)
