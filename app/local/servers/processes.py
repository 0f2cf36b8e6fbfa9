"""What the machine says about running processes: `/proc` on Linux, `ps` elsewhere; needs no package."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def command_line(pid: int) -> list[str]:
    """The words of a process's command line (at any space where only `ps` tells); empty when it does not exist."""
    if not _PROC.joinpath("self").exists():
        return _ps("-p", str(pid), "-o", "command=").split()
    with suppress(OSError):
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
        return [os.fsdecode(word) for word in raw.split(b"\0") if word]
    return []


def session_members(leader: int) -> list[int]:
    """Every process of the session that `leader` led, the leader included."""
    members = []
    for pid in _all_pids():
        with suppress(ProcessLookupError, PermissionError):  # it left meanwhile, or is another account's
            if os.getsid(pid) == leader:
                members.append(pid)
    return members


def kill_session(leader: int) -> None:
    """Kill whatever lives in the session of a process that we started: workers of a crashed server too."""
    if leader <= 1 or leader == os.getsid(0):
        raise ValueError("not a session that we started")
    for pid in session_members(leader):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _all_pids() -> list[int]:
    if _PROC.joinpath("self").exists():
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    return [int(word) for word in _ps("-A", "-o", "pid=").split()]


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout
