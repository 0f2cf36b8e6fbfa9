"""Waking workers: what is in Redis after a commit, and how little a Redis that is away costs."""

from __future__ import annotations

import json
import time
import zlib

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import RedisError

from app.jobs.queues import JOB_TTL, QueueName, connect, enqueue, queue
from app.jobs.wake import MARK_SECONDS, PAUSE_SECONDS, WAKE_UP_TTL, Waker, current_waker
from app.models import InboxProvider, OutboxKind
from tests.jobs.queues import all_waiting, waiting


class Dial:
    """A clock to be turned by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_each_kind_of_work_wakes_its_queue_once_however_much_there_is(redis: Redis) -> None:
    waker = Waker(redis)
    for number in range(3):
        waker.wake_outbox([(OutboxKind.CREATE_PAYMENT, number), (OutboxKind.SEND_NOTIFICATION, number)])
        waker.wake_inbox([InboxProvider.KASPI])
    assert waiting(redis, QueueName.HIGH_PRIORITY) == [("app.jobs.relay.drain", ("high_priority",))]
    assert waiting(redis, QueueName.NOTIFICATIONS) == [("app.jobs.relay.drain", ("notifications",))]


def test_what_comes_after_a_drain_has_begun_has_a_wake_up_of_its_own(redis: Redis) -> None:
    """Else something committed between a drain's last look and its end would wait for the sweep."""
    waker = Waker(redis)
    waker.wake(QueueName.NOTIFICATIONS)
    waker.begin(QueueName.NOTIFICATIONS)
    waker.wake(QueueName.NOTIFICATIONS)
    waker.wake(QueueName.NOTIFICATIONS)
    assert len(waiting(redis, QueueName.NOTIFICATIONS)) == 2


def test_a_mark_whose_wake_up_is_lost_goes_by_itself(redis: Redis) -> None:
    Waker(redis).wake(QueueName.NOTIFICATIONS)
    [mark] = redis.keys("awake:*")
    assert 0 < redis.ttl(mark) <= MARK_SECONDS


def test_jobs_carry_no_data_and_live_a_week_at_most(redis: Redis) -> None:
    """A queue is no place for code (pickle) nor for personal data."""
    Waker(redis).wake(QueueName.NOTIFICATIONS)
    [job] = queue(QueueName.NOTIFICATIONS, redis).jobs
    stored = redis.hget(job.key, "data")
    assert isinstance(stored, bytes)
    assert json.loads(zlib.decompress(stored)) == ["app.jobs.relay.drain", None, ["notifications"], {}]
    assert job.ttl == WAKE_UP_TTL
    assert job.result_ttl == 0
    enqueue(redis, QueueName.DEFAULT, "app.jobs.housekeeping.forget")
    [job] = queue(QueueName.DEFAULT, redis).jobs
    assert job.ttl == JOB_TTL == 7 * 24 * 3600


def test_a_redis_that_is_away_costs_the_first_call_little_and_the_next_ones_nothing() -> None:
    dial = Dial()
    waker = Waker(connect("redis://127.0.0.1:9/0"), monotonic=dial)
    began = time.monotonic()
    waker.wake_outbox([(OutboxKind.CREATE_PAYMENT, 1)])
    assert time.monotonic() - began < 60
    began = time.monotonic()
    for number in range(1_000):
        waker.wake_outbox([(OutboxKind.CREATE_PAYMENT, number)])
    assert time.monotonic() - began < 60, "a thousand calls that each waited would take minutes"


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
        enqueue(connect("redis://127.0.0.1:9/0"), QueueName.DEFAULT, "app.jobs.relay.drain", "default")


def test_the_application_has_a_waker_of_its_own(app: Flask) -> None:
    assert current_waker() is app.extensions["waker"]
