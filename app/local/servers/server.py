"""What our PostgreSQL and our Redis have in common: folder, port, process, log, use as a context manager."""

from __future__ import annotations

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from app.local.ports import Port, claim_free
from app.local.servers.child import ServerError, never
from app.local.servers.processes import kill_session


class EmbeddedServer(ABC):
    """A server of our own on 127.0.0.1, started on entering and stopped on leaving."""

    NAME: ClassVar[str]
    """As people know it."""
    LOG_NAME: ClassVar[str]
    """Its log's, in its folder, unless another log was asked for."""

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
        self.data_dir = data_dir.absolute()
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self._log = log
        self._asked_port = port
        self._is_cancelled = is_cancelled
        self._port: Port | None = None

    @property
    def port(self) -> int:
        """Where it listens, once started."""
        if self._port is None:
            raise self._not_started()
        return self._port.number

    @property
    def pid(self) -> int:
        """Its process, once started."""
        if self.process is None:
            raise self._not_started()
        return self.process.pid

    @property
    @abstractmethod
    def url(self) -> str:
        """Address with password."""

    @property
    def log(self) -> Path:
        """Where its messages go."""
        return self._log or self.data_dir / self.LOG_NAME

    @abstractmethod
    def start(self) -> Self:
        """Start it and return once it answers. Raises ServerError, Cancelled."""

    @abstractmethod
    def restart(self) -> None:
        """Start again after the process died, on the same port with the same data. Raises ServerError."""

    @abstractmethod
    def stop(self) -> None:
        """Write everything down and leave. Safe to call twice."""

    @abstractmethod
    def remove(self) -> None:
        """Stop it and delete its data, wherever they are."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _not_started(self) -> ServerError:
        return ServerError(f"{self.NAME} has not been started.")

    def _claim_port(self) -> None:
        self._port = claim_free([self._asked_port] if self._asked_port else [])

    def _release_port(self) -> None:
        if self._port is not None:
            self._port.release()

    def _kill_what_is_left(self) -> None:
        """The session of a server that died by itself may have workers that still run."""
        if self.process is not None:
            kill_session(self.process.pid)
            self.process.wait()
