"""Being told to stop: Ctrl-C, SIGTERM, SIGHUP, or the `make` that started us going away."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType


class StopRequest:
    """Set once, by a signal or by our parent's end, and never taken back. Further signals change nothing."""

    def __init__(self, *, is_parent_stopping: Callable[[], bool] | None = None) -> None:
        self._was_signalled = False
        self._is_parent_stopping = is_parent_stopping
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)

    def listen(self) -> None:
        """Take the signals over. Call in the main thread, before anything is started."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # started by nohup
            signal.signal(number, self._on_signal)
        # Only so that `wait` returns as soon as a child ends.
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    @staticmethod
    def stop_listening() -> None:
        """Ignore signals from here on: everything has been stopped, and one more must not change the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def is_set(self) -> bool:
        """Whether to stop now."""
        if not self._was_signalled and self._is_parent_stopping is not None and self._is_parent_stopping():
            self._was_signalled = True
        return self._was_signalled

    def wait(self, seconds: float) -> bool:
        """Sleep, but no longer than until a signal arrives or a child ends; then `is_set()`."""
        if not self.is_set():
            select.select([self._wake_read], [], [], seconds)
            with suppress(BlockingIOError):
                os.read(self._wake_read, 1024)
        return self.is_set()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._was_signalled = True


class ParentWatch:
    """Notices that the `make` above us is gone, or is leaving without telling us.

    `make` passes SIGTERM on to us, but on SIGINT and SIGHUP it expects the terminal to have told us too and waits for
    us to end. When only `make` was signalled, that would be for ever. It puts its handler back to the default when a
    signal arrives, and Linux shows which signals a process catches.
    """

    _EVERY = 0.25

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._status = Path(f"/proc/{self._parent}/status")
        self._caught_at_first = self._caught()
        self._looked_at = time.monotonic()

    def is_stopping(self) -> bool:
        """Whether our parent ended or received SIGINT or SIGHUP. Looks at most four times a second."""
        if os.getppid() != self._parent:
            return True
        if time.monotonic() - self._looked_at < self._EVERY:
            return False
        self._looked_at = time.monotonic()
        return bool(self._caught_at_first & ~self._caught())

    def _caught(self) -> int:
        """The bits of SIGINT and SIGHUP, where the parent has a handler for them; 0 where the machine does not say."""
        try:
            lines = self._status.read_text().splitlines()
        except OSError:
            return 0
        mask = next((int(line.split()[1], 16) for line in lines if line.startswith("SigCgt:")), 0)
        return mask & (1 << (signal.SIGINT - 1) | 1 << (signal.SIGHUP - 1))
