"""One-time codes, accounts and sessions (promises 19, 20 and 23 below the web)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import reading, transaction
from app.domain.accounts import codes, people, sessions
from app.domain.accounts.codes import CodeProblem
from app.domain.actor import Actor
from app.kit import clock
from app.kit.crypto import hash_token
from app.kit.errors import DomainError
from app.models import AuditEntry, LoginCode, Notification, OutboxItem, Role, User, UserProfile, UserSession
from tests import factories
from tests.domain.login_codes import code_of, request, wrong

MANY = 10_000


# --- one-time codes ------------------------------------------------------------------------------


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
            everyone.wait(timeout=10)
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


# --- accounts ------------------------------------------------------------------------------------


def sign_in(phone: str, now: datetime) -> UUID | None:
    challenge, code = request(phone, now=now)
    with transaction() as session:
        return codes.verify(session, challenge, code, now=now).user_id


def test_the_first_sign_in_makes_a_guest_and_the_next_finds_them(app: Flask, now: datetime) -> None:
    phone = factories.new_phone()
    first = sign_in(phone, now)
    second = sign_in(phone, now + timedelta(minutes=2))
    assert first is not None
    assert first == second
    with transaction() as session:
        user = session.get_one(User, first)
        assert user.roles == [Role.GUEST]
        assert user.phone == phone


def test_a_blocked_person_with_the_right_code_stays_out(app: Flask, now: datetime) -> None:
    """Promise 19."""
    phone = factories.new_phone()
    user_id = sign_in(phone, now)
    assert user_id is not None
    with transaction() as session:
        people.block(session, user_id, staff_id=factories.make_user(session, roles=(Role.ADMIN,)), now=now)
    challenge, code = request(phone, now=now + timedelta(minutes=2))
    with transaction() as session:
        outcome = codes.verify(session, challenge, code, now=now + timedelta(minutes=2))
    assert (outcome.user_id, outcome.problem) == (None, CodeProblem.BLOCKED)


@pytest.mark.parametrize(
    ("name", "code"),
    [("x" * 81, "name_too_long"), ("Айгерим\x00", "name_too_long"), ("\u202eАйгерим", "name_too_long")],
)
def test_names_are_short_and_printable(app: Flask, now: datetime, name: str, code: str) -> None:
    with transaction() as session:
        user_id = factories.make_user(session)
    with pytest.raises(DomainError, match=code), transaction() as session:
        people.update_profile(session, user_id, name=name, language="ru", now=now)


def test_a_name_is_tidied_and_sealed(app: Flask, now: datetime) -> None:
    with transaction() as session:
        user_id = factories.make_user(session)
        people.update_profile(session, user_id, name="  Айгерим \n Сатпаева ", language="kk", now=now)
    with transaction() as session:
        profile = session.get_one(UserProfile, user_id)
        assert profile.name == "Айгерим Сатпаева"
        assert "Айгерим".encode() not in (profile.name_sealed or b"")
        assert people.profile_of(session, user_id).language == "kk"
    with pytest.raises(DomainError, match="language_unknown"), transaction() as session:
        people.update_profile(session, user_id, name="А", language="de", now=now)


# --- sessions ------------------------------------------------------------------------------------


def opened(now: datetime) -> tuple[UUID, str]:
    with transaction() as session:
        user_id = factories.make_user(session)
        return user_id, sessions.open_session(session, user_id, device="Chrome, Android", now=now)


def who(token: str, now: datetime) -> UUID | None:
    with reading() as connection:
        found = sessions.load(connection, token, now=now)
    return found.user_id if found else None


def test_a_session_knows_its_person_for_thirty_days(app: Flask, now: datetime) -> None:
    user_id, token = opened(now)
    assert who(token, now) == user_id
    assert who(token, now + timedelta(days=30, seconds=-1)) == user_id
    assert who(token, now + timedelta(days=30)) is None


def test_the_table_holds_a_hash_and_the_hash_opens_nothing(app: Flask, now: datetime) -> None:
    """Promise 20: who reads the table cannot sign in with it."""
    _, token = opened(now)
    with transaction() as session:
        row = session.get_one(UserSession, hash_token(token))
        assert token.encode() not in row.id
        assert who(row.id.hex(), now) is None
    assert who("", now) is None
    assert who(token + "x", now) is None


def _block(user_id: UUID, token: str, now: datetime) -> None:
    with transaction() as session:
        people.block(session, user_id, staff_id=factories.make_user(session, roles=(Role.SUPPORT,)), now=now)


def _sign_out(user_id: UUID, token: str, now: datetime) -> None:
    with reading() as connection:
        found = sessions.load(connection, token, now=now)
    assert found is not None
    with transaction() as session:
        sessions.close_session(session, found, now=now)


def _sign_out_everywhere(user_id: UUID, token: str, now: datetime) -> None:
    with transaction() as session:
        elsewhere = sessions.open_session(session, user_id, device="Firefox, Linux", now=now)
    with reading() as connection:
        found = sessions.load(connection, elsewhere, now=now)
    assert found is not None
    with transaction() as session:
        sessions.close_all(session, found, now=now)


@pytest.mark.parametrize("end", [_block, _sign_out, _sign_out_everywhere])
def test_a_token_is_worth_nothing_after(app: Flask, now: datetime, end: Callable[[UUID, str, datetime], None]) -> None:
    """Promise 19: block, sign-out, sign-out everywhere."""
    user_id, token = opened(now)
    other_id, other_token = opened(now)
    end(user_id, token, now)
    assert who(token, now) is None
    assert who(other_token, now) == other_id, "nobody else is signed out"


def test_a_rolled_back_sign_out_signs_nobody_out(app: Flask, now: datetime) -> None:
    """The revocation is the transaction's: what did not commit did not happen."""
    user_id, token = opened(now)
    with reading() as connection:
        found = sessions.load(connection, token, now=now)
    assert found is not None

    def sign_out_and_fail() -> None:
        with transaction() as session:
            sessions.close_session(session, found, now=now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        sign_out_and_fail()
    assert who(token, now) == user_id


def test_signing_in_and_out_is_audited_without_personal_data(app: Flask) -> None:
    moment = clock.now()
    phone = factories.new_phone()
    user_id = sign_in(phone, moment)
    assert user_id is not None
    with transaction() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.actor_id == user_id)).all()
        assert {entry.action for entry in entries} == {"account.created", "account.signed_in"}
        assert all(phone[2:] not in str(entry.details) + entry.subject_id for entry in entries)
        assert Actor.guest(user_id).kind == entries[0].actor_kind


def test_the_helper_reads_the_code_that_is_sent(app: Flask, now: datetime) -> None:
    """The tests above rest on it."""
    challenge, code = request(factories.new_phone(), now=now)
    assert code_of(challenge) == code
    assert wrong(code) != code
