"""Work that outlives a transaction: done after a commit, never after a rollback, by one worker (promise 17)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import ARRAY, BigInteger, Text, TextClause, bindparam, select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain import outbox
from app.domain.outbox import CLAIM, MAX_ATTEMPTS, Claimed, End, Outcome
from app.jobs import housekeeping
from app.jobs.queues import QueueName
from app.jobs.wake import QUEUE_OF
from app.kit import clock
from app.models import OutboxItem, OutboxKind
from tests.jobs.queues import all_waiting, waiting


def add(kind: OutboxKind = OutboxKind.SEND_NOTIFICATION, *, now: datetime, subject: object = None) -> int:
    """An item about something that does not exist; its id."""
    with transaction() as session:
        subject_id = str(subject or uuid4())
        outbox.add(session, kind, subject_id, now=now)
        return session.scalars(select(OutboxItem.id).where(OutboxItem.subject_id == subject_id)).one()


def item(item_id: int) -> OutboxItem:
    with transaction() as session:
        return session.get_one(OutboxItem, item_id)


def claim(item_id: int, now: datetime) -> Claimed | None:
    with transaction() as session:
        found = outbox.claim(session, list(OutboxKind), now=now, limit=1, only=item_id)
    return found[0] if found else None


def record(*outcomes: Outcome, now: datetime) -> None:
    with transaction() as session:
        outbox.record(session, outcomes, now=now)


def make_due(item_id: int) -> None:
    """As if the pause had passed."""
    with transaction() as session:
        session.execute(text("UPDATE outbox SET available_at = now() - interval '1 s' WHERE id = :id"), {"id": item_id})


@pytest.mark.parametrize("kind", QUEUE_OF)
def test_a_commit_wakes_the_right_queue(app: Flask, redis: Redis, now: datetime, kind: OutboxKind) -> None:
    item_id = add(kind, now=now)
    assert item(item_id).done_at is None
    assert waiting(redis, QUEUE_OF[kind]) == [("app.jobs.relay.drain", (QUEUE_OF[kind].value,))]
    assert len(all_waiting(redis)) == 1


def test_a_rollback_leaves_neither_item_nor_wake_up(app: Flask, redis: Redis, now: datetime) -> None:
    """Promise 17: 0 messages."""
    subject = str(uuid4())

    def add_and_fail() -> None:
        with transaction() as session:
            outbox.add(session, OutboxKind.SEND_NOTIFICATION, subject, now=now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        add_and_fail()
    assert all_waiting(redis) == []
    with transaction() as session:
        assert session.scalars(select(OutboxItem).where(OutboxItem.subject_id == subject)).first() is None


def test_a_lost_wake_up_is_found_by_the_sweep(app: Flask, redis: Redis, now: datetime) -> None:
    """Promises 16 and 17: what Redis forgot is in the table."""
    add(now=now)
    redis.flushdb()
    housekeeping.sweep_outbox()
    assert waiting(redis, QueueName.NOTIFICATIONS) == [("app.jobs.relay.drain", ("notifications",))]


def test_only_what_is_due_and_in_nobodys_hands_is_taken(app: Flask, now: datetime) -> None:
    done, dead, claimed, later = (add(now=now) for _ in range(4))
    for item_id, end in ((done, End.DONE), (dead, End.DEAD)):
        found = claim(item_id, clock.now())
        assert found is not None
        record(Outcome(found, end, "no"), now=now)
    assert claim(claimed, clock.now()) is not None
    with transaction() as session:
        session.get_one(OutboxItem, later).available_at = now + timedelta(hours=1)
    assert [claim(item_id, clock.now()) for item_id in (done, dead, claimed, later)] == [None] * 4


def test_a_refund_is_found_behind_a_long_queue_of_messages(app: Flask) -> None:
    """A claim of one kind, and the sweep's question what is due, touch a few pages whatever else waits."""
    long_ago = clock.now() - timedelta(days=400)
    claims = {"kinds": [OutboxKind.SEND_REFUND.value], "now": long_ago, "until": long_ago, "only": None, "size": 8}
    claims |= {"most": [MAX_ATTEMPTS], "used_up": "used up"}
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO outbox (kind, subject_id, created_at, available_at, attempts)"
                " SELECT 'send_notification', gen_random_uuid(), CAST(:at AS timestamptz), CAST(:at AS timestamptz), 0"
                " FROM generate_series(1, 20000)"
            ),
            {"at": long_ago},
        )
        outbox.add(session, OutboxKind.SEND_REFUND, uuid4(), now=long_ago)
        session.execute(text("ANALYZE outbox"))
        due = outbox.due_kinds(session, now=long_ago)
        blocks = [
            blocks_of(session, outbox._CLAIM, claims),
            blocks_of(session, outbox._DUE_KINDS, {"kinds": [kind.value for kind in OutboxKind], "now": long_ago}),
        ]
        session.rollback()
    assert due == [OutboxKind.SEND_NOTIFICATION, OutboxKind.SEND_REFUND]
    assert max(blocks) < 100, blocks


