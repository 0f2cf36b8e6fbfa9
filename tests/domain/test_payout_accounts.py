"""«A change of IBAN needs a second proof, notices on all channels and 72 h before it is used» (3-domain)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from app.db import transaction
from app.domain.accounts.codes import CodeProblem
from app.domain.payouts import accounts
from app.domain.payouts.accounts import AccountState
from app.kit.errors import DomainError
from tests import bank, factories
from tests.domain import login_codes
from tests.domain.stays import audited, refused

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def landlord(app: Flask) -> UUID:
    with transaction() as session:
        return factories.make_property(session).landlord_id


def state(landlord_id: UUID, *, now: datetime) -> AccountState:
    with transaction() as session:
        found = accounts.state_of(session, landlord_id, now=now)
    assert found is not None
    return found


def change(landlord_id: UUID, wanted: accounts.AccountDetails, *, now: datetime) -> None:
    with transaction() as session:
        assert bank.change_account(session, landlord_id, wanted, now=now).problem is None


def usable(landlord_id: UUID, *, now: datetime) -> str | None:
    """The IBAN that a batch at this moment would use."""
    with transaction() as session:
        account = bank.account_of(session, landlord_id)
        accounts.let_pending_in(account, now=now)
        return account.iban


def test_a_first_account_is_used_after_72_hours_and_not_a_second_before(landlord: UUID, now: datetime) -> None:
    wanted = bank.details()
    change(landlord, wanted, now=now)
    assert usable(landlord, now=now + 72 * HOUR - SECOND) is None
    assert usable(landlord, now=now + 72 * HOUR) == wanted.iban


def test_until_then_the_old_one_is_used(landlord: UUID, now: datetime) -> None:
    old, new = bank.details(), bank.details()
    change(landlord, old, now=now - 100 * HOUR)
    change(landlord, new, now=now)
    assert usable(landlord, now=now + 72 * HOUR - SECOND) == old.iban
    shown = state(landlord, now=now)
    assert (shown.iban_last4, shown.pending_last4) == (old.iban[-4:], new.iban[-4:])
    assert shown.pending_usable_from == now + 72 * HOUR
    assert usable(landlord, now=now + 72 * HOUR) == new.iban


def test_a_second_change_begins_the_72_hours_anew(landlord: UUID, now: datetime) -> None:
    first, second, third = bank.details(), bank.details(), bank.details()
    change(landlord, first, now=now - 100 * HOUR)
    change(landlord, second, now=now)
    change(landlord, third, now=now + HOUR)
    assert usable(landlord, now=now + 72 * HOUR) == first.iban
    assert usable(landlord, now=now + 73 * HOUR) == third.iban


def test_verification_stays_with_another_iban_and_ends_with_another_holder(landlord: UUID, now: datetime) -> None:
    with transaction() as session:
        bank.open_account(session, landlord, now=now)
    change(landlord, bank.details(), now=now)
    assert state(landlord, now=now).is_verified
    change(landlord, bank.details("Иванова Анна"), now=now + HOUR)
    shown = state(landlord, now=now + HOUR)
    assert (shown.is_verified, shown.iban_last4) == (False, None), "what was the other holder's is not used any more"


def test_the_same_account_again_is_no_change(landlord: UUID, now: datetime) -> None:
    wanted = bank.details()
    change(landlord, wanted, now=now)
    with refused("account_unchanged") as session:
        bank.change_account(session, landlord, wanted, now=now + HOUR)


def test_the_account_in_use_typed_again_takes_a_change_back_that_waits(landlord: UUID, now: datetime) -> None:
    """The 72 hours are for objecting; the old account being «unchanged» left the change that a thief had made."""
    own, thiefs = bank.details(), bank.details()
    change(landlord, own, now=now - 100 * HOUR)
    change(landlord, thiefs, now=now)
    change(landlord, own, now=now + HOUR)
    assert usable(landlord, now=now + 100 * HOUR) == own.iban
    assert state(landlord, now=now + HOUR).pending_last4 is None
    with transaction() as session:
        assert audited(session, "payout_account.change_withdrawn", landlord) == 1


def ask(landlord_id: UUID, *, now: datetime) -> tuple[str, str]:
    with transaction() as session:
        challenge = accounts.ask_for_proof(session, landlord_id, language="ru", daily_cap=10**6, now=now)
    return challenge, login_codes.code_of(challenge)


@pytest.mark.parametrize(
    ("after", "problem"),
    [(10 * timedelta(minutes=1) - SECOND, None), (10 * timedelta(minutes=1), CodeProblem.OVER)],
)
def test_the_proof_is_fresh(landlord: UUID, now: datetime, after: timedelta, problem: CodeProblem | None) -> None:
    challenge, code = ask(landlord, now=now)
    with transaction() as session:
        outcome = accounts.change(session, landlord, bank.details(), challenge=challenge, code=code, now=now + after)
        assert outcome.problem is problem
        assert (accounts.state_of(session, landlord, now=now) is None) == (problem is not None)


def test_a_wrong_code_changes_nothing_and_is_counted(landlord: UUID, now: datetime) -> None:
    challenge, code = ask(landlord, now=now)
    for left in (4, 3, 2, 1, 0):
        with transaction() as session:
            outcome = accounts.change(
                session, landlord, bank.details(), challenge=challenge, code=login_codes.wrong(code), now=now
            )
        assert (outcome.problem is not None, outcome.tries_left) == (True, left)
    with transaction() as session:
        outcome = accounts.change(session, landlord, bank.details(), challenge=challenge, code=code, now=now)
        assert outcome.problem is CodeProblem.OVER
        assert accounts.state_of(session, landlord, now=now) is None


def test_a_code_works_once(landlord: UUID, now: datetime) -> None:
    challenge, code = ask(landlord, now=now)
    for expected in (None, CodeProblem.OVER):
        with transaction() as session:
            outcome = accounts.change(session, landlord, bank.details(), challenge=challenge, code=code, now=now)
        assert outcome.problem is expected


def test_a_code_of_somebody_elses_phone_proves_nothing(landlord: UUID, now: datetime) -> None:
    with transaction() as session:
        thief = factories.make_user(session)
    challenge, code = ask(thief, now=now)
    with transaction() as session:
        outcome = accounts.change(session, landlord, bank.details(), challenge=challenge, code=code, now=now)
        assert outcome.problem is CodeProblem.OVER
        assert accounts.state_of(session, landlord, now=now) is None


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("holder", "", "holder_wrong"),
        ("holder", "Я" * 121, "holder_wrong"),
        ("holder", "=HYPERLINK(1)", "holder_wrong"),
        ("holder", "Иванов;Пётр", "holder_wrong"),
        ("tax_id", "850101300125", "tax_id_wrong"),
        ("iban", "KZ00125KZT5004100100", "iban_wrong"),
    ],
)
def test_what_cannot_be_right_is_refused_before_a_code_is_sent(field: str, value: str, problem: str) -> None:
    with pytest.raises(DomainError) as caught:
        bank.details(**{field: value})
    assert caught.value.code == problem


def test_names_of_people_and_firms_pass() -> None:
    for name in ("Әлия Сейтқали-Ким", "ТОО «Жильё №1»", "O'Connor & Co. (Almaty)"):
        assert bank.details(name).holder == name


def test_changes_and_verifications_are_audited(landlord: UUID, now: datetime) -> None:
    with transaction() as session:
        bank.open_account(session, landlord, now=now)
        session.flush()
        assert audited(session, "payout_account.changed", landlord) == 1
        assert audited(session, "payout_account.verified", landlord) == 1
        assert audited(session, "account.proven", landlord) == 1
    with refused("payout_account_unknown") as session:
        stranger = factories.make_user(session)
        accounts.verify(session, stranger, last4="0001", staff_id=bank.make_staff(session), now=now)


def test_an_account_that_came_while_staff_looked_at_another_one_is_not_verified(landlord: UUID, now: datetime) -> None:
    seen, newer = bank.details(), bank.details("Другой Человек")
    change(landlord, seen, now=now)
    change(landlord, newer, now=now + HOUR)
    with refused("payout_account_other") as session:
        accounts.verify(session, landlord, last4=seen.iban[-4:], staff_id=bank.make_staff(session), now=now + HOUR)
    assert not state(landlord, now=now + HOUR).is_verified
