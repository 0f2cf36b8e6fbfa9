"""Kaspi's callbacks: how many a second the web process accepts, and how many a second one worker makes bookings of.

Two web processes as in production, PostgreSQL that flushes to disk and the generator share the machine's cores. Each
callback pays another held booking. `python -m bench --only callbacks` needs no seeded data.
"""

from __future__ import annotations

import http.client
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from flask_migrate import upgrade
from rq import Worker
from sqlalchemy import update

from app.db import after_commit, db, transaction
from app.domain.listings.cities import sync_reference
from app.domain.payments import lifecycle
from app.factory import create_worker_app
from app.jobs.queues import QueueName, connect_worker
from app.jobs.wake import Waker
from app.kit import clock
from app.local.servers import EmbeddedPostgres
from app.models import OutboxItem
from bench.installation import POSTGRES, cpu_seconds
from bench.load import percentile
from bench.table import Row
from tests import factories
from tests.live import Live
from tests.services import make_settings
from tests.standins import CREDENTIALS, wait_until
from tests.web.callbacks import PATH, headers, paid_body

BOOKINGS = 2_000
FLATS = 40
CONNECTIONS = 16
_LEFT = "SELECT count(*) FROM bookings WHERE status <> 'confirmed'"


@dataclass(frozen=True)
class _Sent:
    seconds: float
    milliseconds: list[float]
    refused: int


def measure() -> list[Row]:
    """Accept the callbacks of two thousand bookings, then confirm them by one payments' worker."""
    folder = Path(tempfile.mkdtemp(prefix="bench-callbacks-"))
    try:
        with EmbeddedPostgres(folder / "postgres", settings=POSTGRES) as postgres:
            rows = _measure(folder, postgres.url)
            postgres.stop()
            postgres.remove()
            return rows
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(folder: Path, database_url: str) -> list[Row]:
    bodies = _held_bookings(database_url)
    with Live(folder, database_url=database_url, web_workers=2, web_threads=2, has_workers=False) as live:
        before = cpu_seconds(live.web)
        sent = _post(live.base_url, bodies)
        web_cpu = (cpu_seconds(live.web) - before) * 1000 / len(bodies)
        worker = live.another("worker-payments", "rq_worker.py", "--worker", "payments")
        worker.start()
        redis = connect_worker(live.settings.queue_redis_url)
        wait_until(lambda: Worker.count(connection=redis) == 1, 30, "worker")
        began, cpu_before = time.perf_counter(), cpu_seconds(worker)
        Waker(redis).wake(QueueName.HIGH_PRIORITY)
        with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
            wait_until(lambda: connection.execute(_LEFT).fetchone() == (0,), 300, "confirmation of all")
        seconds = time.perf_counter() - began
        worker_cpu = (cpu_seconds(worker) - cpu_before) * 1000 / len(bodies)
        worker.stop()
        redis.close()
    ordered = sorted(sent.milliseconds)
    p50, p95, p99 = (percentile(ordered, share) for share in (0.5, 0.95, 0.99))
    accepted = Row(
        f"callback accepted, {CONNECTIONS} connections",
        len(bodies) / sent.seconds,
        None,
        "p95 ≤ 20 ms at 50/s",
        web_cpu,
        p50,
        p95,
        p99,
        None,
        None,
        sent.refused,
    )
    confirmed = Row(
        "callback to confirmed booking, one worker",
        len(bodies) / seconds,
        None,
        "",
        worker_cpu,
        0.0,
        0.0,
        0.0,
        None,
        None,
        0,
    )
    return [accepted, confirmed]


def _held_bookings(database_url: str) -> list[bytes]:
    """Held bookings whose links were made; the callbacks that pay them."""
    app = create_worker_app(make_settings(database_url, "redis://127.0.0.1:9"))
    with app.app_context():
        upgrade()
        hooks = dict(after_commit.hooks)
        after_commit.hooks.clear()
        with transaction() as session:
            sync_reference(session)
            flats = [factories.make_property(session) for _ in range(FLATS)]
        bodies = []
        for number in range(BOOKINGS):
            flat, turn = flats[number % FLATS], number // FLATS
            with transaction() as session:
                guest = factories.make_user(session)
                booking = factories.make_hold(session, flat, guest, factories.stay_in(3 + 3 * turn, 2))
                payment = factories.payment_of(session, booking)
                lifecycle.record_created(
                    session,
                    payment.id,
                    provider_id=f"K{number}",
                    pay_url="https://pay.example",
                    qr_text="qr",
                    now=clock.now(),
                )
                body = paid_body(str(payment.id), payment.amount)
            bodies.append(body.replace(body.split(b'"payment_id": "')[1].split(b'"')[0], f"K{number}".encode()))
        with transaction() as session:  # the links are there already
            session.execute(update(OutboxItem).values(done_at=clock.now()))
        after_commit.hooks.update(hooks)
        for engine in db.engines.values():
            engine.dispose()
    return bodies


def _post(base_url: str, bodies: list[bytes]) -> _Sent:
    address = urlsplit(base_url)
    secret = CREDENTIALS["KASPI_CALLBACK_SECRETS"]
    ready = [({"Content-Type": "application/json", **headers(body, secret=secret)}, body) for body in bodies]
    milliseconds: list[float] = []
    refused: list[int] = []

    def send(mine: list[tuple[dict[str, str], bytes]]) -> None:
        connection = http.client.HTTPConnection(str(address.hostname), address.port or 80, timeout=30)
        for sent, body in mine:
            began = time.perf_counter()
            connection.request("POST", PATH, body=body, headers=sent)
            answer = connection.getresponse()
            answer.read()
            milliseconds.append((time.perf_counter() - began) * 1000)
            if answer.status != http.client.OK:
                refused.append(answer.status)

    threads = [threading.Thread(target=send, args=(ready[number::CONNECTIONS],)) for number in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _Sent(time.perf_counter() - began, milliseconds, len(refused))
