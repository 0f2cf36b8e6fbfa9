"""The people with WhatsApp: their names, when they last wrote, whom they will not hear."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from app.local.demo.accounts import DEMO_ACCOUNTS

PHONE = re.compile(r"\+(7[0-9]{10}|[1-689][0-9]{7,14})")

WINDOW = 24 * 3600.0
"""Seconds after a person's last message in which a business may write freely
(https://www.twilio.com/docs/content/session-definitions)."""

_DEMO_NAMES = {account.phone: account.name for account in DEMO_ACCOUNTS}


@dataclass(frozen=True)
class Person:
    """A row of `whatsapp_people`; `wrote_at` is unix seconds, None for one who never wrote."""

    phone: str
    name: str
    wrote_at: float | None = None
    is_blocking: bool = False
    has_opted_out: bool = False

    def seconds_left(self, now: float) -> float:
        """How long the business may still write freely; 0 when it may not."""
        return 0.0 if self.wrote_at is None else max(0.0, self.wrote_at + WINDOW - now)


def number(text: str) -> str | None:
    """The phone number (E.164) that a person or a test means, or None when it is none."""
    digits = re.sub(r"[\s()-]", "", text).removeprefix("whatsapp:").removeprefix("+")
    if len(digits) == 11 and digits.startswith("87"):
        digits = f"7{digits[1:]}"
    return f"+{digits}" if PHONE.fullmatch(f"+{digits}") else None


def find(db: sqlite3.Connection, phone: str) -> Person:
    """The person with this number. Every number has WhatsApp, whether it has been used here or not."""
    row = db.execute("SELECT * FROM whatsapp_people WHERE phone = ?", (phone,)).fetchone()
    if row is None:
        return Person(phone, _DEMO_NAMES.get(phone, f"Гость {phone[-4:]}"))
    return Person(row["phone"], row["name"], row["wrote_at"], bool(row["is_blocking"]), bool(row["has_opted_out"]))


def keep(db: sqlite3.Connection, person: Person) -> None:
    """Write the person down as they now are."""
    db.execute(
        "REPLACE INTO whatsapp_people (phone, name, wrote_at, is_blocking, has_opted_out) "
        "VALUES (:phone, :name, :wrote_at, :is_blocking, :has_opted_out)",
        vars(person),
    )


def everybody(db: sqlite3.Connection) -> list[Person]:
    """The demo people first, then whoever else was met here, by number."""
    met = [row["phone"] for row in db.execute("SELECT phone FROM whatsapp_people ORDER BY phone LIMIT 200")]
    written_to = [row["phone"] for row in db.execute("SELECT DISTINCT phone FROM whatsapp_messages LIMIT 200")]
    return [find(db, phone) for phone in dict.fromkeys([*_DEMO_NAMES, *met, *written_to])]
