"""The doctor sees each fault that is planted by raw SQL, and it alone; a healthy database passes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app import db as database
from app.db import engine, transaction
from app.domain import inbox
from app.domain.access import photos
from app.domain.actor import Actor
from app.domain.chats import help as asking
from app.domain.chats import identities, replies
from app.domain.checkout import cancel
from app.domain.checkout.settle import settle
from app.domain.doctor.examination import CHECKS, Line, examine
from app.domain.doctor.finding import Verdict
from app.domain.doctor.installation import sealed_columns
from app.domain.payments import returns
from app.factory import create_worker_app
from app.jobs.audit import chain_audit
from app.kit import clock
from app.kit.pictures import Sized
from app.models import Booking, InboxProvider, Messenger, OutboxItem, RefundTransfer, TransferStatus
from tests import factories
from tests.domain.doctor_faults import ALSO, FAULTS, HARMLESS, MORE, WARNINGS
from tests.domain.stays import extend, paid_stay, pay_extension
from tests.domain.unguarded import unguarded
from tests.services import Services, make_settings

UP = {"queues": True, "cache": True}


@contextlib.contextmanager
def application(url: str, redis_url: str) -> Iterator[Flask]:
    """The worker's application on a database of its own."""
    app = create_worker_app(make_settings(url, redis_url))
    with app.app_context():
        yield app
        for engine in database.db.engines.values():
            engine.dispose()


def live_a_little(now: datetime) -> None:
    """Every way that money and nights can go: paid, extended, cancelled, refunded, paid twice, held, too late."""
    stay = paid_stay(now=now, deposit=20_000)
    with transaction() as session:
        pay_extension(session, extend(session, stay, 2, now=now), now=now)
    with transaction() as session:
        extend(session, stay, 1, now=now)
    for end in (True, False):
        ended = paid_stay(days=30, now=now, deposit=20_000)
        with transaction() as session:
            cancel.cancel(session, ended.reference, actor=Actor.guest(ended.guest), now=now)
        if end:
            give_back(ended.id, now=now)
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        photos.add(session, prop.id, [Sized(b"\x9d no text", 1600, 1200)], now=now)
        twice = factories.make_paid_booking(session, prop, guest, factories.stay_in(20), now=now)
        again = factories.paid_event(factories.payment_of(session, twice), at=now)
        settle(session, again, now=now)
        gone = factories.make_hold(session, prop, guest, factories.stay_in(40), now=now)
        cancel.cancel(session, gone.reference, actor=Actor.guest(guest), now=now)
        settle(session, factories.paid_event(factories.payment_of(session, gone), at=now), now=now)
        back = factories.make_hold(session, prop, guest, factories.stay_in(50), now=now)
        payment = factories.payment_of(session, back)
        settle(session, factories.paid_event(payment, at=now, refunded=payment.amount), now=now)
        factories.make_hold(session, factories.make_property(session), guest, factories.stay_in(60), now=now)
        inbox.store(session, InboxProvider.KASPI, "doctor-1", "{}", now=now)
        chat = identities.lock(session, Messenger.TELEGRAM, "1", now=now).chat
        asking.ask(session, chat, "?", now=now)
        replies.add(session, chat, "{}", now=now)


def give_back(booking_id: int, *, now: datetime) -> None:
    """The provider returns a refund: the first try is refused, the second succeeds."""
    for ends_well in (False, True):
        with transaction() as session:
            transfer_id = session.scalars(
                select(RefundTransfer.id)
                .join(Booking, Booking.id == booking_id)
                .where(RefundTransfer.status == TransferStatus.PLANNED)
                .order_by(RefundTransfer.created_at.desc())
                .limit(1)
            ).one()
            assert returns.begin(session, transfer_id, now=now) is not None
            if ends_well:
                assert returns.done(session, transfer_id, now=now) is not None
            else:
                returns.failed(session, transfer_id, code="busy", is_final=False, now=now)
                for item in session.scalars(select(OutboxItem).where(OutboxItem.subject_id == str(transfer_id))):
                    item.done_at = now


AS_IF_JUST_NOW = (
    "UPDATE outbox SET available_at = now() WHERE available_at < now()",
    "UPDATE inbox SET available_at = now() WHERE available_at < now()",
    "UPDATE chat_replies SET created_at = now()",
)
"""What waits has not waited for ten minutes, however long this module's tests take."""


@pytest.fixture(scope="module")
def healthy_url(services: Services, template_url: str) -> Iterator[str]:
    """A database in which everything has happened and nothing is wrong."""
    url = services.create_database(template=str(make_url(template_url).database))
    with application(url, services.redis_url):
        live_a_little(clock.now() - timedelta(minutes=1))
        chain_audit()
    yield url
    services.drop_database(url)


@pytest.fixture(scope="module")
def unguarded_url(services: Services, healthy_url: str) -> Iterator[str]:
    """A copy of it past triggers and foreign keys. What is planted there is taken back."""
    url = services.create_database(template=str(make_url(healthy_url).database))
    with unguarded(url):
        yield url
    services.drop_database(url)


