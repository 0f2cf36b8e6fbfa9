"""A lock on a folder that the kernel drops with its holder, so that nothing stale can stay behind."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FolderLock:
    """An exclusive advisory lock (flock) on a file; what the holder wrote into it can be read by others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock, creating the file; False when another process has it.

        Raises:
            OSError: the file cannot be opened.
        """
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def write(self, text: str) -> None:
        """Tell others who holds it."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, text.encode(), 0)

    def read(self) -> str:
        """What the holder wrote; empty when nothing."""
        try:
            return self.path.read_text()
        except OSError:
            return ""

    def release(self) -> None:
        """Give it back; safe to call twice. The file stays, since removing it would let two holders in."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
