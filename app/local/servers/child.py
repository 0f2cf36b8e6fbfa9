"""Child processes that cannot outlive us: each in a session of its own, with a log file, and told when we die."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.local.failure import Cancelled, LocalError
from app.local.servers.processes import kill_session

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServerError(LocalError):
    """A local server cannot start or be used; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Account:
    """An operating system account that a child runs as."""

    name: str
    uid: int
    gid: int


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    when_we_die: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process whose output is appended to `log`.

    It leads a session of its own, so that a Ctrl-C in the terminal reaches only us and we decide the order in which
    things stop. On Linux the kernel sends it `when_we_die` when the calling *thread* ends, however that happens; call
    this from the main thread.

    Raises:
        OSError: the program or the log cannot be opened.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_dies_with(os.getpid(), when_we_die),  # noqa: PLW1509  # one prctl call, no locks
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def stop(process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn, waiting up to its seconds for the process to leave; then kill what its session left."""
    for number, patience in steps:
        if process.poll() is not None:
            break
        process.send_signal(number)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    kill_session(process.pid)
    process.wait()


def never() -> bool:
    """The default answer to "were we told to stop?"."""
    return False


def wait_for(
    is_ready: Callable[[], bool], *, seconds: float, every: float = 0.02, is_cancelled: Callable[[], bool] = never
) -> bool:
    """Poll until true; False when the time is up.

    Raises:
        Cancelled: `is_cancelled` came true first.
    """
    deadline = time.monotonic() + seconds
    while not is_ready():
        if is_cancelled():
            raise Cancelled
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def log_tail(log: Path, *, since: int = 0, size: int = 4000) -> str:
    """The end of a log, from byte `since` at the earliest; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(since, log.stat().st_size - size))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def log_size(log: Path) -> int:
    """Bytes in a log now; 0 when there is none."""
    return log.stat().st_size if log.exists() else 0


def _dies_with(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    if _libc is None:
        return None
    prctl = _libc.prctl

    def ask_the_kernel() -> None:
        # Runs in the child after it changed its account, since that clears the request (prctl(2)).
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel
