"""Dead letters: listed, started again, dropped for a reason, audited; from the outbox, the inbox and the queues."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from redis import Redis
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select, text

from app.cli.work import OPERATOR
from app.db import transaction
from app.domain import dead_letters, inbox, outbox, retention
from app.domain.dead_letters import DropReason, Source
from app.domain.outbox import End, Outcome
from app.jobs.queues import QueueName, enqueue, queue
from app.kit import clock
from app.models import AuditEntry, InboxItem, InboxProvider, OutboxItem, OutboxKind
from tests.forgetting import purge
from tests.jobs.queues import waiting
from tests.jobs.test_inbox import store

KIND = OutboxKind.SEND_NOTIFICATION
_JOB = "job"


@pytest.fixture(autouse=True)
def _alone(alone: Flask, redis: Redis) -> None:
    """A database and queues without other work."""


def dead_item(*, now: datetime, kind: OutboxKind = KIND) -> int:
    with transaction() as session:
        outbox.add(session, kind, uuid4(), now=now)
    with transaction() as session:
        [claimed] = outbox.claim(session, [kind], now=clock.now(), limit=1)
        outbox.record(session, [Outcome(claimed, End.DEAD, "kaspi: HTTP 500")], now=now)
    return claimed.id


def dead_message(*, now: datetime) -> str:
    item_id = store(b'{"secret": "+77010000001"}')
    with transaction() as session:
        inbox.give_up(session, item_id, error="payment_unknown", now=now)
    return str(item_id)


def listed(kind: str | None = None) -> list[tuple[str, str, str, str]]:
    with transaction() as session:
        found = dead_letters.listed(session, kind=kind)
    return sorted((letter.source.value, letter.id, letter.kind, letter.error) for letter in found)


def audited() -> list[tuple[str, str, str, dict[str, str]]]:
    with transaction() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action.like("work.%")).order_by(AuditEntry.id))
        return [(row.action, row.subject_kind, row.subject_id, row.details) for row in rows]


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["work", *arguments])


def test_everything_that_was_given_up_is_listed_with_its_error(now: datetime) -> None:
    item, message = dead_item(now=now), dead_message(now=now)
    assert listed() == [
        ("inbox", message, "kaspi", "payment_unknown"),
        ("outbox", f"{item}", "send_notification", "kaspi: HTTP 500"),
    ]
    assert listed("kaspi") == [("inbox", message, "kaspi", "payment_unknown")]


def test_one_that_is_started_again_is_due_with_all_its_attempts_and_wakes_a_worker(redis: Redis, now: datetime) -> None:
    item = dead_item(now=now)
    redis.flushdb()
    with transaction() as session:
        assert dead_letters.retry(session, Source.OUTBOX, f"{item}", actor=OPERATOR, now=now)
    with transaction() as session:
        row = session.get_one(OutboxItem, item)
        assert (row.dead_at, row.attempts, row.available_at) == (None, 0, now)
    assert listed() == []
    assert waiting(redis, QueueName.NOTIFICATIONS) == [("app.jobs.relay.drain", ("notifications",))]
    assert audited() == [("work.retried", "outbox", f"{item}", {"kind": "send_notification"})]


def test_a_message_that_is_started_again_wakes_the_payments_worker(redis: Redis, now: datetime) -> None:
    message = dead_message(now=now)
    redis.flushdb()
    with transaction() as session:
        assert dead_letters.retry(session, Source.INBOX, message, actor=OPERATOR, now=now)
    assert waiting(redis, QueueName.HIGH_PRIORITY) == [("app.jobs.relay.drain", ("high_priority",))]


def test_a_message_of_a_chat_that_is_started_again_wakes_the_chats_worker(redis: Redis, now: datetime) -> None:
    with transaction() as session:
        inbox.store(session, InboxProvider.TELEGRAM, "7", "{}", now=now, stream=bytes(32))
        message = session.scalars(select(InboxItem)).one()
        inbox.give_up(session, message.id, error="KeyError", now=now)
    redis.flushdb()
    with transaction() as session:
        assert dead_letters.retry(session, Source.INBOX, f"{message.id}", actor=OPERATOR, now=now)
    assert waiting(redis, QueueName.CHATS) == [("app.jobs.relay.drain", ("chats",))]


def test_a_message_whose_body_is_gone_cannot_be_started_again(now: datetime) -> None:
    message = dead_message(now=now)
    with transaction() as session:
        for row in session.scalars(select(InboxItem)):
            row.body_sealed = None
    with transaction() as session:
        assert not dead_letters.retry(session, Source.INBOX, message, actor=OPERATOR, now=now)
        assert dead_letters.retry_all(session, "kaspi", actor=OPERATOR, now=now) == 0


def test_all_of_a_kind_are_started_again_and_no_others(now: datetime) -> None:
    for _ in range(3):
        dead_item(now=now)
    other = dead_item(now=now, kind=OutboxKind.CREATE_PAYMENT)
    with transaction() as session:
        assert dead_letters.retry_all(session, KIND.value, actor=OPERATOR, now=now) == 3
    assert [letter[1] for letter in listed()] == [f"{other}"]


def test_one_that_is_dropped_leaves_the_list_for_a_reason_that_is_kept(now: datetime) -> None:
    item, message = dead_item(now=now), dead_message(now=now)
    with transaction() as session:
        for source, item_id in ((Source.OUTBOX, f"{item}"), (Source.INBOX, message)):
            assert dead_letters.drop(session, source, item_id, DropReason.DUPLICATE, actor=OPERATOR, now=now)
            assert not dead_letters.drop(session, source, item_id, DropReason.DUPLICATE, actor=OPERATOR, now=now)
    assert listed() == []
    assert [(action, details["reason"]) for action, _, _, details in audited()] == [("work.dropped", "duplicate")] * 2
    with transaction() as session:
        assert not dead_letters.retry(session, Source.OUTBOX, f"{item}", actor=OPERATOR, now=now)
        purge(session, now=now + retention.DONE_WORK * 2)
        assert session.get(OutboxItem, item) is None


@pytest.mark.parametrize(("source", "item_id"), [("outbox", "x"), ("outbox", "999"), ("inbox", "x"), ("job", "x")])
def test_what_is_not_there_is_said(alone: Flask, source: str, item_id: str) -> None:
    for command in (("retry", source, item_id), ("drop", source, item_id, "--reason", "mistake")):
        answer = run(alone, *command)
        assert (answer.exit_code, answer.output) == (1, "Error: there is no such dead letter\n")
    assert audited() == []


def test_the_commands_show_work_without_showing_whom_it_is_about(alone: Flask, now: datetime) -> None:
    item, message = dead_item(now=now), dead_message(now=now)
    status, dead = run(alone, "status"), run(alone, "dead")
    assert "outbox send_notification: 0 due, 0 later, 1 dead" in status.output
    assert "queue high_priority: " in status.output
    assert f"outbox {item}  send_notification" in dead.output
    assert "attempts 1  kaspi: HTTP 500" in dead.output
    assert f"inbox {message}  kaspi" in dead.output
    assert "7701" not in status.output + dead.output
    assert run(alone, "retry", "outbox", f"{item}").output == "started again\n"
    assert run(alone, "retry", "--kind", "kaspi").output == "1 started again\n"
    assert run(alone, "dead").output == "0 dead\n"
    assert run(alone, "retry").exit_code == 2
    assert "outbox send_notification: 1 due, the oldest for " in run(alone, "status").output


def crashed(redis: Redis) -> str:
    """A job that a worker ran and that crashed; its id."""
    enqueue(redis, QueueName.DEFAULT, "app.jobs.relay.drain", "nobodys-queue")
    [job] = queue(QueueName.DEFAULT, redis).jobs
    worker = SimpleWorker([queue(QueueName.DEFAULT, redis)], connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")
    return job.id


def test_a_job_that_crashes_is_listed_and_the_queue_moves_on(alone: Flask, redis: Redis) -> None:
    """Promise 18; what its error says may hold anything and is not shown."""
    job_id = crashed(redis)
    enqueue(redis, QueueName.DEFAULT, "app.jobs.housekeeping.sweep_outbox")
    worker = SimpleWorker([queue(QueueName.DEFAULT, redis)], connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")
    assert waiting(redis, QueueName.DEFAULT) == []
    shown = run(alone, "dead").output
    assert f"{_JOB} {job_id}  app.jobs.relay.drain  default  ValueError" in shown
    assert "1 dead" in shown
    assert "is not a valid" not in shown, "what an error says may hold anything"


@pytest.mark.parametrize(
    ("gone", "shown"),
    [
        (("login_codes",), "sqlalchemy.exc.ProgrammingError"),
        (("login_codes", "messages"), "ExceptionGroup: psycopg.errors.UndefinedTable, sqlalchemy.exc.ProgrammingError"),
    ],
)
def test_several_failures_of_a_job_are_kept_and_shown_together(
    alone: Flask, redis: Redis, gone: tuple[str, ...], shown: str
) -> None:
    """The messages of such errors have many lines; none of them is shown."""
    with transaction() as session:
        for table in gone:
            session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_of_yesterday"))
    enqueue(redis, QueueName.SCHEDULED, "app.jobs.housekeeping.forget")
    [job] = queue(QueueName.SCHEDULED, redis).jobs
    worker = SimpleWorker([queue(QueueName.SCHEDULED, redis)], connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")
    line = f"{_JOB} {job.id}  app.jobs.housekeeping.forget  scheduled  {shown}  "
    assert line in run(alone, "dead").output


def test_a_failed_job_is_started_again_or_dropped_and_both_are_audited(alone: Flask, redis: Redis) -> None:
    job_id = crashed(redis)
    assert run(alone, "retry", "job", job_id).output == "started again\n"
    assert len(waiting(redis, QueueName.DEFAULT)) == 1
    worker = SimpleWorker([queue(QueueName.DEFAULT, redis)], connection=redis, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="CRITICAL")
    assert run(alone, "drop", "job", job_id, "--reason", "mistake").output == "dropped\n"
    assert run(alone, "dead").output == "0 dead\n"
    assert [(action, kind) for action, kind, _, _ in audited()] == [("work.retried", "job"), ("work.dropped", "job")]


def test_without_redis_the_commands_say_so(alone: Flask) -> None:
    alone.config["SETTINGS"] = alone.config["SETTINGS"].model_copy(update={"redis_url": "redis://127.0.0.1:9/0"})
    answer = run(alone, "status")
    assert answer.exit_code == 1
    assert answer.output.endswith("Error: Redis does not answer (ConnectionError)\n")
