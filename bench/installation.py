"""What is measured: the portal as in production on the customer's data sizes, and the yardstick beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from sqlalchemy.engine import make_url

from app.config import ROOT, Settings
from app.kit import clock
from app.local.ports import claim_free
from app.local.run.prepared import fingerprint
from app.local.servers import EmbeddedPostgres
from tests.live import Live, Process
from tests.services import environment_of, make_settings
from tests.standins import wait_until

RESULTS = ROOT / "bench" / "results"
SERVER = {"workers": 2, "threads": 2}
"""Processes of the web server and threads of each, as in production on two cores."""

POSTGRES = {"shared_buffers": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "15min"}

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Bench:
    """The running portal and the running yardstick."""

    live: Live
    hello: Process
    hello_url: str
    folder: Path


def cpu_seconds(process: Process) -> float:
    """CPU that a server has used so far: all its processes, user and system."""
    return cpu_of(process.members())


def cpu_of(pids: Iterable[int], *, with_ended: bool = False) -> float:
    """CPU seconds of these processes so far, user and system; with that of their children that have ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            total += sum(map(int, fields[11 : 15 if with_ended else 13]))
    return total / _TICKS


def memory_mb(process: Process) -> float:
    """Resident memory of the largest process of a server, in MB."""
    largest = 0
    for pid in process.members():
        with contextlib.suppress(OSError):
            largest = max(largest, int(Path(f"/proc/{pid}/statm").read_text().split()[1]))
    return largest * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def running(factor: float) -> Iterator[Bench]:
    """Start everything on a copy of the seeded database, which is seeded first when there is none of today.

    The database server has the settings of one with 2 GB of memory (`POSTGRES`), as it would in production.
    """
    RESULTS.mkdir(exist_ok=True)
    folder = RESULTS / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with EmbeddedPostgres(RESULTS / "postgres", log=folder / "postgres.log", settings=POSTGRES) as postgres:
        seeded = _seeded_database(postgres, factor)
        url = _create_database(postgres, "measured", template=seeded)
        with (
            Live(
                folder,
                database_url=url,
                web_workers=SERVER["workers"],
                web_threads=SERVER["threads"],
                has_workers=False,
                photo_dir=RESULTS / "photos",
                **_PRODUCTION,
            ) as live,
            _yardstick(folder) as (hello, hello_url),
        ):
            yield Bench(live, hello, hello_url, folder)


_PRODUCTION: dict[str, Any] = {
    "app_env": "production",
    "cookie_secure": True,
    "public_url": "https://portal.invalid",
    "log_level": "WARNING",
    **dict.fromkeys(("limit_portal_session", "limit_portal_address"), "100000000/minute"),
    **dict.fromkeys(("limit_hold", "limit_hold_address", "limit_chat"), "100000000/minute"),
}
"""Settings of production; the limits count as they do there but never refuse."""


_SEEDED_BY = ("migrations", "app/models", "app/local/demo", "app/local/scale", "app/domain/search")
"""Folders that decide what is in a seeded database: a new migration or another row of search makes it old."""


def _seeded_database(postgres: EmbeddedPostgres, factor: float) -> str:
    """The name of today's seeded database; those of other days, migrations or seeds are dropped."""
    code = fingerprint(*(ROOT / folder for folder in _SEEDED_BY))
    today = f"seeded_{clock.local_date(clock.now()):%Y%m%d}_{code[:8]}"
    name = f"{today}_{factor:g}".replace(".", "_")
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        known = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'seeded%'")]
    if name in known:
        return name
    for old in known:
        if not old.startswith(today):
            _run(postgres, f"DROP DATABASE {old}")
    unfinished = _create_database(postgres, "unfinished")
    began = time.monotonic()
    settings = make_settings(unfinished, "redis://127.0.0.1:9/0", photo_dir=RESULTS / "photos")
    _flask(settings, "db", "upgrade")
    _flask(settings, "seed-scale", "--factor", f"{factor:g}", "--no-check")
    with psycopg.connect(unfinished, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    print(f"Seeded in {time.monotonic() - began:.0f} s.", flush=True)
    _run(postgres, f"ALTER DATABASE unfinished RENAME TO {name}")
    return name


def _flask(settings: Settings, *command: str) -> None:
    environment = {**os.environ, **environment_of(settings)}
    subprocess.run([sys.executable, "-m", "flask", "--app", "app.local.cli", *command], env=environment, check=True)


def _create_database(postgres: EmbeddedPostgres, name: str, *, template: str = "template0") -> str:
    """A new database in place of the old one of this name; its address."""
    _run(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _run(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")  # gigabytes past the log
    return make_url(postgres.url).set(database=name).render_as_string(hide_password=False)


def _run(postgres: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(statement.encode())


@contextlib.contextmanager
def _yardstick(folder: Path) -> Iterator[tuple[Process, str]]:
    with claim_free() as port:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(port.number), "--workers", str(SERVER["workers"])]
        command += ["--blocking-threads", str(SERVER["threads"]), "--workers-kill-timeout", "3"]
        command += ["--log-level", "warning", "bench.hello:app"]
        process = Process("hello", command, env=dict(os.environ), directory=folder)
        process.start()
        url = f"http://127.0.0.1:{port.number}"
        try:
            wait_until(lambda: _answers(url), 20, "yardstick")
            yield process, url
        finally:
            process.stop()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/hello", trust_env=False).is_success
    return False
