"""Notifications relayed by one worker: how many a minute, and what each costs the worker's process.

The worker, PostgreSQL and a recorder in Twilio's place share the machine's cores. Messages are booking confirmations,
whose texts need the booking and the flat. `python -m bench --only relay` needs no seeded data.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
from flask_migrate import upgrade
from rq import Worker

from app.db import after_commit, db, transaction
from app.domain import notifications
from app.domain.listings.cities import sync_reference
from app.factory import create_worker_app
from app.jobs.queues import QueueName, connect_worker
from app.jobs.wake import current_waker
from app.kit import clock
from app.local.ports import claim_free
from app.local.servers import EmbeddedPostgres, EmbeddedRedis
from app.models import NotificationKind
from bench.installation import POSTGRES, cpu_of
from bench.table import Row
from tests import factories
from tests.live import Process
from tests.services import environment_of, make_settings
from tests.standins import wait_until

MESSAGES = 10_000
PENDING = (
    "SELECT count(*) FROM outbox WHERE kind = 'send_notification' AND done_at IS NULL"
    " AND available_at < now() + interval '1 minute'"  # not what is told later by itself
)
TARGET_PER_SECOND = 10_000 / 60


def measure() -> list[Row]:
    """Relay ten thousand messages by one worker of the queue `notifications`."""
    folder = Path(tempfile.mkdtemp(prefix="bench-relay-"))
    try:
        with (
            EmbeddedPostgres(folder / "postgres", settings=POSTGRES) as postgres,
            EmbeddedRedis(folder / "redis") as redis,
            _recorder(folder) as recorder_url,
        ):
            row = _measure(folder, postgres.url, redis.url, recorder_url)
            postgres.stop()
            postgres.remove()
            return [row]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, database_url: str, redis_url: str, recorder_url: str) -> Row:
    settings = make_settings(database_url, redis_url, twilio_base_url=recorder_url)
    app = create_worker_app(settings)
    with app.app_context():
        upgrade()
        _make_messages()
        for engine in db.engines.values():
            engine.dispose()
        with _idle_worker(folder, {**os.environ, **environment_of(settings)}) as worker:
            before, began = cpu_with_jobs(worker), time.perf_counter()
            current_waker().wake(QueueName.NOTIFICATIONS)
            with psycopg.connect(database_url, autocommit=True) as connection:
                wait_until(lambda: connection.execute(PENDING).fetchone() == (0,), 600, "empty outbox")
            seconds = time.perf_counter() - began
            used = cpu_with_jobs(worker) - before
    arrived = int(httpx.get(recorder_url, trust_env=False).text)
    assert arrived >= MESSAGES, f"{arrived} messages arrived"
    return Row(
        f"relay, {MESSAGES} messages, one worker",
        MESSAGES / seconds,
        None,
        f"≥ {TARGET_PER_SECOND:.0f}/s",
        used * 1000 / MESSAGES,
        0.0,
        0.0,
        0.0,
        None,
        None,
        0,
    )


def _make_messages() -> None:
    """Confirmations of some bookings, each of them many times, due at once; no wake-ups."""
    now = clock.now()
    with transaction() as session:
        sync_reference(session)
        guest = factories.make_user(session)
        prop = factories.make_property(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(9), now=now)
    after_commit.hooks.clear()
    for start in range(0, MESSAGES, 500):
        with transaction() as session:
            for number in range(start, min(start + 500, MESSAGES)):
                notifications.tell_user(
                    session,
                    NotificationKind.BOOKING_CONFIRMED,
                    guest,
                    dedup_key=f"relay:{number}",
                    now=now,
                    booking_id=booking.id,
                )


@contextlib.contextmanager
def _recorder(folder: Path) -> Iterator[str]:
    """What takes the messages; its address."""
    with claim_free() as port:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(port.number), "--workers", "1", "--blocking-threads", "8", "--log-level", "warning"]
        process = Process("recorder", [*command, "bench.sms_recorder:app"], env=dict(os.environ), directory=folder)
        process.start()
        url = f"http://127.0.0.1:{port.number}"
        try:
            wait_until(lambda: _answers(url), 20, "recorder")
            yield url
        finally:
            process.stop()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, trust_env=False).is_success
    return False


@contextlib.contextmanager
def _idle_worker(folder: Path, environment: dict[str, str]) -> Iterator[Process]:
    """A worker that has started and waits."""
    worker = Process(
        "worker", [sys.executable, "rq_worker.py", "--worker", "notifications"], env=environment, directory=folder
    )
    worker.start()
    try:
        with contextlib.closing(connect_worker(environment["REDIS_URL"])) as redis:
            wait_until(lambda: Worker.count(connection=redis) == 1, 30, "worker")
        yield worker
    finally:
        worker.stop()


def cpu_with_jobs(worker: Process) -> float:
    """CPU of a worker so far, that of the jobs it has finished included."""
    return cpu_of(worker.members(), with_ended=True)
