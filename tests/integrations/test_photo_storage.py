"""Files of guests' pictures: whole or not at all, under keys that we make, in one folder and nowhere else."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.integrations.photo_storage import PhotoStorage, PhotoStorageError
from app.kit.pictures import WIDTHS, redrawn
from tests.pictures import picture

PICTURE = redrawn(picture())
NOW = datetime(2027, 3, 4, 10, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_picture_is_three_files_that_the_web_server_can_read(folder: Path) -> None:
    storage = PhotoStorage(folder)
    key = storage.keep(PICTURE)
    assert names(folder) == sorted(f"{key}-{width}.webp" for width in WIDTHS)
    for width in WIDTHS:
        path = folder / f"{key}-{width}.webp"
        assert path.read_bytes() == PICTURE.files[width]
        assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert storage.holds(key)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_same_picture_twice_is_two_keys_that_nobody_can_guess(folder: Path) -> None:
    storage = PhotoStorage(folder)
    first, second = storage.keep(PICTURE), storage.keep(PICTURE)
    assert first != second
    assert len(first) == len("review-") + 32


@pytest.mark.parametrize(
    "key",
    [
        *("../../etc/passwd", "..", "", "review-", "/etc/passwd", "room-1", "review-../" + "0" * 29),
        *("review-" + odd for odd in ("0" * 31 + "/", "G" * 32, "0" * 32 + "\n", "0" * 32 + "\x00")),
    ],
)
def test_what_is_no_key_of_ours_is_no_path(folder: Path, key: str) -> None:
    """Promise 27: path traversal."""
    storage = PhotoStorage(folder)
    assert not storage.holds(key)
    with pytest.raises(ValueError, match="no key"):
        storage.remove(key)


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    """A full disk or a wrong permission; here the folder's place is taken by a file."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(PhotoStorageError):
        PhotoStorage(blocked / "photos").keep(PICTURE)
    assert blocked.read_text() == "not a folder"


def test_only_old_pictures_of_guests_are_named(folder: Path) -> None:
    storage = PhotoStorage(folder)
    assert list(storage.written_before(NOW)) == [], "a folder that is not there yet holds nothing"
    old, new = storage.keep(PICTURE), storage.keep(PICTURE)
    (folder / "room-1-400.webp").write_bytes(b"drawn")
    (folder / "rooms.json").write_text("{}")
    unfinished = "review-" + "a" * 32
    (folder / f"{unfinished}-800.webp.part").write_bytes(b"half")
    for path in folder.iterdir():
        moment = NOW if path.name.startswith(new) else NOW - timedelta(days=2)
        os.utime(path, (moment.timestamp(), moment.timestamp()))
    assert set(storage.written_before(NOW - timedelta(days=1))) == {old, unfinished}
    for key in (old, unfinished):
        storage.remove(key)
    assert names(folder) == sorted([*(f"{new}-{width}.webp" for width in WIDTHS), "room-1-400.webp", "rooms.json"])
