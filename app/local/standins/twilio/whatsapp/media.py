"""Pictures and other files of messages: those that people send, and those that Twilio fetches for a business."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass

import httpx

LARGEST = 5 * 1024 * 1024
"""Bytes of an image (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages)."""

SUPPORTED = frozenset({"image/jpeg", "image/png", "application/pdf", "video/mp4", "audio/ogg", "audio/mpeg"})
"""What WhatsApp shows; it takes WebP for stickers only."""

DOWNLOAD_FAILED = 63019
NOT_SHOWN = 63021

_SECONDS = 5.0


@dataclass(frozen=True)
class File:
    """A file with its media type."""

    content_type: str
    content: bytes


class MediaError(Exception):
    """A file that will not reach the phone, with Twilio's `code` for the reason."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


def check(file: File) -> None:
    """Raise MediaError unless WhatsApp can show it."""
    if file.content_type not in SUPPORTED or not 0 < len(file.content) <= LARGEST:
        raise MediaError(NOT_SHOWN)


def fetch(url: str) -> File:
    """Get a file from the business. Raises MediaError: it cannot be had (63019) or shown (63021)."""
    try:
        answer = httpx.get(url, timeout=_SECONDS, follow_redirects=True, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL):
        raise MediaError(DOWNLOAD_FAILED) from None
    if not answer.is_success:
        raise MediaError(DOWNLOAD_FAILED)
    file = File(answer.headers.get("Content-Type", "").partition(";")[0].strip().lower(), answer.content)
    check(file)
    return file


def keep(db: sqlite3.Connection, message_sid: str, file: File) -> str:
    """Put a file with its message; returns Twilio's id of the file."""
    sid = f"ME{secrets.token_hex(16)}"
    db.execute("INSERT INTO whatsapp_media VALUES (?, ?, ?, ?)", (sid, message_sid, file.content_type, file.content))
    return sid


def find(db: sqlite3.Connection, sid: str) -> File | None:
    """The file with Twilio's id."""
    row = db.execute("SELECT content_type, content FROM whatsapp_media WHERE sid = ?", (sid,)).fetchone()
    return None if row is None else File(row["content_type"], row["content"])


def of_message(db: sqlite3.Connection, message_sid: str) -> list[tuple[str, str]]:
    """The id and media type of each file of a message."""
    rows = db.execute(
        "SELECT sid, content_type FROM whatsapp_media WHERE message_sid = ? ORDER BY rowid", (message_sid,)
    )
    return [(row["sid"], row["content_type"]) for row in rows]
