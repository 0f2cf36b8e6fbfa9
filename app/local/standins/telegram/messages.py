"""Messages of the chats: written, edited, deleted, listed. A body is the Bot API's Message without its id."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from app.local.standins.telegram import people
from app.local.standins.telegram.call import Json
from app.local.standins.telegram.markup import Markup
from app.local.standins.telegram.people import Person
from app.local.standins.telegram.refusals import bad, not_modified

EDITABLE = (
    "text", "entities", "photo", "caption", "caption_entities", "show_caption_above_media", "reply_markup",
)  # fmt: skip
"""What an edit may change, and what it is compared by."""


@dataclass(frozen=True)
class Message:
    """A row of `telegram_messages`; `at` is unix seconds."""

    message_id: int
    chat_id: int
    is_from_bot: bool
    body: Json
    at: float
    edited_at: float | None

    def document(self) -> Json:
        """As the Bot API's Message."""
        edited = {} if self.edited_at is None else {"edit_date": int(self.edited_at)}
        return {"message_id": self.message_id, **self.body, **edited}


def add(
    db: sqlite3.Connection, person: Person, *, sender: Json, content: Json, now: float, markup: Markup | None = None
) -> Message:
    """Write a message into a person's chat; a keyboard for the whole chat is put under it."""
    body = {"from": sender, "chat": person.chat(), "date": int(now), **content}
    if markup is not None and markup.kind == "inline" and markup.document["inline_keyboard"]:
        body["reply_markup"] = markup.document
    done = db.execute(
        "INSERT INTO telegram_messages (chat_id, is_from_bot, body, at) VALUES (?, ?, ?, ?)",
        (person.id, sender["is_bot"], json.dumps(body, ensure_ascii=False), now),
    )
    changes: dict[str, object] = {}
    if sender["is_bot"]:
        changes["typing_until"] = 0
        if markup is not None and markup.kind == "reply":
            changes["reply_keyboard"] = json.dumps(markup.document, ensure_ascii=False)
        if markup is not None and markup.kind == "remove":
            changes["reply_keyboard"] = ""
    people.change(db, person.id, **changes)
    return Message(int(done.lastrowid or 0), person.id, bool(sender["is_bot"]), body, now, None)


def edit(db: sqlite3.Connection, message: Message, content: Json, *, now: float) -> Message:
    """Replace what a message shows. Raises RefusalError when that is what it shows already."""
    before = {name: value for name, value in message.body.items() if name in EDITABLE}
    after = {name: value for name, value in content.items() if value not in (None, [])}
    if _shown(before) == _shown(after):
        raise not_modified()
    body = {name: value for name, value in message.body.items() if name not in EDITABLE} | after
    db.execute(
        "UPDATE telegram_messages SET body = ?, edited_at = ? WHERE message_id = ?",
        (json.dumps(body, ensure_ascii=False), now, message.message_id),
    )
    people.change(db, message.chat_id)
    return Message(message.message_id, message.chat_id, message.is_from_bot, body, message.at, now)


def editable(db: sqlite3.Connection, person: Person, message_id: int) -> Message:
    """The bot's message with this id in this chat. Raises RefusalError."""
    found = find(db, person.id, message_id)
    if found is None:
        raise bad("message to edit not found")
    if not found.is_from_bot:
        raise bad("message can't be edited")
    return found


def find(db: sqlite3.Connection, chat_id: int, message_id: int) -> Message | None:
    """A message that is still there."""
    row = db.execute(
        "SELECT * FROM telegram_messages WHERE message_id = ? AND chat_id = ? AND NOT is_deleted",
        (message_id, chat_id),
    ).fetchone()
    return None if row is None else _message(row)


def delete(db: sqlite3.Connection, message: Message) -> None:
    """Take it off the screen."""
    db.execute("UPDATE telegram_messages SET is_deleted = 1 WHERE message_id = ?", (message.message_id,))
    people.change(db, message.chat_id)


def of_chat(db: sqlite3.Connection, chat_id: int, *, limit: int = 200, after: int = 0) -> list[Message]:
    """The last messages of a chat (of those with a greater id than `after`), oldest first."""
    rows = db.execute(
        "SELECT * FROM telegram_messages WHERE chat_id = ? AND message_id > ? AND NOT is_deleted "
        "ORDER BY message_id DESC LIMIT ?",
        (chat_id, after, limit),
    ).fetchall()
    return [_message(row) for row in reversed(rows)]


def _message(row: sqlite3.Row) -> Message:
    return Message(
        row["message_id"],
        row["chat_id"],
        bool(row["is_from_bot"]),
        json.loads(row["body"]),
        row["at"],
        row["edited_at"],
    )


def _shown(content: Json) -> Json:
    """Without what differs between two files of one picture."""
    photo = content.get("photo")
    return content if not photo else {**content, "photo": [size["file_unique_id"] for size in photo]}
