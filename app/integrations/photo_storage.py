"""Where people's pictures are kept, `<key>-<width>.webp` in three widths.

Those of reviews lie in a folder that nginx serves, those of claims on deposits in a private one that only a view reads.

Keys are made here and say nothing; no part of a path comes from outside. Files are there before rows speak of them: a
transaction that fails leaves files without rows, which a nightly job removes (app/jobs/photos.py).
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from app.kit.pictures import WIDTHS, Picture

_KEY = re.compile(r"(?:review|claim)-[0-9a-f]{32}")
_FILE = re.compile(r"((?:review|claim)-[0-9a-f]{32})-[0-9]{3,4}\.webp(?:\.part)?")


class PhotoStorageError(Exception):
    """The folder cannot be written (a full disk, no permission). The message names no file."""


class PhotoStorage:
    """One kind of people's pictures in one folder. What else lies in it (the demo's rooms) is never touched."""

    def __init__(self, folder: Path, *, kind: Literal["review", "claim"] = "review") -> None:
        self._folder = folder
        self._kind = kind

    def keep(self, picture: Picture) -> str:
        """Write the picture's files, each whole or not at all; the new key.

        Raises PhotoStorageError; what was written until then goes with the unused pictures.
        """
        key = f"{self._kind}-{secrets.token_hex(16)}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for width, data in picture.files.items():
                self._write(self._path(key, width), data)
        except OSError as error:
            raise PhotoStorageError(f"photos cannot be written: {error.strerror}") from error
        return key

    def holds(self, key: str) -> bool:
        """Are all files of this key there? Nothing that is not a key of ours is."""
        return _KEY.fullmatch(key) is not None and all(self._path(key, width).exists() for width in WIDTHS)

    def read(self, key: str, width: int) -> bytes:
        """One file's bytes. Raises FileNotFoundError; ValueError for what is no key of ours."""
        return self._path(key, width).read_bytes()

    def remove(self, key: str) -> None:
        """Delete the files of a key, and what is left of unfinished ones."""
        for width in WIDTHS:
            path = self._path(key, width)
            path.unlink(missing_ok=True)
            _unfinished(path).unlink(missing_ok=True)

    def written_before(self, moment: datetime) -> Iterator[str]:
        """The keys of this kind of pictures that are older, some of them more than once."""
        if not self._folder.is_dir():
            return
        with os.scandir(self._folder) as entries:
            for entry in entries:
                found = _FILE.fullmatch(entry.name)
                if found is not None and found[1].startswith(self._kind) and entry.stat().st_mtime < moment.timestamp():
                    yield found[1]

    def _path(self, key: str, width: int) -> Path:
        if _KEY.fullmatch(key) is None:
            raise ValueError("this is no key of a guest's picture")
        return self._folder / f"{key}-{width}.webp"

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        part = _unfinished(path)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def _unfinished(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
