"""Doing something once under a key (promise 6 below the web): one act, the same answer for everyone who asks again."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from psycopg import errors as pg
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import LOCK_TIMEOUT_MS, transaction
from app.domain import audit, idempotency
from app.domain.actor import Actor
from app.domain.idempotency import Answer, Asked, Outcome
from app.factory import create_worker_app
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import AuditEntry, IdempotencyKey
from tests import factories
from tests.domain.test_database_guards import connected
from tests.forgetting import purge
from tests.measures import least_of
from tests.services import Services, make_settings

LONGEST_WAIT = LOCK_TIMEOUT_MS / 1000 + 5
BODY = '{"дверь": "45К7788"}'


@pytest.fixture
def person(app: Flask) -> UUID:
    with transaction() as session:
        return factories.make_user(session)


def asked_by(user_id: UUID, **changes: str) -> Asked:
    """A request under a new key."""
    scope = changes.get("scope", "test.act")
    key = changes.get("key", secrets.token_urlsafe(12))
    return Asked(user_id, scope, key, idempotency.digest_of(changes.get("what", "a stay")))


def act(session: Session, asked: Asked, *, now: datetime) -> Outcome:
    """Something with an effect that can be counted, since nothing but the key keeps it from happening twice."""

    def effect() -> Answer:
        actor = Actor.guest(asked.user_id)
        audit.record(session, "test.acted", actor=actor, subject=("user", asked.user_id), now=now)
        return Answer(201, "/somewhere/new", BODY)

    return idempotency.once(session, asked, effect, now=now)


def acted(user_id: UUID) -> int:
    """How often it was done for this person."""
    with transaction() as session:
        statement = select(func.count()).select_from(AuditEntry)
        return session.scalars(statement.where(AuditEntry.subject_id == str(user_id))).one()


def keys_of(user_id: UUID) -> list[IdempotencyKey]:
    with transaction() as session:
        return list(session.scalars(select(IdempotencyKey).where(IdempotencyKey.user_id == user_id)))


def test_the_second_call_gets_the_first_ones_answer(person: UUID, now: datetime) -> None:
    asked = asked_by(person)
    with transaction() as session:
        first = act(session, asked, now=now)
    with transaction() as session:
        second = act(session, asked, now=now + timedelta(hours=40))
    assert first.answer == second.answer == Answer(201, "/somewhere/new", BODY)
    assert (first.is_replay, second.is_replay) == (False, True)
    assert acted(person) == 1


def test_what_is_kept_of_the_answer_is_sealed(person: UUID, now: datetime, database_url: str) -> None:
    """Promise 30: neither what was asked for nor what was answered can be read in the table."""
    asked = asked_by(person, what="a secret wish")
    with transaction() as session:
        act(session, asked, now=now)
    with connected(database_url) as connection:
        [(row,)] = connection.execute("SELECT k::text FROM idempotency_keys k WHERE key = %s", (asked.key,)).fetchall()
    assert asked.key in row
    for secret in ("45К7788", "45К7788".encode().hex(), "secret wish", b"secret wish".hex()):
        assert secret not in row


@pytest.mark.parametrize("repeats", [1, 5])
def test_something_else_under_the_same_key_is_refused(person: UUID, now: datetime, repeats: int) -> None:
    asked = asked_by(person)
    with transaction() as session:
        act(session, asked, now=now)
    other = replace(asked, digest=idempotency.digest_of("another stay"))
    for _ in range(repeats):
        with pytest.raises(DomainError) as refused, transaction() as session:
            act(session, other, now=now)
        assert (refused.value.code, refused.value.kind) == ("key_reused", ErrorKind.INVALID)
    assert acted(person) == 1


def test_parts_of_a_request_do_not_run_together(app: Flask) -> None:
    assert idempotency.digest_of("ab", "c") != idempotency.digest_of("a", "bc")
    assert idempotency.digest_of("ab", "c") == idempotency.digest_of("ab", "c")


def test_another_persons_key_and_another_act_are_other_keys(app: Flask, person: UUID, now: datetime) -> None:
    with transaction() as session:
        stranger = factories.make_user(session)
    asked = asked_by(person)
    for each in (asked, replace(asked, user_id=stranger), replace(asked, scope="test.other_act")):
        with transaction() as session:
            assert not act(session, each, now=now).is_replay
    assert (acted(person), acted(stranger)) == (2, 1)


@pytest.mark.parametrize("error", [DomainError("dates_taken", ErrorKind.CONFLICT), RuntimeError("power cut")])
def test_a_call_that_failed_leaves_no_key(person: UUID, now: datetime, error: Exception) -> None:
    """A refusal had no effect: asked again under the same key, even for something else, it is decided anew."""
    asked = asked_by(person)

    def fail() -> Answer:
        raise error

    with pytest.raises(type(error)), transaction() as session:
        idempotency.once(session, asked, fail, now=now)
    assert keys_of(person) == []
    with transaction() as session:
        assert not act(session, replace(asked, digest=idempotency.digest_of("corrected")), now=now).is_replay
    assert acted(person) == 1


def test_a_rollback_after_the_act_takes_the_key_back(person: UUID, now: datetime) -> None:
    asked = asked_by(person)

    def act_and_fail() -> None:
        with transaction() as session:
            act(session, asked, now=now)
            raise RuntimeError("after the act")

    with pytest.raises(RuntimeError):
        act_and_fail()
    assert (keys_of(person), acted(person)) == ([], 0)


def test_a_key_is_never_committed_without_its_answer(person: UUID, now: datetime, database_url: str) -> None:
    """Whoever swallows a refusal and commits is stopped by the database; the control has no trigger."""
    row = (
        "INSERT INTO idempotency_keys (id, user_id, scope, key, digest, created_at)"
        " VALUES (gen_random_uuid(), %s, 'test.act', 'a-key-of-ours', sha256('x'), now())"
    )
    with connected(database_url) as connection:
        connection.execute(row, (person,))
        with pytest.raises(pg.CheckViolation, match="has no answer"):
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connected(database_url) as connection:
        connection.execute("DROP TRIGGER idempotency_keys_answered ON idempotency_keys")
        connection.execute(row, (person,))
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_keys_are_forgotten_after_48_hours(person: UUID, now: datetime) -> None:
    old, young = asked_by(person), asked_by(person)
    with transaction() as session:
        act(session, old, now=now - idempotency.KEPT - timedelta(seconds=1))
        act(session, young, now=now - idempotency.KEPT)
    with transaction() as session:
        purge(session, now=now)
    assert [key.key for key in keys_of(person)] == [young.key]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("12345678", True),
        ("~" * 128, True),
        ('"0f1e2d3c-quoted"', True),
        ("1234567", False),
        ("~" * 129, False),
        ("with space", False),
        ("tab\tinside", False),
        ("newline!\n", False),
        ("ключ-ключ", False),
        ("", False),
    ],
)
def test_what_a_key_looks_like(text: str, good: bool) -> None:
    assert idempotency.is_key(text) == good


# --- at the same moment ----------------------------------------------------------------------------


def many_at_once(app: Flask, asked: Asked, count: int) -> Counter[bool]:
    """So many calls with one key, ten at a time; how many were acts (False) and how many replays (True)."""

    def call(_number: int) -> bool:
        with app.app_context(), transaction() as session:
            return act(session, asked, now=clock.now()).is_replay

    with ThreadPoolExecutor(10) as threads:
        return Counter(threads.map(call, range(count)))


@pytest.fixture
def own_app(services: Services, fresh_database_url: str) -> Flask:
    """An application on a database of its own, with a connection for each thread."""
    return create_worker_app(make_settings(fresh_database_url, services.redis_url, database_pool_size=12))


@pytest.fixture
def in_own_app(own_app: Flask, web_app: Flask) -> Callable[[], UUID]:
    """Someone of that database."""

    def make() -> UUID:
        with transaction() as session:
            return factories.make_user(session)

    return make


def test_fifty_calls_with_one_key_act_once(own_app: Flask, in_own_app: Callable[[], UUID]) -> None:
    """Promise 6: one effect, 49 replays."""
    with own_app.app_context():
        person = in_own_app()
        assert many_at_once(own_app, asked_by(person), 50) == {False: 1, True: 49}
        assert (acted(person), len(keys_of(person))) == (1, 1)


def test_control_without_the_constraint_fifty_calls_act_fifty_times(
    own_app: Flask, fresh_database_url: str, in_own_app: Callable[[], UUID]
) -> None:
    """Promise 6, control."""
    with psycopg.connect(fresh_database_url.replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE idempotency_keys DROP CONSTRAINT uq_idempotency_keys_user_id_scope_key")
    with own_app.app_context():
        person = in_own_app()
        assert many_at_once(own_app, asked_by(person), 50) == {False: 50}
        assert acted(person) == 50


@pytest.mark.usefixtures("waits_as_in_production")
def test_whoever_waits_too_long_is_told_to_come_again(app: Flask, person: UUID, now: datetime) -> None:
    """No waiting beyond lock_timeout; what the first one did stands, and the second gets it afterwards."""
    asked = asked_by(person)

    def wait_for_it() -> float:
        began = time.monotonic()
        with app.app_context(), pytest.raises(DomainError, match="busy"), transaction() as session:
            act(session, asked, now=now)
        return time.monotonic() - began

    with ThreadPoolExecutor(1) as threads, transaction() as session:
        act(session, asked, now=now)
        seconds = least_of(lambda: threads.submit(wait_for_it).result(), enough=LONGEST_WAIT)
    assert LOCK_TIMEOUT_MS / 1000 * 0.9 < seconds < LONGEST_WAIT
    with transaction() as session:
        assert act(session, asked, now=now).is_replay
