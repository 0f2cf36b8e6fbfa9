"""Messages of WhatsApp in both directions, and what became of each."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Literal

from app.local.standins.twilio.whatsapp.faces import Face

Outcome = Literal["read", "delivered", "undelivered", "failed"]
Direction = Literal["to_person", "from_person"]

SENT_AFTER = 0.2
DELIVERED_AFTER = 0.35
READ_AFTER = 0.5
"""Seconds from accepting a message to its leaving, its arriving on the phone, and being looked at."""

_SHOWN = 200


@dataclass(frozen=True)
class Message:
    """A row of `whatsapp_messages`; `at` is unix seconds."""

    sid: str
    phone: str
    direction: Direction
    face: Face
    outcome: Outcome
    error_code: int | None
    at: float

    @property
    def is_from_person(self) -> bool:
        """Did the person write it?"""
        return self.direction == "from_person"

    @property
    def is_on_the_phone(self) -> bool:
        """Whether the person can see it: their own, or one that arrives."""
        return self.outcome in {"read", "delivered"}

    def steps(self) -> list[tuple[str, float]]:
        """The statuses it comes to after `queued`, each with its seconds after `at`."""
        if self.outcome == "failed":
            return [("failed", SENT_AFTER)]
        sent = ("sent", SENT_AFTER)
        if self.outcome == "undelivered":
            return [sent, ("undelivered", DELIVERED_AFTER)]
        read = [("read", READ_AFTER)] if self.outcome == "read" else []
        return [sent, ("delivered", DELIVERED_AFTER), *read]

    def status(self, now: float) -> str:
        """Twilio's word for where the message is at `now`."""
        if self.is_from_person:
            return "received"
        return next((name for name, after in reversed(self.steps()) if now - self.at >= after), "queued")


def draft(
    face: Face,
    *,
    phone: str,
    direction: Direction,
    now: float,
    outcome: Outcome = "read",
    error_code: int | None = None,
    has_media: bool = False,
) -> Message:
    """A message about to be kept. Twilio's ids begin with MM where there is media."""
    sid = f"{'MM' if has_media else 'SM'}{secrets.token_hex(16)}"
    return Message(sid, phone, direction, face, outcome, error_code, now)


def keep(db: sqlite3.Connection, message: Message) -> None:
    """Put it in the chat."""
    db.execute(
        "INSERT INTO whatsapp_messages (sid, phone, direction, face_json, outcome, error_code, at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            message.sid,
            message.phone,
            message.direction,
            message.face.model_dump_json(),
            message.outcome,
            message.error_code,
            message.at,
        ),
    )


def find(db: sqlite3.Connection, sid: str) -> Message | None:
    """The message with Twilio's id."""
    row = db.execute("SELECT * FROM whatsapp_messages WHERE sid = ?", (sid,)).fetchone()
    return None if row is None else _read(row)


def chat(db: sqlite3.Connection, phone: str) -> list[Message]:
    """The latest messages with a person, oldest first."""
    rows = db.execute(
        "SELECT * FROM whatsapp_messages WHERE phone = ? ORDER BY id DESC LIMIT ?", (phone, _SHOWN)
    ).fetchall()
    return [_read(row) for row in reversed(rows)]


def last(db: sqlite3.Connection, phone: str) -> Message | None:
    """The latest message that the person can see."""
    row = db.execute(
        "SELECT * FROM whatsapp_messages WHERE phone = ? AND outcome IN ('read', 'delivered') ORDER BY id DESC LIMIT 1",
        (phone,),
    ).fetchone()
    return None if row is None else _read(row)


def _read(row: sqlite3.Row) -> Message:
    return Message(
        row["sid"],
        row["phone"],
        row["direction"],
        Face.model_validate_json(row["face_json"]),
        row["outcome"],
        row["error_code"],
        row["at"],
    )