def blocks_of(session: Session, statement: TextClause, values: dict[str, object]) -> int:
    """Pages that PostgreSQL looked at."""
    explained = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}").bindparams(
        bindparam("kinds", type_=ARRAY(Text)), *([bindparam("only", type_=BigInteger)] if "only" in values else [])
    )
    return int(session.execute(explained, values).scalar_one()[0]["Plan"]["Shared Hit Blocks"])


def test_the_sweep_asks_for_what_is_due_only(app: Flask, redis: Redis, now: datetime) -> None:
    with transaction() as session:
        session.execute(text("UPDATE outbox SET done_at = now() WHERE done_at IS NULL AND dead_at IS NULL"))
    redis.flushdb()
    housekeeping.sweep_outbox()
    assert all_waiting(redis) == []


def test_one_worker_gets_an_item_and_the_others_nothing(app: Flask, now: datetime) -> None:
    item_id = add(now=now)
    moment = clock.now()

    def work(_: int) -> bool:
        with app.app_context():
            return claim(item_id, moment) is not None

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert Counter(pool.map(work, range(16))) == {True: 1, False: 15}
    assert item(item_id).attempts == 1


def test_a_worker_that_died_leaves_a_claim_that_runs_out(app: Flask, now: datetime) -> None:
    """Promise 15 in part: another worker may try after 45 s, not before."""
    item_id = add(now=now)
    moment = clock.now()
    assert claim(item_id, moment) is not None
    assert claim(item_id, moment + CLAIM - timedelta(seconds=1)) is None
    again = claim(item_id, moment + CLAIM)
    assert again is not None
    assert again.attempt == 2


def test_pauses_grow_and_the_last_attempt_ends_on_the_dead_letter_list(app: Flask, now: datetime) -> None:
    """Promise 18."""
    item_id = add(now=now)
    moment, pauses = clock.now(), []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        claimed = claim(item_id, moment)
        assert claimed is not None
        assert claimed.attempt == attempt
        record(outbox.failed(claimed, "HTTP 500"), now=moment)
        found = item(item_id)
        if found.dead_at is None:
            pauses.append((found.available_at - moment).total_seconds())
            moment = found.available_at
    assert len(pauses) == MAX_ATTEMPTS - 1
    assert all(1 <= pause <= min(2.0**number, 1800) for number, pause in enumerate(pauses, start=1))
    found = item(item_id)
    assert (found.dead_at, found.last_error, found.done_at) == (moment, "HTTP 500", None)
    assert claim(item_id, moment + timedelta(days=1)) is None


def test_a_provider_that_says_when_is_obeyed(app: Flask, now: datetime) -> None:
    """Promise 18: 429 with Retry-After."""
    item_id = add(now=now)
    moment = clock.now()
    claimed = claim(item_id, moment)
    assert claimed is not None
    record(outbox.failed(claimed, "HTTP 429", retry_after=timedelta(seconds=77)), now=moment)
    assert item(item_id).available_at == moment + timedelta(seconds=77)


def test_what_was_not_begun_has_used_up_no_attempt(app: Flask, now: datetime) -> None:
    item_id = add(now=now)
    moment = clock.now()
    claimed = claim(item_id, moment)
    assert claimed is not None
    record(Outcome(claimed, End.UNTOUCHED, again_after=timedelta(seconds=5)), now=moment)
    found = item(item_id)
    assert (found.attempts, found.available_at) == (0, moment + timedelta(seconds=5))


def test_who_lost_an_item_to_another_worker_changes_nothing_but_that_it_is_done(app: Flask, now: datetime) -> None:
    item_id = add(now=now)
    first = claim(item_id, clock.now())
    assert first is not None
    make_due(item_id)
    second = claim(item_id, clock.now())
    assert second is not None
    before = item(item_id).available_at
    record(outbox.failed(first, "HTTP 500"), now=now)
    assert (item(item_id).available_at, item(item_id).last_error) == (before, None)
    record(Outcome(first, End.DONE), now=now)
    record(Outcome(second, End.DEAD, "no"), now=now)
    found = item(item_id)
    assert (found.done_at, found.dead_at) == (now, None)


def test_long_errors_are_cut(app: Flask, now: datetime) -> None:
    item_id = add(now=now)
    claimed = claim(item_id, clock.now())
    assert claimed is not None
    record(outbox.failed(claimed, "x" * 5_000), now=clock.now())
    assert len(item(item_id).last_error or "") == 500
