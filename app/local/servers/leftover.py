"""Servers that a killed owner left running: found by their pid file, made sure of, and stopped."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from app.local.servers.child import ServerError, wait_for
from app.local.servers.processes import command_line


def stop_leftover(pid_file: Path, *, program: str, gentle: signal.Signals = signal.SIGTERM) -> None:
    """Stop the process that `pid_file` names if it truly is our `program`, then delete the file.

    The caller holds the folder's lock, so whatever still runs there has lost its owner. Line 1 of the file is the pid,
    line 2 something that the program's command line contains (PostgreSQL writes its data directory there). A pid that
    now belongs to something else, after a restart of the machine, is left alone.

    Raises:
        ServerError: it does not stop even when killed.
    """
    # No file or nothing readable in it means that nothing is left running.
    with suppress(OSError, ValueError):
        number, mark = pid_file.read_text().split("\n")[:2]
        _stop(int(number), program, mark, gentle)
    pid_file.unlink(missing_ok=True)


def _stop(pid: int, program: str, mark: str, gentle: signal.Signals) -> None:
    for number in (gentle, signal.SIGKILL):
        if not _is(pid, program, mark):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        wait_for(lambda: not _is(pid, program, mark), seconds=5)
    if _is(pid, program, mark):
        raise ServerError(f"An older {program} (process {pid}) does not stop: end it and start again.")


def _is(pid: int, program: str, mark: str) -> bool:
    words = command_line(pid)
    return bool(words) and program in words[0] and mark in " ".join(words)
