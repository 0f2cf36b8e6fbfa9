"""Messages that were accepted, by the phone that received them, and what became of each."""

from __future__ import annotations

import re
import secrets
import sqlite3
from dataclasses import dataclass
from typing import Literal

_LINK = re.compile(r"https?://\S+")
_CODE = re.compile(r"(?i:\b(?:код|code)\w*)\D{0,30}?(?<!\d)(\d{4,8})(?!\d)|(?<![\w-])(\d{6})(?![\w-])")
"""A number soon after the word "code" (Russian, Kazakh, English), or six digits standing alone."""

Outcome = Literal["delivered", "undelivered", "failed"]

SENT_AFTER = 0.2
ENDED_AFTER = 0.5
"""Seconds from accepting a message to its leaving, and to the phone's answer."""

ERROR_CODES: dict[Outcome, int | None] = {"delivered": None, "undelivered": 30003, "failed": 30008}


@dataclass(frozen=True)
class Sms:
    """A row of `sms`; `at` is unix seconds."""

    id: int
    sid: str
    sender: str
    recipient: str
    body: str
    outcome: Outcome
    error_code: int | None
    at: float

    @property
    def is_on_the_phone(self) -> bool:
        """Whether the recipient can read it."""
        return self.outcome == "delivered"

    @property
    def code(self) -> str | None:
        """The one-time code in the text, when there is one."""
        match = _CODE.search(_LINK.sub("", self.body))
        return (match[1] or match[2]) if match else None

    def status(self, now: float) -> str:
        """Twilio's word for where the message is at `now`."""
        age = now - self.at
        if age < SENT_AFTER:
            return "queued"
        return "sent" if age < ENDED_AFTER and self.outcome != "failed" else self.outcome


@dataclass(frozen=True)
class Conversation:
    """A phone, its last message, and how many it has."""

    last: Sms
    count: int


def draft(*, sender: str, recipient: str, body: str, outcome: Outcome, now: float) -> Sms:
    """A message that is about to be accepted; its id in the file is not known yet."""
    return Sms(0, f"SM{secrets.token_hex(16)}", sender, recipient, body, outcome, ERROR_CODES[outcome], now)


def keep(db: sqlite3.Connection, sms: Sms) -> None:
    """Put a drafted message on its phone, or among those that never got there."""
    db.execute(
        "INSERT INTO sms (sid, sender, recipient, body, outcome, error_code, at) "
        "VALUES (:sid, :sender, :recipient, :body, :outcome, :error_code, :at)",
        vars(sms),
    )


def find(db: sqlite3.Connection, sid: str) -> Sms | None:
    """The message with Twilio's id."""
    row = db.execute("SELECT * FROM sms WHERE sid = ?", (sid,)).fetchone()
    return None if row is None else Sms(**dict(row))


def conversations(db: sqlite3.Connection) -> list[Conversation]:
    """Every phone that got something, the latest first."""
    rows = db.execute(
        "SELECT s.*, c.count FROM sms s JOIN "
        "(SELECT max(id) AS id, count(*) AS count FROM sms GROUP BY recipient ORDER BY 1 DESC LIMIT 100) c USING (id) "
        "ORDER BY s.id DESC"
    ).fetchall()
    return [Conversation(Sms(**{key: row[key] for key in row.keys() if key != "count"}), row["count"]) for row in rows]  # noqa: SIM118


def thread(db: sqlite3.Connection, phone: str | None) -> list[Sms]:
    """The last messages to a phone (to every phone when None), oldest first."""
    rows = db.execute(
        "SELECT * FROM sms WHERE :phone IS NULL OR recipient = :phone ORDER BY id DESC LIMIT 500", {"phone": phone}
    ).fetchall()
    return [Sms(**dict(row)) for row in reversed(rows)]
