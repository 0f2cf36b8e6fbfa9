"""The worker process: `python rq_worker.py --worker payments`, one queue a process; `--cron` for the clock."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import signal
import sys
import threading
import time
from uuid import uuid4

import structlog
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy.orm import configure_mappers

from app.config import Settings, SettingsError, load_settings
from app.db import forget_connections
from app.factory import create_worker_app
from app.integrations import http
from app.jobs.queues import WORKERS, QueueName, connect, connect_worker, queue
from app.jobs.schedule import TABLE, Cron

log = structlog.get_logger(__name__)

PAUSE_WITHOUT_REDIS = 2.0
"""Seconds until a worker that lost Redis tries again."""


class ProductWorker(Worker):
    """RQ's worker, back at work within seconds of Redis' return: RQ itself waits up to a minute between its tries."""

    max_connection_wait_time = 3.0


def main() -> None:
    """Run until SIGTERM; a job that has begun is finished."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--worker", choices=sorted(WORKERS), help="the worker of this name, with its one queue")
    what.add_argument("--queues", default=",".join(QueueName), help="comma-separated; several are for trying out")
    what.add_argument("--cron", action="store_true", help="run the clock instead of a worker")
    arguments = parser.parse_args()
    try:
        settings = load_settings()
        names = [QueueName(name) for name in arguments.queues.split(",")]
    except SettingsError as error:
        sys.exit(str(error))
    except ValueError as error:
        sys.exit(f"Unknown queue: {error}.")
    if arguments.cron:
        run_cron(settings)
    elif arguments.worker:
        run_worker(settings, arguments.worker, [WORKERS[arguments.worker]])
    else:
        run_worker(settings, "worker", names)


def run_worker(settings: Settings, name: str, queues: list[QueueName]) -> None:
    """Work off queues, each job in a child process of its own. The worker's name in Redis begins with `name`."""
    app = create_worker_app(settings)
    # Every job runs in a fork: what is ready here need not be made ready in each of them. httpx imports httpcore only
    # when its first client is made (0.02 s of CPU).
    needed = {"app.jobs.relay", "app.channels.telegram.channel", "httpcore"}
    for module in sorted({entry.function.rpartition(".")[0] for entry in TABLE} | needed):
        importlib.import_module(module)
    http.tls()
    configure_mappers()
    # All of this stays. Without freezing, each job's garbage collections go through it, and copy its pages by doing so:
    # half of a job's CPU.
    gc.collect()
    gc.freeze()
    connection = connect_worker(settings.queue_redis_url)
    with app.app_context():
        os.register_at_fork(after_in_child=forget_connections)
        while not _work(name, queues, connection):
            # Nothing is at work while Redis is away: a signal may end us at once.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            time.sleep(PAUSE_WITHOUT_REDIS)


def _work(name: str, queues: list[QueueName], connection: Redis) -> bool:
    """One life of a worker: True when it was told to stop, False when Redis went away.

    RQ waits for Redis only while it waits for a job; anywhere else it gives up. Each life needs a worker of its own,
    whose name and state are Redis'.
    """
    try:
        worker = ProductWorker(
            [queue(each, connection) for each in queues],
            name=f"{name}-{uuid4().hex[:12]}",
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=30,
            job_monitoring_interval=5,
            maintenance_interval=10,
        )
        worker.work(logging_level="WARNING")
    except (RedisConnectionError, RedisTimeoutError) as error:
        log.warning("worker_waits_for_redis", error=type(error).__name__)
        return False
    return True


def run_cron(settings: Settings) -> None:
    """Put scheduled jobs into their queues, or stand by while another process does."""
    create_worker_app(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Cron(connect(settings.queue_redis_url)).run(stop)


if __name__ == "__main__":
    main()
