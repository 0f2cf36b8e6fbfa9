"""Looking into RQ's queues as a worker does."""

from __future__ import annotations

from typing import NamedTuple

from redis import Redis

from app.jobs.queues import QueueName, queue


class Job(NamedTuple):
    """A job that waits."""

    function: str
    args: tuple[object, ...]


def waiting(redis: Redis, name: QueueName) -> list[Job]:
    """The jobs of one queue, in order."""
    return [Job(str(job.func_name), tuple(job.args)) for job in queue(name, redis).jobs]


def all_waiting(redis: Redis) -> list[Job]:
    """The jobs of every queue."""
    return [job for name in QueueName for job in waiting(redis, name)]
