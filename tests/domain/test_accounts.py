"""Accounts and sessions (promises 19 and 20 below the web)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import reading, transaction
from app.domain.accounts import codes, people, sessions
from app.domain.accounts.codes import CodeProblem
from app.domain.actor import Actor
from app.kit import clock
from app.kit.crypto import hash_token
from app.kit.errors import DomainError
from app.models import AuditEntry, Role, User, UserProfile, UserSession
from tests import factories
from tests.domain.login_codes import code_of, request, wrong

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
    [
        *(("x" * 81, "name_too_long"), ("Айгерим\x00", "name_too_long"), ("\u202eАйгерим", "name_too_long")),
        *(("Иван 8 701 555 01 77", "name_has_contact"), ("t87015550177", "name_has_contact")),
        *(("Айгерим t.me/aigerim", "name_has_contact"), ("@aigerim_kz", "name_has_contact")),
    ],
)
def test_names_are_short_and_printable_and_pass_no_contact_on(app: Flask, now: datetime, name: str, code: str) -> None:
    with transaction() as session:
        user_id = factories.make_user(session)
    with pytest.raises(DomainError, match=code), transaction() as session:
        people.update_profile(session, user_id, name=name, language="ru", now=now)


def test_an_old_name_that_is_left_as_it_is_holds_up_no_other_field(app: Flask, now: datetime) -> None:
    """It was kept before names were looked at; it goes with the next change of name."""
    old = "Иван 8 701 555 01 77"
    with transaction() as session:
        user_id = factories.make_user(session, name=old)
        people.update_profile(session, user_id, name=f" {old} ", language="kk", now=now)
    with transaction() as session:
        kept = people.profile_of(session, user_id)
        assert (kept.name, kept.language) == (old, "kk")
    with pytest.raises(DomainError, match="name_has_contact"), transaction() as session:
        people.update_profile(session, user_id, name=f"{old}!", language="kk", now=now)


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


def test_letting_a_blocked_person_in_again_revives_no_session(app: Flask, now: datetime) -> None:
    """The block ends the sessions themselves; being blocked is not all that keeps them shut."""
    user_id, token = opened(now)
    _block(user_id, token, now)
    with transaction() as session:
        session.get_one(User, user_id).blocked_at = None
        assert session.get_one(UserSession, hash_token(token)).revoked_at == now
    assert who(token, now) is None


def test_last_seen_is_kept_once_an_hour(app: Flask, now: datetime) -> None:
    _, token = opened(now)

    def use(at: datetime) -> datetime:
        with reading() as connection:
            found = sessions.load(connection, token, now=at)
        assert found is not None
        if sessions.is_seen_anew(found, now=at):
            with transaction() as session:
                sessions.note_seen(session, found, now=at)
        with transaction() as session:
            return session.get_one(UserSession, hash_token(token)).last_seen_at

    assert use(now + timedelta(minutes=59)) == now
    assert use(now + timedelta(minutes=60)) == now + timedelta(minutes=60)
    assert use(now + timedelta(minutes=119)) == now + timedelta(minutes=60)


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