@pytest.fixture
def examined(services: Services, unguarded_url: str) -> Iterator[Callable[..., list[Line]]]:
    """Plant SQL in the unguarded copy; what the doctor says, in the same transaction, which is rolled back."""
    with application(unguarded_url, services.redis_url), engine().connect() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for statement in AS_IF_JUST_NOW:
            connection.execute(text(statement))

        @contextlib.contextmanager
        def within() -> Iterator[Session]:
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                yield session

        def plant(*statements: str) -> list[Line]:
            for statement in statements:
                with contextlib.closing(connection.connection.cursor()) as cursor:
                    cursor.execute(statement.encode())
                    assert cursor.rowcount != 0, f"nothing was planted: {statement}"
            return list(examine(within, now=clock.now(), redis=UP))

        yield plant
        connection.rollback()


def names(lines: list[Line], verdict: Verdict) -> set[str]:
    return {line.name for line in lines if line.finding.verdict is verdict}


def test_a_healthy_database_passes_every_check(examined: Callable[..., list[Line]]) -> None:
    lines = examined()
    assert [line for line in lines if line.finding.verdict is not Verdict.OK] == []
    assert len(lines) == len(CHECKS) + 1
    assert all(line.finding.count == 0 for line in lines)


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_seen_by_its_check_alone(examined: Callable[..., list[Line]], name: str) -> None:
    lines = examined(*FAULTS[name])
    assert names(lines, Verdict.FAILED) == {name} | ALSO.get(name, set())
    assert all(line.finding.count >= 1 for line in lines if line.name == name)


@pytest.mark.parametrize("what", MORE)
def test_other_faults_of_the_same_checks(examined: Callable[..., list[Line]], what: str) -> None:
    name, statement = MORE[what]
    drops = "ALTER TABLE refunds DROP CONSTRAINT ck_refunds_stray_money_has_transaction"
    assert names(examined(drops, statement), Verdict.FAILED) == {name}


@pytest.mark.parametrize("name", WARNINGS)
def test_what_is_worth_a_word_is_a_warning(examined: Callable[..., list[Line]], name: str) -> None:
    lines = examined(*WARNINGS[name])
    assert names(lines, Verdict.FAILED) == set()
    assert names(lines, Verdict.WARNING) == {name}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_only_looks_like_a_fault_passes(examined: Callable[..., list[Line]], what: str) -> None:
    lines = examined(HARMLESS[what])
    assert names(lines, Verdict.FAILED) | names(lines, Verdict.WARNING) == set()


def test_every_check_has_a_fault() -> None:
    assert {check.__name__ for check in CHECKS} == FAULTS.keys() | WARNINGS.keys()


def test_a_check_that_cannot_look_has_failed(examined: Callable[..., list[Line]]) -> None:
    lines = examined("ALTER TABLE inbox RENAME TO inbox_of_yesterday")
    failed = {line.name: line.finding.sentence for line in lines if line.finding.verdict is Verdict.FAILED}
    assert failed.keys() == {"inbox_moves", "dead_letters", "keys_open_what_is_sealed"}
    assert failed["inbox_moves"] == "could not be looked at (ProgrammingError)"


def test_every_sealed_column_of_the_schema_is_sampled(app: Flask) -> None:
    with transaction() as session:
        found = session.connection().exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name LIKE '%%\\_sealed'"
        )
        in_database = {(row[0], row[1]) for row in found}
    assert {(table, sealed.column) for table, sealed in sealed_columns()} == in_database


def test_the_command_prints_a_line_a_check_and_exits_with_the_verdict(services: Services, healthy_url: str) -> None:
    with application(healthy_url, services.redis_url) as app:
        with transaction() as session:
            for statement in AS_IF_JUST_NOW:
                session.execute(text(statement))
        run = app.test_cli_runner()
        plain = run.invoke(args=["doctor"])
        document = json.loads(run.invoke(args=["doctor", "--json"]).output)
    assert plain.exit_code == 0, plain.output
    assert plain.output.count("✓") == len(CHECKS) + 1
    assert plain.output.endswith("0 failed, 0 warnings\n")
    assert document["healthy"] is True
    assert document["checks"][0] == {
        "name": "occupancies_do_not_overlap",
        "verdict": "ok",
        "count": 0,
        "sentence": document["checks"][0]["sentence"],
    }


def test_without_redis_the_command_warns_and_with_a_fault_it_exits_with_1(
    services: Services, fresh_database_url: str
) -> None:
    with application(fresh_database_url, "redis://127.0.0.1:9/0") as app:
        run = app.test_cli_runner()
        away = run.invoke(args=["doctor"])
        with psycopg.connect(fresh_database_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        failed = run.invoke(args=["doctor"])
    assert away.exit_code == 0, away.output
    assert "! redis answers: Redis does not answer (cache, queues)" in away.output
    assert failed.exit_code == 1
    assert "✗ migrations are at head: the database is at migration 0001" in failed.output
