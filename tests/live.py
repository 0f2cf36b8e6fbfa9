"""A whole installation as real processes: web, worker, clock, and the providers' stand-ins, with a database of its own.

    with Live(tmp_path, database_url=url) as live:
        live.base_url … live.standins … live.worker.kill() … live.sql("SELECT …")

Everything listens on 127.0.0.1 below port 32768 and logs to files in the directory. It takes about 3 s to start.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.config import ROOT
from app.db import after_commit, db, transaction
from app.factory import create_worker_app
from app.jobs.queues import QueueName, connect_worker, enqueue
from app.local.ports import claim_free
from app.local.servers import EmbeddedRedis
from app.local.servers.child import log_tail, spawn, stop
from app.local.servers.processes import kill_session, session_members
from tests import factories
from tests.services import Services, environment_of, make_settings
from tests.standins import CREDENTIALS, StandIns, wait_until

START_SECONDS = 120.0


class Process:
    """One process of the product in a session of its own."""

    def __init__(self, name: str, command: list[str], *, env: dict[str, str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._command = command
        self._env = env
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process itself; its children are in `members()`."""
        assert self._process is not None, f"{self.name} is not running"
        return self._process.pid

    def is_running(self) -> bool:
        """Is the process itself alive?"""
        return self._process is not None and self._process.poll() is None

    def members(self) -> list[int]:
        """It and everything it started."""
        return session_members(self.pid)

    def start(self) -> None:
        """Start it (again)."""
        assert not self.is_running(), f"{self.name} is running"
        self._process = spawn(self._command, log=self.log, env=self._env, cwd=ROOT)

    def stop(self, patience: float = 5.0) -> None:
        """End it as a deployment would: SIGTERM, and -9 after so many seconds."""
        if self._process is not None:
            stop(self._process, (signal.SIGTERM, patience))
            self._process = None

    def tell_to_stop(self) -> None:
        """Send SIGTERM without waiting."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and everything it started with -9."""
        kill_session(self.pid)
        self._forget()

    def kill_alone(self) -> None:
        """End only the process itself with -9; what it started lives on, as after an out-of-memory kill."""
        os.kill(self.pid, signal.SIGKILL)
        self._forget()

    def _forget(self) -> None:
        assert self._process is not None
        self._process.wait()
        self._process = None

    def check(self) -> None:
        """Fail with the end of its log when it is not running."""
        code = None if self._process is None else self._process.poll()
        assert code is None, f"{self.name} ended ({code}):\n{log_tail(self.log)}"


