"""After a commit: wake a worker for what the transaction wrote. A lost wake-up loses nothing, a sweep finds the row."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError

from app.config import Settings
from app.db import after_commit
from app.domain import inbox, outbox
from app.jobs.queues import QueueName, connect, enqueue
from app.models import InboxProvider, OutboxKind

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 2.0
"""After Redis did not answer, requests do not wait for it again for so long."""

MARK_SECONDS = 10
"""After that a wake-up counts as lost: Redis may have kept the mark and not the job."""

WAKE_UP_TTL = 600
"""Seconds a wake-up waits in its queue: the sweep makes another one if it is still needed."""

QUEUE_OF: dict[OutboxKind, QueueName] = {
    OutboxKind.CREATE_PAYMENT: QueueName.HIGH_PRIORITY,
    OutboxKind.SEND_REFUND: QueueName.HIGH_PRIORITY,
    OutboxKind.SEND_NOTIFICATION: QueueName.NOTIFICATIONS,
    OutboxKind.SEND_CHAT_REPLY: QueueName.CHATS,
}


class Waker:
    """Enqueues wake-ups; a Redis that is away costs the first request half a second and the next ones nothing.

    One wake-up waits in a queue at most, however much there is to do: a mark in Redis says that it is there. The job
    takes the mark away before it looks, so what is committed later has a wake-up of its own.
    """

    def __init__(self, connection: Redis, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._monotonic = monotonic
        self._silent_until = 0.0

    def wake_outbox(self, items: list[tuple[OutboxKind, int]]) -> None:
        """Wake the queue of each outbox item."""
        for queue in dict.fromkeys(QUEUE_OF[kind] for kind, _ in items):
            self.wake(queue)

    def wake_inbox(self, providers: list[InboxProvider]) -> None:
        """Wake the queue of what came in: the payments' for providers, the chats' for people."""
        for queue in dict.fromkeys(
            QueueName.CHATS if provider in inbox.CHATS else QueueName.HIGH_PRIORITY for provider in providers
        ):
            self.wake(queue)

    def wake(self, queue: QueueName) -> None:
        """See that a job comes that drains this queue. A lost one is repaired by the sweep."""
        if self._monotonic() < self._silent_until:
            return
        try:
            if self._connection.set(_mark(queue), "1", nx=True, ex=MARK_SECONDS):
                enqueue(self._connection, queue, "app.jobs.relay.drain", queue.value, ttl=WAKE_UP_TTL, is_new=True)
        except RedisError as error:
            self._silent_until = self._monotonic() + PAUSE_SECONDS
            log.warning("wake_up_lost", queue=queue.value, error=type(error).__name__)

    def begin(self, queue: QueueName) -> None:
        """A drain begins: from here on there is no wake-up in the queue."""
        try:
            self._connection.delete(_mark(queue))
        except RedisError as error:  # the mark goes by itself, and the sweep comes before
            log.warning("mark_left", queue=queue.value, error=type(error).__name__)


def _mark(queue: QueueName) -> str:
    return f"awake:{queue.value}"


def install(app: Flask, settings: Settings) -> None:
    """Connect the after-commit hooks to the queues."""
    app.extensions["waker"] = Waker(connect(settings.queue_redis_url))
    after_commit.hooks[outbox.WAKE] = lambda items: current_waker().wake_outbox(items)
    after_commit.hooks[inbox.WAKE] = lambda items: current_waker().wake_inbox(items)


def current_waker() -> Waker:
    """The waker of the application at work."""
    waker = current_app.extensions["waker"]
    assert isinstance(waker, Waker)  # noqa: S101  # narrows the type of a value that only install() sets
    return waker
