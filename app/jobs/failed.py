"""Jobs of the queues that failed or whose worker died, as RQ keeps them: the third part of the dead-letter list.

What they were to do is in PostgreSQL, or comes again by the clock, so dropping one loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis
from rq import Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from app.jobs.queues import QueueName, queue

_TRACEBACK = "Traceback (most recent call last):"
_GROUP = f"  + Exception Group {_TRACEBACK}"
_MARGIN = re.compile(r"^ *[|+] ?")
"""Before each line about a group and what is in it."""


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that failed; `error` is the kind of the exception, never its text. Of a group, what kinds are in it."""

    queue: QueueName
    id: str
    function: str
    error: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue: how many jobs wait, how many failed, which workers serve it."""

    queue: QueueName
    waiting: int
    failed: int
    workers: tuple[str, ...]


def listed(connection: Redis) -> list[FailedJob]:
    """The failed jobs of all queues. Raises RedisError."""
    return [_described(name, job) for name, job in _jobs(connection)]


def retry(connection: Redis, job_id: str) -> bool:
    """Put a failed job into its queue again. False when there is no such failed job. Raises RedisError."""
    for name, job in _jobs(connection):
        if job.id == job_id:
            _registry(name, connection).requeue(job)
            return True
    return False


def drop(connection: Redis, job_id: str) -> bool:
    """Delete a failed job. False when there is no such failed job. Raises RedisError."""
    for name, job in _jobs(connection):
        if job.id == job_id:
            _registry(name, connection).remove(job, delete_job=True)
            return True
    return False


def states(connection: Redis) -> list[QueueState]:
    """Every queue. Raises RedisError."""
    workers = Worker.all(connection=connection, serializer=JSONSerializer)
    return [
        QueueState(
            name,
            queue(name, connection).count,
            _registry(name, connection).count,
            tuple(sorted(worker.name for worker in workers if name.value in worker.queue_names())),
        )
        for name in QueueName
    ]


def _jobs(connection: Redis) -> Iterator[tuple[QueueName, Job]]:
    for name in QueueName:
        for job_id in _registry(name, connection).get_job_ids():
            try:
                yield name, Job.fetch(job_id, connection=connection, serializer=JSONSerializer)
            except NoSuchJobError:
                continue  # its time was up between the two look-ups


def _registry(name: QueueName, connection: Redis) -> FailedJobRegistry:
    return FailedJobRegistry(queue=queue(name, connection))


def _described(name: QueueName, job: Job) -> FailedJob:
    ended = job.ended_at
    if ended is not None and ended.tzinfo is None:
        ended = ended.replace(tzinfo=UTC)
    return FailedJob(name, job.id, job.func_name or "?", _kind_of_error(job), ended)


def _kind_of_error(job: Job) -> str:
    """The exception's name, from the traceback that RQ kept; its message may hold anything."""
    result = job.latest_result()
    kinds, is_group = _kinds_in((result.exc_string if result is not None else None) or "")
    if not kinds:
        return "the worker died"
    return f"{kinds[0]}: {', '.join(sorted(set(kinds[1:])))}" if is_group else kinds[-1]


def _kinds_in(text: str) -> tuple[list[str], bool]:
    """The names of the exceptions whose tracebacks these are, in order; and whether the first one is a group.

    A name stands in the first line behind its traceback that is not indented; what follows is the message.
    """
    kinds: list[str] = []
    is_group = is_inside = False
    for line in text.splitlines():
        is_group = is_group or line.startswith(_GROUP)
        bare = _MARGIN.sub("", line, count=1) if is_group else line
        if bare.endswith(_TRACEBACK):
            is_inside = True
        elif is_inside and bare and not bare.startswith(" "):
            kinds.append(bare.partition(":")[0])
            is_inside = False
    return kinds, is_group
