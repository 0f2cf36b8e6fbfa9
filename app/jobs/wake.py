"""After a commit: wake a worker for what the transaction wrote. A lost wake-up loses nothing, a sweep finds the row."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

import structlog
from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError

from app.config import Settings
from app.db import after_commit
from app.domain import inbox, outbox
from app.jobs.queues import QueueName, connect, enqueue
from app.models import OutboxKind

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 2.0
"""After Redis did not answer, requests do not wait for it again for so long."""

QUEUE_OF: dict[OutboxKind, QueueName] = {
    OutboxKind.CREATE_PAYMENT: QueueName.HIGH_PRIORITY,
    OutboxKind.SEND_NOTIFICATION: QueueName.NOTIFICATIONS,
}
WAITING = frozenset({OutboxKind.SEND_REFUND})
"""Kinds that nobody works off yet: their items stay in the outbox (see docs/decisions.md)."""


class Waker:
    """Enqueues wake-ups; a Redis that is away costs the first request half a second and the next ones nothing."""

    def __init__(self, connection: Redis, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._monotonic = monotonic
        self._silent_until = 0.0

    def wake_outbox(self, items: list[tuple[OutboxKind, int]]) -> None:
        """Wake the queue of each outbox item."""
        for kind, item_id in items:
            if kind in WAITING:
                continue
            self._enqueue(QUEUE_OF[kind], "app.jobs.outbox.work_off", item_id)

    def wake_inbox(self, items: list[UUID]) -> None:
        """Wake the payments' queue for each inbox item."""
        for item_id in items:
            self._enqueue(QueueName.HIGH_PRIORITY, "app.jobs.inbox.handle", str(item_id))

    def _enqueue(self, name: QueueName, function: str, argument: str | int) -> None:
        if self._monotonic() < self._silent_until:
            return
        try:
            enqueue(self._connection, name, function, argument)
        except RedisError as error:
            self._silent_until = self._monotonic() + PAUSE_SECONDS
            log.warning("wake_up_lost", queue=name.value, error=type(error).__name__)


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
