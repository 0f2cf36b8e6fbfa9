"""The queues and how work gets into them."""

from __future__ import annotations

import contextlib
from enum import StrEnum
from uuid import uuid4

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer

from app.kit import clock

JOB_TTL = 7 * 24 * 3600
"""Seconds a queued job lives at most."""

JOB_TIMEOUT = 60
"""Seconds one job may run."""

REPEATED_TTL = 3600
"""Seconds a failed job is shown that comes again by itself."""


class QueueName(StrEnum):
    """One worker process serves one queue."""

    HIGH_PRIORITY = "high_priority"
    """Payments and holds."""
    CHATS = "chats"
    """What people write in chats, and the answers: a person waits, and no housekeeping stands before them."""
    NOTIFICATIONS = "notifications"
    SCHEDULED = "scheduled"
    """What has its time of day: reports, reconciliation, rebuilding, forgetting. May take an hour."""
    DEFAULT = "default"
    """What comes every few seconds or minutes: sweeps, asking Kaspi, ending holds. A minute at most."""


WORKERS: dict[str, QueueName] = {
    "payments": QueueName.HIGH_PRIORITY,
    "chats": QueueName.CHATS,
    "notifications": QueueName.NOTIFICATIONS,
    "analytics": QueueName.SCHEDULED,
    "general": QueueName.DEFAULT,
}
"""The workers by name, and the one queue each works off."""


def connect(url: str) -> Redis:
    """A client for enqueuing from web requests: gives up in half a second, since a sweep repairs a lost wake-up."""
    return Redis.from_url(
        url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0), health_check_interval=30
    )


def connect_worker(url: str) -> Redis:
    """A client for worker and cron processes, which block on Redis for as long as it takes."""
    return Redis.from_url(url, socket_connect_timeout=3, socket_keepalive=True, health_check_interval=30)


def queue(name: QueueName, connection: Redis) -> Queue:
    """The queue, with JSON arguments (never pickle: a queue is no place for code)."""
    return Queue(name, connection=connection, serializer=JSONSerializer, default_timeout=JOB_TIMEOUT)


def enqueue(
    connection: Redis, name: QueueName, function: str, *args: str | int, ttl: int = JOB_TTL, is_new: bool = False
) -> None:
    """Put a job by its dotted name into a queue; nothing of it is kept once it has run. Raises RedisError.

    The same job is put there once a minute at most, unless it `is_new` for sure: one of those that come again.
    """
    mark = uuid4().hex if is_new else f"{int(clock.now().timestamp()) // 60}"
    with contextlib.suppress(DuplicateJobError):
        queue(name, connection).enqueue_call(
            function,
            args=list(args),
            job_id="-".join([function.rpartition(".")[2], *map(str, args), mark]),
            unique=True,
            ttl=ttl,
            result_ttl=0,
            failure_ttl=REPEATED_TTL if is_new else JOB_TTL,
        )
