"""Starts `make run`, or a small product under the same supervisor, and looks at what it leaves behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from app.local.ports import claim_free
from app.local.run.remembered_ports import RememberedPorts
from tests.standins import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
SMALL_PRODUCT = Path(__file__).with_name("small_product.py")
_NOT_INHERITED = ("PORT", "DATABASE_URL", "REDIS_URL", "YES", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "APP_ENV")


def until(is_true: Callable[[], bool], *, seconds: float) -> bool:
    """Poll; whether it came true in time."""
    deadline = time.monotonic() + seconds
    while True:
        is_last = time.monotonic() > deadline  # however long this process stands still, it looks once more after that
        if is_true():
            return True
        if is_last:
            return False
        time.sleep(0.05)


def _take_signals() -> None:
    """A person's terminal ignores no signals; whoever started the tests may (nohup, a shell's background job)."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Running:
    """A started command; every process below it can be found again by a token in its environment."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path = ROOT,
        stdout: int = subprocess.PIPE,
        env: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._token = f"{uuid.uuid4()}"
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**inherited, "PYTHONPATH": str(cwd), "TEST_RUN": self._token, **env},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            preexec_fn=_take_signals,  # noqa: PLW1509  # no threads of ours hold locks that the child needs
        )
        self.lines: list[str] = []
        self._seen: set[tuple[int, str]] = set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for_line(self, pattern: str, *, seconds: float = PATIENCE) -> re.Match[str]:
        """The first line that matches; fails with all that was printed."""
        found: list[re.Match[str]] = []

        def look() -> bool:
            found[:] = [match for line in list(self.lines) if (match := re.search(pattern, line))]
            return bool(found) or self.process.poll() is not None

        until(look, seconds=seconds)
        if self.process.poll() is not None:
            self._reader.join(PATIENCE)
        look()
        assert found, f"no line like {pattern!r} in:\n{self.output}"
        return found[0]

    def wait_until_ready(self, *, seconds: float = PATIENCE) -> str:
        """The portal's address; the line must be exactly as promised."""
        url = self.wait_for_line(r"^ready (http://127\.0\.0\.1:\d+)$", seconds=seconds).group(1)
        self.pids()
        return url

    def wait_for_end(self, *, seconds: float = PATIENCE) -> int:
        """Its exit code."""
        code = self.process.wait(seconds)
        self._reader.join(PATIENCE)
        return code

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def pids(self) -> dict[int, str]:
        """Every living process below it, wherever it has been re-parented to: pid and command line.

        Known by their descent, looked at on each call, or by the token; Redis overwrites its environment.
        """
        everything = _all_processes()
        family = {self.process.pid}
        while grown := {pid for pid, found in everything.items() if found.parent in family} - family:
            family |= grown
        self._seen |= {(pid, everything[pid].born) for pid in family if pid in everything}
        return {
            pid: found.line
            for pid, found in everything.items()
            if found.line and ((pid, found.born) in self._seen or f"TEST_RUN={self._token}" in found.environment)
        }

    def supervisor_pid(self) -> int:
        """The process that supervises: not `make` above it, nor a child below."""
        found = [pid for pid, line in self.pids().items() if "app.local.run" in line or SMALL_PRODUCT.name in line]
        return found[-1]

    def pid_of(self, word: str) -> int:
        """The oldest process that has a word in its command line."""
        return min(pid for pid, line in self.pids().items() if word in line)

    def assert_leaves_nothing(self) -> None:
        gone = until(lambda: not self.pids(), seconds=PATIENCE)
        assert gone, f"still there: {self.pids()}\n{self.output}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.signal(signal.SIGTERM)
        if not until(lambda: not self.pids(), seconds=15):
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def _read(self) -> None:
        if self.process.stdout is not None:
            self.lines.extend(line.rstrip("\n") for line in self.process.stdout)


def small_product(
    project: Path, *flags: str, stdout: int = subprocess.PIPE, env: Mapping[str, str] = MappingProxyType({})
) -> Running:
    remembered = RememberedPorts(project / ".local" / "ports.json")
    if remembered.last("portal") is None:
        # Not 8000, which two tests at once would take from each other.
        (project / ".local").mkdir(exist_ok=True)
        with claim_free() as portal, claim_free() as standins:
            remembered.remember({"portal": portal.number, "standins": standins.number})
    # MAKELEVEL: it stops with its parent, so a test run that is killed leaves nothing.
    command = [sys.executable, str(SMALL_PRODUCT), str(project), *flags]
    return Running(command, stdout=stdout, env={"MAKELEVEL": "1", **env})


@dataclass(frozen=True)
class _Process:
    parent: int
    born: str
    line: str
    environment: str


def _all_processes() -> dict[int, _Process]:
    """What /proc tells; a zombie has no command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it ended meanwhile
            found[int(entry.name)] = _Process(int(fields[1]), fields[19], line, _environment(entry))
    return found


def _environment(entry: Path) -> str:
    try:
        return (entry / "environ").read_bytes().decode(errors="replace")
    except OSError:
        return ""  # it ended, or belongs to an account that we may not look at


def listening_ports(pids: Sequence[int]) -> set[int]:
    """TCP ports on which these processes listen."""
    sockets = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                sockets.add(os.readlink(handle))  # noqa: PTH115  # the target is no path
            except OSError:
                continue
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            field = line.split()
            if field[3] == "0A" and f"socket:[{field[9]}]" in sockets:
                ports.add(int(field[1].rsplit(":", 1)[1], 16))
    return ports