class Live:
    """A running installation. `changes` are settings; without `redis_url` it brings a Redis of its own.

    With `kaspi_mode="qrpay"` it talks to Kaspi Pay QR, with a certificate of the stand-ins' own CA.
    """

    def __init__(
        self,
        directory: Path,
        *,
        database_url: str,
        redis_url: str | None = None,
        web_workers: int = 1,
        web_threads: int = 4,
        has_workers: bool = True,
        photo_dir: Path | None = None,
        **changes: object,
    ) -> None:
        self._closing = contextlib.ExitStack()
        self._port = claim_free()
        self._closing.callback(self._port.release)
        self.directory = directory
        self.base_url = f"http://127.0.0.1:{self._port.number}"
        self.redis: EmbeddedRedis | None = None
        if redis_url is None:
            self.redis = self._closing.enter_context(EmbeddedRedis(directory / "redis"))
            redis_url = self.redis.url
        # Kaspi Pay QR's come with `qr_settings`, where they are in use.
        credentials = {name.lower(): value for name, value in CREDENTIALS.items() if not name.startswith("KASPI_QR_")}
        is_qrpay = changes.get("kaspi_mode") == "qrpay"
        self.standins = StandIns(directory / "standins", self.base_url, has_qr=is_qrpay)
        providers = {
            "kaspi_base_url": self.standins.kaspi_url,
            "telegram_base_url": self.standins.telegram_url,
            "telegram_link_base": f"{self.standins.telegram_url}/open?start=",
            "telegram_login_url": f"{self.standins.telegram_url}/login",
            "twilio_base_url": self.standins.twilio_url,
            "twilio_content_base_url": self.standins.content_url,
            "twilio_whatsapp_from": self.standins.whatsapp_number,
            "whatsapp_link_base": self.standins.whatsapp_link_base,
        }
        if is_qrpay:
            providers |= {name.lower(): value for name, value in self.standins.qr_settings().items()}
        usual = {"public_url": self.base_url, "photo_dir": photo_dir or directory / "photos"}
        values: dict[str, object] = {**credentials, **providers, **usual, **changes}
        self.settings = make_settings(database_url, redis_url, **values)
        self._has_workers = has_workers
        self._make_processes(web_workers, web_threads)

    def _make_processes(self, web_workers: int, web_threads: int) -> None:
        self.settings.photo_dir.mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
        env = {**inherited, **environment_of(self.settings), "PYTHONUNBUFFERED": "1"}

        def process(name: str, *arguments: str) -> Process:
            return Process(name, [sys.executable, *arguments], env=env, directory=self.directory)

        self.another = process
        """Makes one more process of this installation, for the test to start and stop."""
        granian = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self._port.number)]
        granian += ["--workers", str(web_workers), "--blocking-threads", str(web_threads)]
        granian += ["--workers-kill-timeout", "3", "--log-level", "warning"]
        granian += ["--static-path-route", "/static", "--static-path-mount", str(ROOT / "static")]
        granian += ["--static-path-route", "/photos", "--static-path-mount", str(self.settings.photo_dir)]
        self.web = process("web", *granian, "wsgi:app")
        self.worker = process("worker", "rq_worker.py")
        self.cron = process("cron", "rq_worker.py", "--cron")

    # --- life --------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.close)
            processes = [self.web, self.worker, self.cron] if self._has_workers else [self.web]
            for process in processes:
                process.start()
                self._closing.callback(process.stop)
            if self._has_workers:
                self._closing.enter_context(self.standins)
            self.wait_until_ready()
            self.app = self._make_app()
            on_failure.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything that is running."""
        for process in (self.web, self.worker, self.cron):
            process.tell_to_stop()
        self._closing.close()

    def wait_until_ready(self, deadline: float = START_SECONDS) -> None:
        """Return once `/readyz` answers 200; AssertionError with the log when it does not."""

        def is_ready() -> bool:
            self.web.check()
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{self.base_url}/readyz", timeout=2, trust_env=False).is_success
            return False

        wait_until(is_ready, deadline, f"portal at {self.base_url} (see {self.web.log})")

    def _make_app(self) -> Flask:
        """The domain on this installation's database. The wake-up hooks stay those of whoever set them before."""
        hooks = dict(after_commit.hooks)
        app = create_worker_app(self.settings)
        after_commit.hooks.update(hooks)
        self._closing.callback(self._dispose, app)
        return app

    @staticmethod
    def _dispose(app: Flask) -> None:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()

    # --- data --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """A domain transaction on this installation's database."""
        with self.app.app_context(), transaction() as session:
            yield session

    def sql(self, statement: str, *params: object) -> list[tuple[Any, ...]]:
        """Run one statement as it is and return its rows (none for a statement without)."""
        url = self.settings.database_url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, params)
            return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *params: object) -> Any:
        """The only value of the only row."""
        ((value,),) = self.sql(statement, *params)
        return value

    def run_job(self, name: str, queue: QueueName = QueueName.HIGH_PRIORITY) -> None:
        """Put a job of the clock into its queue now instead of at its next turn."""
        connection = connect_worker(self.settings.queue_redis_url)
        with contextlib.closing(connection):
            enqueue(connection, queue, name)

    def logs(self) -> str:
        """Everything its processes have written."""
        names = [process.log for process in (self.web, self.worker, self.cron)]
        return "\n".join(log.read_text(errors="replace") for log in names if log.exists())


@contextlib.contextmanager
def shared_installation(
    services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """What a package's tests share in one process, with one flat, so that Almaty is on the home page.

    It is for fixtures of a package and ends with its last test: it would take its part of the machine from all others.
    """
    url = services.create_database(template=str(make_url(template_url).database))
    with Live(tmp_path_factory.mktemp("live"), database_url=url) as running:
        with running.transaction() as session:
            factories.make_property(session)
        yield running
    services.drop_database(url)
