"""Holding stays by the domain alone, without HTTP: on different flats, and many at once on one flat.

`python -m bench.holds <plan>` is one of the processes: it says `ready`, waits for a line, holds what its plan lists
with so many threads, and prints its milliseconds as JSON. Settings come from the environment as in the product.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from app.config import load_settings
from app.db import transaction
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.factory import create_worker_app
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import Channel
from bench.installation import Bench
from bench.load import percentile
from tests.services import environment_of

PROCESSES = 2
SECONDS = 10.0
"""It ends then, or when everything has been held."""
Item = tuple[int, str, str, str]
"""Property id, check-in, check-out, guest id."""


@dataclass(frozen=True)
class Holds:
    """What came of it. Milliseconds are of each attempt, refused ones included."""

    attempts: int
    held: int
    refused: int
    failed: int
    seconds: float
    cpu_ms: float
    """User and system time of the holding processes an attempt, without PostgreSQL and Redis."""
    p50: float
    p95: float
    p99: float

    @property
    def per_second(self) -> float:
        """Attempts a second."""
        return self.attempts / self.seconds


def measure(bench: Bench, items: Sequence[Item], *, threads: int, folder: Path) -> Holds:
    """Hold what the seconds allow with two processes of so many threads each."""
    environment = {**os.environ, **environment_of(bench.live.settings), "DATABASE_POOL_SIZE": str(threads)}
    started = []
    for number in range(PROCESSES):
        plan = folder / f"holds-{number}.json"
        plan.write_text(json.dumps({"threads": threads, "items": items[number::PROCESSES]}))
        command = [sys.executable, "-m", "bench.holds", str(plan)]
        started.append(
            subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    began = time.perf_counter()
    outcomes = [json.loads(process.communicate()[0]) for process in _all_told(started)]
    seconds = max(outcome["seconds"] for outcome in outcomes)
    ordered = sorted(value for outcome in outcomes for value in outcome["milliseconds"])
    assert seconds <= time.perf_counter() - began
    return Holds(
        attempts=len(ordered),
        held=sum(outcome["held"] for outcome in outcomes),
        refused=sum(outcome["refused"] for outcome in outcomes),
        failed=sum(outcome["failed"] for outcome in outcomes),
        seconds=seconds,
        cpu_ms=sum(outcome["cpu_seconds"] for outcome in outcomes) * 1000 / max(1, len(ordered)),
        p50=percentile(ordered, 0.5),
        p95=percentile(ordered, 0.95),
        p99=percentile(ordered, 0.99),
    )


def _all_told(processes: Sequence[subprocess.Popen[str]]) -> Sequence[subprocess.Popen[str]]:
    """Tell all of them to go before waiting for any."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes


class _Worker:
    """One process of the measurement."""

    def __init__(self, plan: Path) -> None:
        values = json.loads(plan.read_text())
        self._items: list[Item] = [tuple(item) for item in values["items"]]
        self._threads: int = values["threads"]
        self._app = create_worker_app(load_settings())
        self._deadline = 0.0
        self._connected = threading.Barrier(self._threads + 1)
        """Every thread has a connection, as the product's processes have after their first requests."""
        self._told = threading.Barrier(self._threads + 1)
        self._lock = threading.Lock()
        self._milliseconds: list[float] = []
        self._counts = {"held": 0, "refused": 0, "failed": 0}

    def run(self) -> None:
        threads = [threading.Thread(target=self._work) for _ in range(self._threads)]
        for thread in threads:
            thread.start()
        self._connected.wait()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        began, spent = time.perf_counter(), time.process_time()
        self._deadline = began + SECONDS
        self._told.wait()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
        used = {"seconds": seconds, "cpu_seconds": time.process_time() - spent}
        sys.stdout.write(json.dumps({**used, "milliseconds": self._milliseconds, **self._counts}))

    def _work(self) -> None:
        with self._app.app_context():
            with transaction() as session:
                session.connection()
                self._connected.wait()
            self._told.wait()
            while (item := self._next()) is not None:
                began = time.perf_counter()
                outcome = _attempt(item)
                took = (time.perf_counter() - began) * 1000
                with self._lock:
                    self._milliseconds.append(took)
                    self._counts[outcome] += 1

    def _next(self) -> Item | None:
        with self._lock:
            is_over = not self._items or time.perf_counter() > self._deadline
            return None if is_over else self._items.pop()


def _attempt(item: Item) -> str:
    property_id, check_in, check_out, guest_id = item
    request = HoldRequest(property_id, Stay(date.fromisoformat(check_in), date.fromisoformat(check_out)), 1)
    try:
        with transaction() as session:
            hold(session, request, guest_id=UUID(guest_id), channel=Channel.WEB, now=clock.now())
    except DomainError as error:
        return "refused" if error.code == "dates_taken" else "failed"
    return "held"


if __name__ == "__main__":
    _Worker(Path(sys.argv[1])).run()
