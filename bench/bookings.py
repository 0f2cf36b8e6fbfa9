"""Whole bookings a second: hold, link, pay at Kaspi, callback, confirmed, by guests who do it one after another.

Two web processes as in production, workers of one queue each, PostgreSQL that flushes to disk, Kaspi's stand-in (the
gateway) and the guests share the machine's cores. First the payments' worker is alone, then everything runs that
production runs. Every guest books once, over the API. `python -m bench --only bookings` needs no seeded data.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask_migrate import upgrade

from app.db import db, transaction
from app.domain.accounts import sessions
from app.domain.doctor.examination import examine
from app.domain.doctor.finding import Verdict
from app.domain.listings.cities import sync_reference
from app.factory import create_worker_app
from app.jobs.queues import WORKERS
from app.kit import clock
from app.local.servers import EmbeddedPostgres
from bench.guest import Booked, Guest, Plan
from bench.installation import POSTGRES, SERVER, cpu_of, cpu_seconds
from bench.load import percentile
from bench.relay import PENDING, cpu_with_jobs
from bench.table import Row, markdown
from tests import factories
from tests.live import Live, Process
from tests.services import make_settings
from tests.standins import wait_until

AT_ONCE = (4, 8, 16)
SECONDS = 30.0
WARM_SECONDS = 8.0
FLATS, TURNS = 60, 34
TOTAL = 36_000
"""Two nights in one of the factories' flats; the portal refuses any other sum."""

CpuOf = Mapping[str, Callable[[], float]]


@dataclass(frozen=True)
class _Run:
    """What some guests at once came to. `cpu` is milliseconds of each process for each booking."""

    name: str
    per_second: float
    booked: Sequence[Booked]
    errors: Sequence[str]
    cpu: Mapping[str, float]


def measure() -> str:
    """The table of whole bookings, and what each of them costs each process."""
    folder = Path(tempfile.mkdtemp(prefix="bench-bookings-"))
    try:
        with EmbeddedPostgres(folder / "postgres", settings=POSTGRES) as postgres:
            plans = _prepare(postgres.url)
            runs = _measure(folder, postgres, iter(plans))
            postgres.stop()
            postgres.remove()
            return f"{markdown([row for run in runs for row in _rows(run)])}\n\n{_split(runs)}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(database_url: str) -> list[Plan]:
    """A signed-in guest for each stay that can be booked."""
    app = create_worker_app(make_settings(database_url, "redis://127.0.0.1:9"))
    plans = []
    with app.app_context():
        upgrade()
        with transaction() as session:
            sync_reference(session)
            flats = [factories.make_property(session).id for _ in range(FLATS)]
        for turn in range(TURNS):
            stay = factories.stay_in(3 + 3 * turn)
            with transaction() as session:
                for flat in flats:
                    guest = factories.make_user(session)
                    token = sessions.open_session(session, guest, device="bench", now=clock.now())
                    wish = {"property_id": flat, "check_in": f"{stay.check_in}", "check_out": f"{stay.check_out}"}
                    plans.append(Plan(token, wish | {"guests": 2, "total_shown": TOTAL}))
        for engine in db.engines.values():
            engine.dispose()
    return plans


def _measure(folder: Path, postgres: EmbeddedPostgres, plans: Iterator[Plan]) -> list[_Run]:
    with (
        Live(
            folder,
            database_url=postgres.url,
            web_workers=SERVER["workers"],
            web_threads=SERVER["threads"],
            has_workers=False,
        ) as live,
        live.standins,
        contextlib.ExitStack() as stack,
    ):
        workers = {name: live.another(f"worker-{name}", "rq_worker.py", "--worker", name) for name in WORKERS}
        payments, others = workers["payments"], [workers[name] for name in WORKERS if name != "payments"]
        others.append(live.another("cron", "rq_worker.py", "--cron"))
        cpu = _cpu_of(live, postgres, payments, others)
        _start([payments], stack)
        warm = _run("warm", live, plans, cpu, at_once=AT_ONCE[0], seconds=WARM_SECONDS)
        runs = [_run(f"{number} guests", live, plans, cpu, at_once=number, seconds=SECONDS) for number in AT_ONCE]
        _start(others, stack)
        _wait_for_calm(live, [payments, *others])
        runs.append(_run(f"{AT_ONCE[-1]} guests, all workers", live, plans, cpu, at_once=AT_ONCE[-1], seconds=SECONDS))
        _wait_for_calm(live, [payments, *others])
        _check(live, [warm, *runs])
        return runs


def _start(processes: Sequence[Process], stack: contextlib.ExitStack) -> None:
    for process in processes:
        process.start()
        stack.callback(process.stop)


