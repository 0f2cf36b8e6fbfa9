"""Messages that were accepted, by the phone that received them."""

from __future__ import annotations

import re
import secrets
import sqlite3
from dataclasses import dataclass

_LINK = re.compile(r"https?://\S+")
_CODE = re.compile(r"(?i:\b(?:код|code)\w*)\D{0,30}?(?<!\d)(\d{4,8})(?!\d)|(?<![\w-])(\d{6})(?![\w-])")
"""A number soon after the word "code" (Russian, Kazakh, English), or six digits standing alone."""


@dataclass(frozen=True)
class Sms:
    """A row of `sms`; `at` is unix seconds."""

    id: int
    sid: str
    sender: str
    recipient: str
    body: str
    at: float

    @property
    def code(self) -> str | None:
        """The one-time code in the text, when there is one."""
        match = _CODE.search(_LINK.sub("", self.body))
        return (match[1] or match[2]) if match else None


@dataclass(frozen=True)
class Conversation:
    """A phone, its last message, and how many it has."""

    last: Sms
    count: int


def accept(db: sqlite3.Connection, *, sender: str, recipient: str, body: str, now: float) -> Sms:
    """Put a message on its phone."""
    sid = f"SM{secrets.token_hex(16)}"
    row = db.execute(
        "INSERT INTO sms (sid, sender, recipient, body, at) VALUES (?, ?, ?, ?, ?) RETURNING *",
        (sid, sender, recipient, body, now),
    ).fetchone()
    return Sms(**dict(row))


def conversations(db: sqlite3.Connection) -> list[Conversation]:
    """Every phone that got something, the latest first."""
    rows = db.execute(
        "SELECT s.*, c.count FROM sms s JOIN "
        "(SELECT max(id) AS id, count(*) AS count FROM sms GROUP BY recipient ORDER BY 1 DESC LIMIT 100) c USING (id) "
        "ORDER BY s.id DESC"
    ).fetchall()
    return [Conversation(Sms(**{key: row[key] for key in row.keys() if key != "count"}), row["count"]) for row in rows]  # noqa: SIM118


def thread(db: sqlite3.Connection, phone: str | None) -> list[Sms]:
    """The last messages of a phone (of every phone when None), oldest first."""
    rows = db.execute(
        "SELECT * FROM sms WHERE :phone IS NULL OR recipient = :phone ORDER BY id DESC LIMIT 500", {"phone": phone}
    ).fetchall()
    return [Sms(**dict(row)) for row in reversed(rows)]
