"""The processes that make up the product, and the commands that prepare its database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.local.run.children import ProcessSpec
from app.local.run.layout import Layout

WORKERS = ("payments", "notifications", "analytics", "general")


@dataclass(frozen=True)
class Step:
    """A command that runs to its end before the processes start. `what` begins a sentence about it."""

    what: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What to run: the steps in order, then the processes for the portal's and the stand-ins' port.

    The process on the portal's port answers /readyz. Without processes it ends with the steps.
    """

    steps: Sequence[Step]
    processes: Callable[[Layout, int, int], list[ProcessSpec]] | None = None


# Production never imports app.local, so its commands have an application of their own.
_FLASK = (sys.executable, "-m", "flask", "--app", "app.local.cli")
_MIGRATIONS = Step("Migrations", (*_FLASK, "db", "upgrade"))


def product_plan() -> Plan:
    """Migrations and demo data, then web, one worker a queue, cron and the stand-ins."""
    return Plan(steps=(_MIGRATIONS, Step("Demo data", (*_FLASK, "demo-data"))), processes=_processes)


def migration_plan() -> Plan:
    """Migrations and nothing else."""
    return Plan(steps=(_MIGRATIONS,))


def _processes(layout: Layout, portal_port: int, standins_port: int) -> list[ProcessSpec]:
    web = ProcessSpec(
        "web",
        (
            *_granian(portal_port, workers=2, threads=2),
            *("--static-path-route", "/static", "--static-path-mount", str(layout.static)),
            *("--static-path-route", "/photos", "--static-path-mount", str(layout.photos)),
            "wsgi:app",
        ),
        port=portal_port,
    )
    # Exactly one process: it keeps its state to itself. Many threads: it is told to hang on purpose.
    standins = ProcessSpec(
        "standins",
        (*_granian(standins_port, workers=1, threads=32), "app.local.standins.wsgi:app"),
        port=standins_port,
    )
    workers = [ProcessSpec(f"worker-{name}", (sys.executable, "rq_worker.py", "--worker", name)) for name in WORKERS]
    cron = ProcessSpec("cron", (sys.executable, "rq_worker.py", "--cron"))
    return [web, standins, *workers, cron]


def _granian(port: int, *, workers: int, threads: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        # Without it a SIGTERM soon after the start can hang.
        *("--workers-kill-timeout", "3"),
    )