def _cpu_of(live: Live, postgres: EmbeddedPostgres, payments: Process, others: Sequence[Process]) -> CpuOf:
    """How to read the CPU seconds of each part so far, those of ended jobs and connections included."""

    def of_postgres() -> float:
        children = Path(f"/proc/{postgres.pid}/task/{postgres.pid}/children").read_text().split()
        return cpu_of([postgres.pid, *map(int, children)], with_ended=True)

    assert live.redis is not None
    redis = live.redis.pid
    return {
        "web": lambda: cpu_seconds(live.web),
        "worker payments": lambda: cpu_with_jobs(payments),
        "other workers, clock": lambda: sum(cpu_with_jobs(each) for each in others if each.is_running()),
        "PostgreSQL": of_postgres,
        "Redis": lambda: cpu_of([redis]),
        "stand-ins": lambda: cpu_of(live.standins.members()),
        "guests": time.process_time,
    }


# --- guests --------------------------------------------------------------------------------------------


def _run(name: str, live: Live, plans: Iterator[Plan], cpu: CpuOf, *, at_once: int, seconds: float = SECONDS) -> _Run:
    """So many guests at once for some seconds, each followed by another one; who has begun then ends."""
    booked: list[Booked] = []
    errors: list[str] = []
    turn = threading.Lock()
    before = {part: read() for part, read in cpu.items()}
    began = time.perf_counter()

    def book() -> None:
        with contextlib.closing(Guest(live.base_url, live.standins.base_url)) as guest:
            while time.perf_counter() < began + seconds:
                with turn:
                    plan = next(plans, None)
                if plan is None:
                    errors.append("no stay is left")
                    return
                try:
                    booked.append(guest.book(plan))
                except (AssertionError, OSError, http.client.HTTPException) as error:
                    errors.append(repr(error))

    threads = [threading.Thread(target=book) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used = {part: (read() - before[part]) * 1000 / max(1, len(booked)) for part, read in cpu.items()}
    run = _Run(name, sum(one.at <= began + seconds for one in booked) / seconds, booked, errors, used)
    print(f"{name}: {run.per_second:.2f}/s, {len(booked)} booked, errors {errors[:3]}", file=sys.stderr)
    return run


# --- afterwards ----------------------------------------------------------------------------------------


def _wait_for_calm(live: Live, workers: Sequence[Process]) -> None:
    """Everything that was told has been sent, everything that came was handled."""

    def is_calm() -> bool:
        for worker in workers:
            worker.check()
        time.sleep(0.5)
        waiting = live.one(PENDING) + live.one("SELECT count(*) FROM inbox WHERE handled_at IS NULL")
        return bool(waiting == 0)

    wait_until(is_calm, 300, "empty outbox and inbox")


def _check(live: Live, runs: Sequence[_Run]) -> None:
    """Every booking that a guest saw confirmed is there and paid once, and the doctor finds nothing at all."""
    errors = [error for run in runs for error in run.errors]
    assert not errors, errors[:5]
    counted = sum(len(run.booked) for run in runs)
    for statement in (
        "SELECT count(*) FROM bookings WHERE status = 'confirmed'",
        "SELECT count(*) FROM payments WHERE status = 'paid'",
        f"SELECT sum(amount) / {TOTAL} FROM ledger_entries WHERE amount > 0",
    ):
        assert live.one(statement) == counted, f"{statement}: {live.one(statement)}, not {counted}"
    assert live.one("SELECT sum(amount) FROM ledger_entries") == 0
    with live.app.app_context():
        lines = list(examine(transaction, now=clock.now(), redis={}))
    wrong = [f"{line.name}: {line.finding.sentence}" for line in lines if line.finding.verdict is not Verdict.OK]
    assert not wrong, wrong


def _rows(run: _Run) -> list[Row]:
    ours = sum(used for part, used in run.cpu.items() if part not in {"stand-ins", "guests"})
    parts = {
        f"whole booking, {run.name}": [one.whole for one in run.booked],
        "· held to link": [one.link for one in run.booked],
        "· paid to confirmed": [one.confirmed for one in run.booked],
    }
    rows = []
    for work, seconds in parts.items():
        ordered = sorted(each * 1000 for each in seconds)
        p50, p95, p99 = (percentile(ordered, share) for share in (0.5, 0.95, 0.99))
        is_whole = work.startswith("whole")
        cpu = ours if is_whole else None
        rows.append(Row(work, run.per_second, None, "", cpu, p50, p95, p99, None, None, len(run.errors)))
    return rows


def _split(runs: Sequence[_Run]) -> str:
    """CPU milliseconds of each process for each booking, a column a run."""
    lines = [f"{'CPU ms for each booking':<26}" + "".join(f"{run.name:>26}" for run in runs)]
    for part in runs[0].cpu:
        lines.append(f"{part:<26}" + "".join(f"{run.cpu[part]:>26.1f}" for run in runs))
    questions = [sum(one.questions for one in run.booked) / max(1, len(run.booked)) for run in runs]
    lines.append(f"{'questions to the API':<26}" + "".join(f"{each:>26.1f}" for each in questions))
    return "\n".join(lines)
