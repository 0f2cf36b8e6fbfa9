"""What the screen of a phone shows: bubbles with their buttons, the notice, the keyboard."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Literal

from flask import url_for
from markupsafe import Markup

from app.local.standins import words
from app.local.standins.telegram import bot, messages
from app.local.standins.telegram.call import Json
from app.local.standins.telegram.messages import Message
from app.local.standins.telegram.people import Person
from app.local.standins.telegram.rendering import to_html

_SHOWN = 120
_TOAST_SECONDS = 4
_SPINS_SECONDS = 15


@dataclass(frozen=True)
class Button:
    """A button under a message: `press` sends its data, `link` opens an address, `copy` copies a text."""

    kind: Literal["press", "link", "copy"]
    text: str
    value: str
    is_waiting: bool = False


@dataclass(frozen=True)
class Key:
    """A button of the keyboard under the chat; `unable` is one that this phone has nothing to send for."""

    kind: Literal["text", "contact", "link", "unable"]
    text: str
    href: str = ""


@dataclass
class Bubble:
    """One message, or the pictures of one album."""

    message_id: int
    is_from_bot: bool
    at: str
    is_edited: bool
    text: Markup
    pictures: list[tuple[str, int, int]] = field(default_factory=list)
    contact: Json | None = None
    quote: str = ""
    rows: list[list[Button]] = field(default_factory=list)
    album: str | None = None


@dataclass(frozen=True)
class Notice:
    """The bot's words in answer to a press: a toast for some seconds, or an alert until it is put away."""

    query_id: str
    text: str
    is_alert: bool
    url: str


@dataclass(frozen=True)
class Screen:
    """Everything that is shown, and a mark that changes when any of it does."""

    person: Person
    bubbles: list[Bubble]
    notice: Notice | None
    is_typing: bool
    keyboard: list[list[Key]]
    commands: list[Json]
    app_button: Json | None
    mark: str


def mark_of(db: sqlite3.Connection, person: Person, *, now: float) -> str:
    """Changes when something on the screen does; costs less than the screen."""
    notice = _notice(db, person, now=now)
    shown = "" if notice is None else notice.query_id
    (newest,) = db.execute("SELECT coalesce(max(message_id), 0) FROM telegram_messages").fetchone()
    return f"{person.id}-{person.version}-{newest}-{int(person.typing_until > now)}-{shown}"


def screen(db: sqlite3.Connection, person: Person, *, now: float) -> Screen:
    """The screen at a moment (unix seconds)."""
    waiting = {
        (row["message_id"], row["data"])
        for row in db.execute(
            "SELECT message_id, data FROM telegram_queries WHERE chat_id = ? AND answered_at IS NULL AND at > ?",
            (person.id, now - _SPINS_SECONDS),
        )
    }
    return Screen(
        person=person,
        bubbles=_bubbles(messages.of_chat(db, person.id, limit=_SHOWN), waiting),
        notice=_notice(db, person, now=now),
        is_typing=person.typing_until > now,
        keyboard=[[_key(one, person) for one in row] for row in (person.keyboard or {"keyboard": []})["keyboard"]],
        commands=bot.commands_for(db, person),
        app_button=_app_button(db, person),
        mark=mark_of(db, person, now=now),
    )


def snippet(message: Message) -> str:
    """A message in a few words, for the list of chats."""
    body = message.body
    words_of_it = body.get("text") or body.get("caption") or ("Фотография" if "photo" in body else "Контакт")
    return f"{'' if message.is_from_bot else 'Вы: '}{words_of_it}"


def _bubbles(shown: list[Message], waiting: set[tuple[int, str]]) -> list[Bubble]:
    bubbles: list[Bubble] = []
    for message in shown:
        bubble = _bubble(message, waiting)
        if bubbles and bubble.album is not None and bubbles[-1].album == bubble.album:
            bubbles[-1].pictures += bubble.pictures
            bubbles[-1].text = bubbles[-1].text or bubble.text
        else:
            bubbles.append(bubble)
    return bubbles


def _bubble(message: Message, waiting: set[tuple[int, str]]) -> Bubble:
    body = message.body
    text, entities = body.get("text"), body.get("entities", [])
    if text is None:
        text, entities = body.get("caption", ""), body.get("caption_entities", [])
    largest = max(body.get("photo", []), key=lambda size: int(size["width"]), default=None)
    quoted = body.get("reply_to_message", {})
    rows = body.get("reply_markup", {}).get("inline_keyboard", [])
    return Bubble(
        message_id=message.message_id,
        is_from_bot=message.is_from_bot,
        at=words.hour(message.at) if len(words.moment(message.at)) == len("00:00:00") else words.moment(message.at),
        is_edited=message.edited_at is not None,
        text=to_html(text, entities),
        pictures=[_picture(largest)] if largest else [],
        contact=body.get("contact"),
        quote=quoted.get("text") or quoted.get("caption") or ("Фотография" if quoted else ""),
        rows=[[_button(one, message, waiting) for one in row] for row in rows],
        album=body.get("media_group_id"),
    )


def _picture(size: Json) -> tuple[str, int, int]:
    return url_for("telegram.picture", file_id=size["file_id"]), size["width"], size["height"]


def _button(button: Json, message: Message, waiting: set[tuple[int, str]]) -> Button:
    text = button["text"]
    if "callback_data" in button:
        data = button["callback_data"]
        return Button("press", text, f"{message.message_id}:{data}", (message.message_id, data) in waiting)
    if "copy_text" in button:
        return Button("copy", text, str(button["copy_text"].get("text", "")))
    return Button("link", text, button_address(button, message.chat_id))


def _key(key: Json, person: Person) -> Key:
    if key.get("request_contact"):
        return Key("contact", key["text"])
    if "web_app" in key:
        return Key("link", key["text"], button_address(key, person.id))
    return Key("unable" if any(name.startswith("request_") for name in key) else "text", key["text"])


def button_address(button: Json, person_id: int) -> str:
    """Where a button leads: a Mini App and a login button are signed on the way."""
    if "web_app" in button:
        return url_for("telegram.mini_app", person_id=person_id, url=button["web_app"]["url"])
    if "login_url" in button:
        return url_for("telegram.login", person_id=person_id, url=button["login_url"]["url"])
    return str(button.get("url", ""))


def _notice(db: sqlite3.Connection, person: Person, *, now: float) -> Notice | None:
    row = db.execute(
        "SELECT id, text, is_alert, url FROM telegram_queries WHERE chat_id = ? AND seen_at IS NULL "
        "AND (text != '' OR url != '') AND (answered_at > ? OR (is_alert AND answered_at IS NOT NULL)) "
        "ORDER BY answered_at DESC LIMIT 1",
        (person.id, now - _TOAST_SECONDS),
    ).fetchone()
    return None if row is None else Notice(row["id"], row["text"], bool(row["is_alert"]), row["url"])


def _app_button(db: sqlite3.Connection, person: Person) -> Json | None:
    """The menu button, when it opens a Mini App instead of the commands."""
    own = json.loads(person.menu_button) if person.menu_button else bot.load(db, "menu_button", None)
    if not isinstance(own, dict) or own.get("type") != "web_app":
        return None
    return {"text": own["text"], "href": button_address(own, person.id)}
