"""Notifications relayed by one worker: how many a minute, and what each costs the worker's process.

The worker, PostgreSQL and Twilio's stand-in share the machine's cores. Messages are booking confirmations, whose texts
need the booking and the flat. `python -m bench --only relay` needs no seeded data.
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
from app.local.servers import EmbeddedPostgres, EmbeddedRedis
from app.models import NotificationKind
from bench.installation import POSTGRES
from bench.table import Row
from tests import factories
from tests.live import Process
from tests.services import environment_of, make_settings
from tests.standins import CREDENTIALS, StandIns, wait_until

MESSAGES = 10_000
PENDING = "SELECT count(*) FROM outbox WHERE kind = 'send_notification' AND done_at IS NULL"
TARGET_PER_SECOND = 10_000 / 60


def measure() -> list[Row]:
    """Relay ten thousand messages by one worker of the queue `notifications`."""
    folder = Path(tempfile.mkdtemp(prefix="bench-relay-"))
    try:
        with (
            EmbeddedPostgres(folder / "postgres", settings=POSTGRES) as postgres,
            EmbeddedRedis(folder / "redis") as redis,
            StandIns(folder / "standins", portal_url="http://127.0.0.1:9") as standins,
        ):
            row = _measure(folder, postgres.url, redis.url, standins)
            postgres.stop()
            postgres.remove()
            return [row]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, database_url: str, redis_url: str, standins: StandIns) -> Row:
    values: dict[str, object] = {name.lower(): value for name, value in CREDENTIALS.items()}
    settings = make_settings(database_url, redis_url, **values, twilio_base_url=standins.twilio_url)
    app = create_worker_app(settings)
    with app.app_context():
        upgrade()
        _make_messages()
        for engine in db.engines.values():
            engine.dispose()
        with _idle_worker(folder, {**os.environ, **environment_of(settings)}) as worker:
            before, began = _cpu_seconds(worker), time.perf_counter()
            current_waker().wake(QueueName.NOTIFICATIONS)
            with psycopg.connect(database_url, autocommit=True) as connection:
                wait_until(lambda: connection.execute(PENDING).fetchone() == (0,), 600, "empty outbox")
            seconds = time.perf_counter() - began
            used = _cpu_seconds(worker) - before
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
    for start in range(1, MESSAGES, 500):
        with transaction() as session:
            for number in range(start, min(start + 500, MESSAGES)):
                notifications.tell(
                    session,
                    NotificationKind.BOOKING_CONFIRMED,
                    phone=factories.new_phone(),
                    language="ru",
                    dedup_key=f"relay:{number}",
                    now=now,
                    booking_id=booking.id,
                )


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


def _cpu_seconds(worker: Process) -> float:
    """CPU of a worker so far, that of the jobs it has finished included."""
    total = 0
    for pid in worker.members():
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")
