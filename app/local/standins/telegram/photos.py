"""Pictures: taken in, kept in two sizes, found again by their file_id."""

from __future__ import annotations

import io
import secrets
import sqlite3
from dataclasses import dataclass

import httpx
from PIL import Image, ImageOps

from app.local.standins.desk import desk
from app.local.standins.telegram.call import Call, Json, Upload
from app.local.standins.telegram.markup import is_web_address
from app.local.standins.telegram.refusals import bad

_MOST_BYTES = 10 * 1024 * 1024
_MOST_BYTES_BY_URL = 5 * 1024 * 1024
_MOST_SIDES = 10_000
_MOST_RATIO = 20
_SMALL, _LARGEST = 320, 1280


@dataclass(frozen=True)
class PhotoFile:
    """A row of `telegram_files`: one size of one picture."""

    file_id: str
    unique_id: str
    path: str
    photo_id: str
    width: int
    height: int
    content: bytes

    def size(self) -> Json:
        """As the Bot API's PhotoSize."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.content),
            "width": self.width,
            "height": self.height,
        }


@dataclass(frozen=True)
class Photo:
    """A picture about to be sent: new files, or those of one that is known."""

    files: tuple[PhotoFile, ...]
    is_new: bool

    def sizes(self) -> list[Json]:
        """The smallest first."""
        return [file.size() for file in self.files]


def photo_of(call: Call, name: str = "photo") -> Photo:
    """The picture of a call: an upload, an address or a file_id. Raises RefusalError. Keep it with `keep`."""
    if name in call.uploads:
        return read_upload(call.uploads[name])
    return photo_named(call, call.text(name))


def photo_named(call: Call, given: str) -> Photo:
    """The picture that `given` names: attach://<upload>, an address or a file_id."""
    if not given:
        raise bad("there is no photo in the request")
    if given.startswith("attach://"):
        upload = call.uploads.get(given.removeprefix("attach://"))
        if upload is None:
            raise bad(f"can't parse InputMedia: Media not found: {given}")
        return read_upload(upload)
    if given.startswith(("http://", "https://")):
        return _read(_fetch(given))
    with desk().store.reading() as db:
        known = find(db, given)
        if known is None:
            raise bad("wrong remote file identifier specified: Wrong string length")
        return Photo(files_of(db, known.photo_id), is_new=False)


def read_upload(upload: Upload) -> Photo:
    """A picture that came with a call."""
    if len(upload.content) > _MOST_BYTES:
        raise bad("file is too big")
    if not upload.content:
        raise bad("file must be non-empty")
    return _read(upload.content)


def keep(db: sqlite3.Connection, photo: Photo) -> None:
    """Write a new picture down."""
    if photo.is_new:
        db.executemany(
            "INSERT INTO telegram_files VALUES (:file_id, :unique_id, :path, :photo_id, :width, :height, :content)",
            [vars(file) for file in photo.files],
        )


def find(db: sqlite3.Connection, file_id: str) -> PhotoFile | None:
    """The file with this id."""
    row = db.execute("SELECT * FROM telegram_files WHERE file_id = ?", (file_id,)).fetchone()
    return None if row is None else PhotoFile(**dict(row))


def find_by_path(db: sqlite3.Connection, path: str) -> PhotoFile | None:
    """The file with the path that getFile told."""
    row = db.execute("SELECT * FROM telegram_files WHERE path = ?", (path,)).fetchone()
    return None if row is None else PhotoFile(**dict(row))


def files_of(db: sqlite3.Connection, photo_id: str) -> tuple[PhotoFile, ...]:
    """Every size of one picture, the smallest first."""
    rows = db.execute("SELECT * FROM telegram_files WHERE photo_id = ? ORDER BY width * height", (photo_id,))
    return tuple(PhotoFile(**dict(row)) for row in rows)


def _fetch(url: str) -> bytes:
    if not is_web_address(url):
        raise bad("wrong HTTP URL specified")
    try:
        answer = httpx.get(url, timeout=10, follow_redirects=True, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL):
        raise bad("failed to get HTTP URL content") from None
    if answer.status_code != 200 or len(answer.content) > _MOST_BYTES_BY_URL:
        raise bad("failed to get HTTP URL content")
    if not answer.headers.get("Content-Type", "").startswith("image/"):
        raise bad("wrong type of the web page content")
    return answer.content


def _read(content: bytes) -> Photo:
    try:
        with Image.open(io.BytesIO(content)) as opened:
            width, height = opened.size
            if width + height > _MOST_SIDES or max(width, height) > _MOST_RATIO * min(width, height):
                raise bad("PHOTO_INVALID_DIMENSIONS")
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        raise bad("IMAGE_PROCESS_FAILED") from None
    photo_id = secrets.token_urlsafe(24)
    whole = _file(picture, "y", _LARGEST, photo_id)
    if max(picture.size) <= _SMALL:
        return Photo((whole,), is_new=True)
    return Photo((_file(picture, "m", _SMALL, photo_id), whole), is_new=True)


def _file(picture: Image.Image, letter: str, side: int, photo_id: str) -> PhotoFile:
    """One size, as a JPEG: Telegram compresses every picture that is sent as one."""
    resized = picture.copy()
    resized.thumbnail((side, side))
    output = io.BytesIO()
    resized.save(output, "JPEG", quality=87)
    return PhotoFile(
        file_id=f"AgACAgIAAxkB{photo_id}{letter}",
        unique_id=f"AQAD{photo_id[:10]}{letter}",
        path=f"photos/file_{photo_id}{letter}.jpg",
        photo_id=photo_id,
        width=resized.width,
        height=resized.height,
        content=output.getvalue(),
    )
