"""Waking workers: what is in Redis after a commit, and how little a Redis that is away costs."""

from __future__ import annotations

import json
import time
import zlib
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError

from app.jobs.queues import JOB_TTL, QueueName, connect, enqueue, queue
from app.jobs.wake import PAUSE_SECONDS, Waker, current_waker
from app.models import OutboxKind
from tests.jobs.queues import all_waiting


class Dial:
    """A clock to be turned by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_each_kind_of_work_wakes_its_queue(redis: Redis) -> None:
    waker, item = Waker(redis), uuid4()
    waker.wake_outbox([(OutboxKind.CREATE_PAYMENT, 1), (OutboxKind.SEND_NOTIFICATION, 2)])
    waker.wake_inbox([item])
    high = [(job.func_name, tuple(job.args)) for job in queue(QueueName.HIGH_PRIORITY, redis).jobs]
    assert high == [("app.jobs.outbox.work_off", (1,)), ("app.jobs.inbox.handle", (str(item),))]
    told = [(job.func_name, tuple(job.args)) for job in queue(QueueName.NOTIFICATIONS, redis).jobs]
    assert told == [("app.jobs.outbox.work_off", (2,))]


def test_jobs_carry_ids_as_json_and_live_a_week_at_most(redis: Redis) -> None:
    """A queue is no place for code (pickle) nor for personal data."""
    Waker(redis).wake_outbox([(OutboxKind.SEND_NOTIFICATION, 4711)])
    [job] = queue(QueueName.NOTIFICATIONS, redis).jobs
    stored = redis.hget(job.key, "data")
    assert isinstance(stored, bytes)
    assert json.loads(zlib.decompress(stored)) == ["app.jobs.outbox.work_off", None, [4711], {}]
    assert job.ttl == JOB_TTL == 7 * 24 * 3600
    assert job.result_ttl == 0


def test_a_redis_that_is_away_costs_the_first_call_little_and_the_next_ones_nothing() -> None:
    dial = Dial()
    waker = Waker(connect("redis://127.0.0.1:9/0"), monotonic=dial)
    began = time.monotonic()
    waker.wake_outbox([(OutboxKind.CREATE_PAYMENT, 1)])
    assert time.monotonic() - began < 10
    began = time.monotonic()
    for number in range(1_000):
        waker.wake_outbox([(OutboxKind.CREATE_PAYMENT, number)])
    assert time.monotonic() - began < 5, "a thousand calls that each waited would take minutes"


def test_after_the_pause_redis_is_asked_again(redis: Redis) -> None:
    """The same waker over a Redis that comes back: the address is right again after the pause."""
    dial = Dial()
    gone = connect("redis://127.0.0.1:9/0")
    waker = Waker(gone, monotonic=dial)
    waker.wake_outbox([(OutboxKind.CREATE_PAYMENT, 1)])
    gone.connection_pool.connection_kwargs.update(redis.connection_pool.connection_kwargs)
    dial.seconds += PAUSE_SECONDS - 0.1
    waker.wake_outbox([(OutboxKind.CREATE_PAYMENT, 2)])
    assert all_waiting(redis) == []


def test_enqueuing_itself_says_when_redis_is_away() -> None:
    with pytest.raises(RedisError):
        enqueue(connect("redis://127.0.0.1:9/0"), QueueName.DEFAULT, "app.jobs.outbox.work_off", 1)


def test_the_application_has_a_waker_of_its_own(app: Flask) -> None:
    assert current_waker() is app.extensions["waker"]
