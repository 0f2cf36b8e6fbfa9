"""The supervised processes: what each is, and one life after another of it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.local.failure import LocalError
from app.local.servers import child
from app.local.servers.processes import kill_session

_LONGEST_PAUSE = 30.0
_WELL_AFTER = 60.0
_LATELY = 300.0
MOST_RESTARTS = 5
"""How often something is started again within five minutes before everything is stopped."""


class Restartable(Protocol):
    """Something that runs as a process: an embedded server, or a process of the product."""

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process of its present life, running or just dead; None before the first and after the last."""

    def restart(self) -> None:
        """Begin the next life. May raise LocalError or OSError."""


@dataclass(frozen=True)
class ProcessSpec:
    """A process of the product.

    `port`: where it answers, if it does; those that do are started first and waited for. `patience`: seconds it gets
    to finish what it does, from SIGTERM to SIGKILL.
    """

    name: str
    command: tuple[str, ...]
    port: int | None = None
    patience: float = 4.0


class ProductProcess:
    """A process of the product, by its spec."""

    def __init__(self, spec: ProcessSpec, *, log: Path, env: Mapping[str, str], cwd: Path) -> None:
        self.spec = spec
        self.process: subprocess.Popen[bytes] | None = None
        self.log = log
        self._env = env
        self._cwd = cwd

    def restart(self) -> None:
        """Start it, having cleared away what an earlier life left (workers of a killed server)."""
        if self.process is not None:
            kill_session(self.process.pid)
            self.process.wait()
        self.process = child.spawn(self.spec.command, log=self.log, env=self._env, cwd=self._cwd)

    def tell_to_stop(self) -> None:
        """Send SIGTERM, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def is_gone(self) -> bool:
        """Whether it has ended."""
        return self.process is None or self.process.poll() is not None

    def clear_away(self) -> None:
        """Kill it and everything it started that is still there."""
        if self.process is not None:
            kill_session(self.process.pid)
            self.process.wait()
            self.process = None


class Watched:
    """Keeps one thing alive: when it dies it is started again after 1, 2, 4 … 30 s, and that is said in a line.

    The pause is 1 s again once a life has lasted a minute. What dies too often is given up: see `MOST_RESTARTS`.
    """

    def __init__(self, name: str, thing: Restartable, *, log: Path) -> None:
        self.name = name
        self.thing = thing
        self.log = log
        self._pause = 1.0
        self._born_at = time.monotonic()
        self._again_at: float | None = None
        self._deaths: list[float] = []

    def look(self, now: float) -> str | None:
        """See how it is and do what is due; `now` is monotonic. Returns a line for the person, if there is news.

        Raises:
            LocalError: it has been started again five times within five minutes, and died again.
        """
        if self._again_at is not None:
            return self._begin_again(now) if now >= self._again_at else None
        process = self.thing.process
        code = process.poll() if process is not None else None
        if code is None:
            return None
        if now - self._born_at > _WELL_AFTER:
            self._pause = 1.0
        return self._plan(now, f"{self.name} {_how_it_ended(code)}")

    def _begin_again(self, now: float) -> str | None:
        self._again_at = None
        try:
            self.thing.restart()
        except (LocalError, OSError) as error:
            return self._plan(now, f"{self.name} did not start ({str(error).rstrip('.')})")
        self._born_at = now
        return f"{self.name} was started again."

    def _plan(self, now: float, what: str) -> str:
        self._deaths = [moment for moment in self._deaths if now - moment < _LATELY] + [now]
        if len(self._deaths) > MOST_RESTARTS:
            raise LocalError(
                f"{what}, although it was started again {MOST_RESTARTS} times within {_LATELY / 60:.0f} minutes: "
                f"everything is stopped. Its log: {self.log}"
            )
        pause = self._pause
        self._again_at = now + pause
        self._pause = min(pause * 2, _LONGEST_PAUSE)
        return f"{what}; starting it again in {pause:.0f} s. Its log: {self.log}"


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended (exit code {code})"
    return f"was killed (signal {-code})"
