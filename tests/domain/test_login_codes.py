"""One-time codes: tries, life, pauses, caps, and what the tables give away (promise 23 below the web)."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.accounts import codes
from app.domain.accounts.codes import CodeProblem
from app.kit.crypto import hash_token
from app.kit.errors import DomainError
from app.models import AuditEntry, LoginCode, Notification, OutboxItem, User, UserProfile, UserSession
from tests import factories
from tests.domain.login_codes import request, wrong


def test_the_right_code_signs_in_once(app: Flask, now: datetime) -> None:
    """Promise 23: single use."""
    challenge, code = request(factories.new_phone(), now=now)
    with transaction() as session:
        assert codes.verify(session, challenge, code, now=now).user_id is not None
    with transaction() as session:
        again = codes.verify(session, challenge, code, now=now)
    assert (again.user_id, again.problem) == (None, CodeProblem.OVER)


def test_spaces_and_dashes_in_a_typed_code_do_not_matter(app: Flask, now: datetime) -> None:
    challenge, code = request(factories.new_phone(), now=now)
    with transaction() as session:
        assert codes.verify(session, challenge, f" {code[:3]}-{code[3:]} ", now=now).user_id is not None


def test_a_code_has_five_tries_and_then_not_even_the_right_one_works(app: Flask, now: datetime) -> None:
    """Promise 23."""
    challenge, code = request(factories.new_phone(), now=now)
    left = []
    for _ in range(codes.MAX_TRIES):
        with transaction() as session:
            outcome = codes.verify(session, challenge, wrong(code), now=now)
            assert outcome.user_id is None
            left.append((outcome.problem, outcome.tries_left))
    assert left == [(CodeProblem.WRONG, n) for n in (4, 3, 2, 1)] + [(CodeProblem.OVER, 0)]
    with transaction() as session:
        assert codes.verify(session, challenge, code, now=now).problem is CodeProblem.OVER


def test_guessing_in_parallel_gets_five_tries_altogether(app: Flask, now: datetime) -> None:
    """Promise 23: twenty clients with the same challenge at the same moment; the right code comes too late."""
    challenge, code = request(factories.new_phone(), now=now)

    def guess(_: int) -> CodeProblem | None:
        with app.app_context(), transaction() as session:
            return codes.verify(session, challenge, wrong(code), now=now).problem

    with ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = Counter(pool.map(guess, range(20)))
    assert outcomes == {CodeProblem.WRONG: 4, CodeProblem.OVER: 16}
    with transaction() as session:
        row = session.scalars(select(LoginCode).where(LoginCode.challenge_hash == hash_token(challenge))).one()
        assert row.tries == codes.MAX_TRIES
        assert codes.verify(session, challenge, code, now=now).user_id is None


def test_control_without_the_lock_guesses_in_parallel_are_not_all_counted(app: Flask, now: datetime) -> None:
    """Promise 23, control: read, decide, write without locking the row: four guesses cost one try."""
    challenge, _ = request(factories.new_phone(), now=now)
    everyone = Barrier(4)

    def guess(_: int) -> None:
        with app.app_context(), transaction() as session:
            row = session.scalars(select(LoginCode).where(LoginCode.challenge_hash == hash_token(challenge))).one()
            assert row.tries < codes.MAX_TRIES
            everyone.wait(timeout=60)
            row.tries += 1

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(guess, range(4)))
    with transaction() as session:
        row = session.scalars(select(LoginCode).where(LoginCode.challenge_hash == hash_token(challenge))).one()
        assert row.tries == 1


def test_the_right_code_used_in_parallel_signs_in_once(app: Flask, now: datetime) -> None:
    """Promise 23: single use, even against itself."""
    challenge, code = request(factories.new_phone(), now=now)

    def use(_: int) -> bool:
        with app.app_context(), transaction() as session:
            return codes.verify(session, challenge, code, now=now).user_id is not None

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert sum(pool.map(use, range(12))) == 1


@pytest.mark.parametrize(("seconds", "works"), [(599, True), (600, False), (86_400, False)])
def test_a_code_lives_ten_minutes(app: Flask, now: datetime, seconds: int, works: bool) -> None:
    """Promise 23."""
    challenge, code = request(factories.new_phone(), now=now)
    later = now + timedelta(seconds=seconds)
    with transaction() as session:
        outcome = codes.verify(session, challenge, code, now=later)
    assert (outcome.user_id is not None) == works
    assert works or outcome.problem is CodeProblem.OVER


def test_a_newer_code_kills_the_older(app: Flask, now: datetime) -> None:
    """Promise 23: one live code a phone."""
    phone = factories.new_phone()
    first, first_code = request(phone, now=now)
    second, second_code = request(phone, now=now + timedelta(seconds=60))
    with transaction() as session:
        assert codes.verify(session, first, first_code, now=now + timedelta(seconds=61)).problem is CodeProblem.OVER
    with transaction() as session:
        assert codes.verify(session, second, second_code, now=now + timedelta(seconds=61)).user_id is not None


def test_a_code_works_only_with_the_challenge_of_the_browser_that_asked(app: Flask, now: datetime) -> None:
    """Promise 23: knowing the phone, or even the code, is not enough elsewhere."""
    _, code = request(factories.new_phone(), now=now)
    other_challenge, other_code = request(factories.new_phone(), now=now)
    with transaction() as session:
        guess = code if code != other_code else wrong(other_code)
        assert codes.verify(session, other_challenge, guess, now=now).user_id is None
        assert codes.verify(session, "made-up-challenge", code, now=now).problem is CodeProblem.OVER


def test_another_code_can_be_asked_for_after_a_minute(app: Flask, now: datetime) -> None:
    """Promise 23: the pause, with the seconds that are left."""
    phone = factories.new_phone()
    request(phone, now=now)
    for passed, left in ((0, 60), (1, 59), (59, 1)):
        with pytest.raises(DomainError, match="code_too_soon") as refused:
            request(phone, now=now + timedelta(seconds=passed))
        assert abs(int(str(refused.value.params["seconds"])) - left) <= 1
    request(phone, now=now + timedelta(seconds=60))


def test_five_codes_an_hour_for_one_phone(app: Flask, now: datetime) -> None:
    """Promise 23: 25 guesses an hour at most, of a million."""
    phone = factories.new_phone()
    for minute in range(5):
        request(phone, now=now + timedelta(minutes=2 * minute))
    with pytest.raises(DomainError, match="codes_used_up"):
        request(phone, now=now + timedelta(minutes=30))
    request(phone, now=now + timedelta(minutes=61))
    request(factories.new_phone(), now=now + timedelta(minutes=30))


def test_the_daily_cap_counts_the_almaty_day(app: Flask) -> None:
    """Promise 23: against SMS pumping. The day turns at 19:00 UTC."""
    before = datetime(2031, 5, 1, 18, 59, 59, tzinfo=UTC)
    after = datetime(2031, 5, 1, 19, 0, 1, tzinfo=UTC)
    for _ in range(3):
        request(factories.new_phone(), now=before, daily_cap=3)
    with pytest.raises(DomainError, match="sms_paused"):
        request(factories.new_phone(), now=before, daily_cap=3)
    request(factories.new_phone(), now=after, daily_cap=3)


def test_asking_in_parallel_sends_one_code(app: Flask, now: datetime) -> None:
    """Promise 23: the pause cannot be outrun."""
    phone = factories.new_phone()

    def ask(_: int) -> str:
        with app.app_context():
            try:
                request(phone, now=now)
            except DomainError as error:
                return error.code
            return "sent"

    with ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = Counter(pool.map(ask, range(12)))
    assert outcomes == {"sent": 1, "code_too_soon": 11}


def _everything(session: Session) -> dict[str, int]:
    tables = (LoginCode, Notification, OutboxItem, AuditEntry, User, UserProfile, UserSession)
    return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def test_known_and_unknown_numbers_cause_the_same_work(app: Flask, now: datetime) -> None:
    """Promise 23: the same rows are written whether the phone has an account or not, and no account is made."""
    with transaction() as session:
        known = session.get_one(User, factories.make_user(session)).phone
    written = []
    for phone in (known, factories.new_phone()):
        with transaction() as session:
            before = _everything(session)
        request(phone, now=now)
        with transaction() as session:
            after = _everything(session)
        written.append({name: after[name] - before[name] for name in before})
    assert written[0] == written[1]
    assert written[0] == {
        "login_codes": 1,
        "notifications": 1,
        "outbox": 1,
        "audit_entries": 1,
        "users": 0,
        "user_profiles": 0,
        "user_sessions": 0,
    }


def test_codes_are_six_digits_and_spread_over_the_million(app: Flask) -> None:
    found = []
    for number in range(25):
        _, code = request(factories.new_phone(), now=datetime(2025, 1, 1, 0, 0, number, tzinfo=UTC))
        assert re.fullmatch(r"\d{6}", code)
        found.append(int(code))
    assert len(set(found)) > 20
    assert max(found) - min(found) > 200_000


def test_neither_code_nor_phone_nor_challenge_can_be_read_in_the_tables(app: Flask, now: datetime) -> None:
    """Promise 23: a leaked row gives nothing away: hashes are keyed, texts are sealed."""
    phone = factories.new_phone()
    challenge, code = request(phone, now=now)
    with transaction() as session:
        row = session.scalars(select(LoginCode).where(LoginCode.challenge_hash == hash_token(challenge))).one()
        told = session.scalars(select(Notification).where(Notification.dedup_key == f"code:{row.id}")).one()
        stored = [row.code_hash, row.phone_sealed, row.challenge_hash, row.phone_token]
        stored += [told.address_sealed or b"", told.params_sealed or b""]
        for secret in (phone, code, challenge):
            assert all(secret.encode() not in value for value in stored)
        assert hash_token(code) != row.code_hash, "an unkeyed hash of six digits is no secret"
