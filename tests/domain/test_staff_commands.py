"""`flask payouts`, `cases`, `deposits` and `ledger`: what staff types, what it says, what it refuses."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask

from app.db import transaction
from app.domain.aftercare import deposits, problems
from app.domain.ledger import posting
from app.domain.listings.cards import PhotoInfo
from app.kit import clock
from tests import bank, factories
from tests.domain.stays import audited


class People(NamedTuple):
    """Who is about: a landlord with 40 000 tenge and an account that is not verified, their phones."""

    landlord: UUID
    landlord_phone: str
    staff_phone: str


@pytest.fixture
def people(waiting_app: Flask, now: datetime) -> People:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(9))
        bank.change_account(session, prop.landlord_id, bank.details(), now=now - timedelta(hours=80))
        posting.stay_earned(
            session,
            booking_id=booking.id,
            landlord_id=prop.landlord_id,
            landlord=40_000,
            platform=0,
            number=1,
            at=now,
        )
        staff = bank.make_staff(session)
        return People(prop.landlord_id, bank.phone_of(session, prop.landlord_id), bank.phone_of(session, staff))


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def said(app: Flask, *words: str) -> str:
    result = run(app, *words)
    assert result.exit_code == 0, result.output
    return result.output


def test_from_the_batch_to_the_bank_and_back(waiting_app: Flask, people: People, tmp_path: Path) -> None:
    by, today = ("--as", people.staff_phone), clock.local_date(clock.now())
    assert "0 payouts" in said(waiting_app, "payouts", "list")
    with transaction() as session:
        last4 = bank.account_of(session, people.landlord).pending_last4 or ""
    said(waiting_app, "payouts", "verify", *by, people.landlord_phone, last4)
    for _ in range(2):
        assert said(waiting_app, "payouts", "batch", *by) == f"{today}: 1 payouts, 40000 tenge\n"
    for _ in range(2):
        assert "1 payouts, sha256" in said(waiting_app, "payouts", "export", *by, "--to", str(tmp_path))
    file = tmp_path / f"payouts-{today}.csv"
    assert b";40000.00;KZT;" in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0, "for the person who exported it"
    listed = said(waiting_app, "payouts", "list", "--day", str(today))
    payout_id = listed.split()[0]
    assert re.search(r"40000 exported …\w{4}\n", listed)
    assert "owed again" in said(waiting_app, "payouts", "return", *by, "--reason", "wrong_details", payout_id)
    refused = run(waiting_app, "payouts", "confirm", *by, payout_id)
    assert (refused.exit_code, "not at the bank" in refused.output) == (2, True)
    with transaction() as session:
        assert audited(session, "payout.returned", payout_id) == 1
    balances = said(waiting_app, "ledger", "balances")
    assert re.search(r"landlord_payable +-40000\n", balances)
    assert re.search(r"sum +0\n", balances)
    statement = said(waiting_app, "ledger", "statement", people.landlord_phone)
    assert [word for word in ("stay_earned", "payout_sent", "payout_returned") if word in statement] == [
        "stay_earned",
        "payout_sent",
        "payout_returned",
    ]
    assert "0 lines" in said(waiting_app, "ledger", "statement", people.landlord_phone, "--month", "2024-02")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("payouts", "batch"), "No account of the staff"),
        (("payouts", "export"), "No account of the staff"),
        (("cases", "close", "--outcome", "solved", "22222222"), "No account of the staff"),
        (("deposits", "decide", "--landlord-gets", "0", "22222222"), "No account of the staff"),
    ],
)
def test_commands_are_for_staff(waiting_app: Flask, people: People, words: tuple[str, ...], sentence: str) -> None:
    for phone in (people.landlord_phone, "what?"):
        result = run(waiting_app, *words, "--as", phone)
        assert result.exit_code == 2
        assert sentence in result.output
        assert "Traceback" not in result.output


def test_what_kaspi_paid_to_the_bank_is_noted_once(waiting_app: Flask, people: People) -> None:
    words = ("ledger", "settled", "--as", people.staff_phone, "PO-17/3")
    assert said(waiting_app, *words, "25000") == "PO-17/3: 25000 tenge noted\n"
    assert "noted before" in said(waiting_app, *words, "25000")
    refusal = run(waiting_app, *words, "26000")
    assert (refusal.exit_code, "25000" in refusal.output) == (2, True)
    lines = {line.split()[0]: int(line.split()[1]) for line in said(waiting_app, "ledger", "balances").splitlines()}
    assert (lines["kaspi_clearing"], lines["bank"], lines["sum"]) == (-25_000, 25_000, 0)
    with transaction() as session:
        assert audited(session, "ledger.settled", "PO-17/3") == 1


def test_what_is_refused_is_said_in_a_sentence(waiting_app: Flask, people: People) -> None:
    by = ("--as", people.staff_phone)
    for words, sentence in [
        (("payouts", "batch", *by, "--day", "2024-01-01"), "Only today's batch"),
        (("payouts", "export", *by), "make it first"),
        (("payouts", "verify", *by, people.staff_phone, "0001"), "no account for payouts"),
        (("payouts", "confirm", *by, str(UUID(int=1))), "no such payout"),
        (("cases", "close", *by, "--outcome", "solved", "22222222"), "no booking with this reference"),
        (("deposits", "decide", *by, "--landlord-gets", "0", "22222222"), "no booking with this reference"),
        (("ledger", "settled", *by, "№ 1", "5"), "Write the bank's number"),
        (("ledger", "statement", "x"), "No account has this phone"),
    ]:
        result = run(waiting_app, *words)
        assert (result.exit_code, sentence in result.output) == (2, True), result.output


def test_cases_are_listed_read_and_closed(waiting_app: Flask, people: People, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booked = now - timedelta(days=3)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(3, now=booked), now=booked)
        problems.report(
            session,
            booking.reference,
            guest_id=guest,
            reason="no_entry",
            text="Сейф пуст",
            now=booking.check_in_at + timedelta(hours=1),
        )
    by = ("--as", people.staff_phone)
    assert f"{booking.reference} no_entry" in said(waiting_app, "cases", "list")
    assert "Сейф пуст" in said(waiting_app, "cases", "read", *by, booking.reference)
    assert "closed: solved" in said(waiting_app, "cases", "close", *by, "--outcome", "solved", booking.reference)
    assert said(waiting_app, "cases", "list") == "0 open\n"


def test_claims_are_listed_with_their_pictures_and_decided(waiting_app: Flask, people: People, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session, deposit=20_000), factories.make_user(session)
        booking = factories.make_completed_booking(session, prop, guest, left=1)
        deposits.claim(
            session,
            booking.reference,
            landlord_id=prop.landlord_id,
            amount=9_000,
            reason="damage",
            text="Разбито зеркало",
            photos=[PhotoInfo("claim-7", 4, 3, "data:,")],
            now=booking.check_out_at + timedelta(hours=1),
        )
    listed = said(waiting_app, "deposits", "list")
    assert f"{booking.reference} 9000 damage: Разбито зеркало\n" in listed
    assert "http://localhost/claim-photos/claim-7/1600\n" in listed
    by = ("--as", people.staff_phone)
    too_much = run(waiting_app, "deposits", "decide", *by, "--landlord-gets", "9001", booking.reference)
    assert (too_much.exit_code, "at most what was claimed" in too_much.output) == (2, True)
    assert "gets 9000" in said(waiting_app, "deposits", "decide", *by, "--landlord-gets", "9000", booking.reference)
    assert said(waiting_app, "deposits", "list") == "0 open\n"
