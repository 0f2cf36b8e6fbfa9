"""The people who have Telegram: the demo accounts, and whoever is made up. A private chat has its person's id."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass

from app.local.demo.accounts import DEMO_ACCOUNTS
from app.local.standins.telegram.call import Json

_PHONE = re.compile(r"\+[1-9][0-9]{9,14}")


@dataclass(frozen=True)
class Person:
    """A row of `telegram_people`. `phone` is E.164; `version` grows with everything that changes on the screen."""

    id: int
    first_name: str
    last_name: str
    username: str
    phone: str
    language: str
    has_started: int
    has_blocked: int
    reply_keyboard: str
    menu_button: str
    typing_until: float
    version: int

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def keyboard(self) -> Json | None:
        """The ReplyKeyboardMarkup that stands under the chat, if any."""
        return dict(json.loads(self.reply_keyboard)) if self.reply_keyboard else None

    def user(self) -> Json:
        """As the Bot API's User."""
        return {"id": self.id, "is_bot": False, **self._names(), "language_code": self.language}

    def chat(self) -> Json:
        """As the Bot API's Chat."""
        return {"id": self.id, **self._names(), "type": "private"}

    def _names(self) -> Json:
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        return {field: value for field, value in names.items() if value}


def know_demo_people(db: sqlite3.Connection) -> None:
    """Write down the demo accounts, unless they are there."""
    for account in DEMO_ACCOUNTS:
        add(db, name=account.name, phone=account.phone, username=f"{account.role}_demo")


def add(db: sqlite3.Connection, *, name: str, phone: str, username: str = "", language: str = "ru") -> Person:
    """Someone with this phone; who had it already stays as they are. Raises ValueError when it is not a phone."""
    phone = f"+{re.sub(r'[^0-9]', '', phone)}"
    if not _PHONE.fullmatch(phone):
        raise ValueError(phone)
    first, _, last = " ".join(name.split())[:128].partition(" ")
    # The number's last ten digits: the same person keeps their id when the state is deleted.
    db.execute(
        "INSERT OR IGNORE INTO telegram_people (id, first_name, last_name, username, phone, language) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (int(phone[-10:]), first or "Без имени", last, username, phone, language),
    )
    found = find(db, phone)
    if found is None:
        raise ValueError(phone)  # somebody else's number ends in the same digits
    return found


def find(db: sqlite3.Connection, who: int | str) -> Person | None:
    """The person with this id or phone."""
    digits = str(who).strip().removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        return None
    row = db.execute(
        "SELECT * FROM telegram_people WHERE id = ? OR phone = ? ORDER BY id = ? DESC LIMIT 1",
        (int(digits), f"+{digits}", int(digits)),
    ).fetchone()
    return None if row is None else Person(**dict(row))


def everyone(db: sqlite3.Connection) -> list[Person]:
    """All of them."""
    return [Person(**dict(row)) for row in db.execute("SELECT * FROM telegram_people ORDER BY id")]


def latest(db: sqlite3.Connection, limit: int) -> list[Person]:
    """Whose chat had a message last comes first; then those who have none."""
    rows = db.execute(
        "SELECT * FROM telegram_people p ORDER BY "
        "(SELECT max(message_id) FROM telegram_messages WHERE chat_id = p.id) DESC NULLS LAST, id LIMIT ?",
        (limit,),
    )
    return [Person(**dict(row)) for row in rows]


def change_everyones_screen(db: sqlite3.Connection) -> None:
    """Note that something that all of them see has changed."""
    db.execute("UPDATE telegram_people SET version = version + 1")


def change(db: sqlite3.Connection, person_id: int, **values: object) -> None:
    """Set columns, and note that the screen has changed."""
    columns = "".join(f"{name} = :{name}, " for name in values)
    db.execute(
        f"UPDATE telegram_people SET {columns} version = version + 1 WHERE id = :person_id",  # noqa: S608  our names
        {**values, "person_id": person_id},
    )
