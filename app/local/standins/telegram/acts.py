"""What a person does in their chat with the bot, and what the bot is told of it."""

from __future__ import annotations

import re
import secrets
import sqlite3
from dataclasses import dataclass

from app.local.standins import faults as switches
from app.local.standins.settings import StandInSettings
from app.local.standins.telegram import bot, entities, messages, people, updates
from app.local.standins.telegram.call import Json
from app.local.standins.telegram.faults import TelegramFaults
from app.local.standins.telegram.messages import Message
from app.local.standins.telegram.people import Person

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class CannotError(Exception):
    """The person cannot do this; the message says why, in English, for tests."""


@dataclass(frozen=True)
class Chat:
    """A person's chat, in a transaction, at one moment (unix seconds)."""

    db: sqlite3.Connection
    settings: StandInSettings
    person: Person
    now: float

    def say(self, text: str) -> Message:
        """Send a text of at most 4096 characters."""
        text = text.strip()
        if not 1 <= entities.length(text) <= 4096:
            raise CannotError("a message has 1 to 4096 characters")
        found = entities.commands_in(text)
        return self._send({"text": text, **({"entities": found} if found else {})})

    def start(self, payload: str = "") -> Message:
        """Press START; an odd payload of a link is left out, as Telegram does."""
        return self.say(f"/start {payload}" if _PAYLOAD.fullmatch(payload) else "/start")

    def share_contact(self, phone: str = "", name: str = "") -> Message:
        """Send one's own contact, or with a phone somebody else's."""
        digits = re.sub(r"[^0-9]", "", phone)
        if not digits or f"+{digits}" == self.person.phone:
            contact = {
                "phone_number": self.person.phone.removeprefix("+"),
                "first_name": self.person.first_name,
                "last_name": self.person.last_name,
                "user_id": self.person.id,
            }
            return self._send({"contact": {field: value for field, value in contact.items() if value}})
        other = people.find(self.db, f"+{digits}")
        known = {"user_id": other.id} if other is not None else {}
        first_name = name or (other.first_name if other is not None else "Знакомый")
        return self._send({"contact": {"phone_number": digits, "first_name": first_name, **known}})

    def send_photo(self, sizes: list[Json], caption: str = "") -> Message:
        """Send a picture that is kept already."""
        return self._send({"photo": sizes, **({"caption": caption} if caption else {})})

    def press(self, message_id: int, *, data: str = "", label: str = "") -> str:
        """Press a button under a message of the bot, by its data or its words; the id of the query."""
        message = messages.find(self.db, self.person.id, message_id)
        if message is None:
            raise CannotError("there is no such message")
        button = _button(message, data=data, label=label)
        if self.person.has_blocked:
            raise CannotError("the bot is blocked")
        query_id = str(10**18 + secrets.randbelow(10**18))
        self.db.execute(
            "INSERT INTO telegram_queries (id, chat_id, message_id, data, at) VALUES (?, ?, ?, ?, ?)",
            (query_id, self.person.id, message_id, button["callback_data"], self.now),
        )
        people.change(self.db, self.person.id)
        self._tell(
            "callback_query",
            {
                "id": query_id,
                "from": self.person.user(),
                "message": message.document(),
                "chat_instance": str(self.person.id * 1_000_003),
                "data": button["callback_data"],
            },
        )
        return query_id

    def put_away(self, query_id: str) -> None:
        """Close the notice that answered a press."""
        self.db.execute(
            "UPDATE telegram_queries SET seen_at = ? WHERE id = ? AND chat_id = ?",
            (self.now, query_id, self.person.id),
        )
        people.change(self.db, self.person.id)

    def block(self) -> None:
        """Block the bot."""
        self._change_membership(has_blocked=True)

    def unblock(self) -> None:
        """Let the bot write again."""
        self._change_membership(has_blocked=False)

    def _change_membership(self, *, has_blocked: bool) -> None:
        if bool(self.person.has_blocked) == has_blocked:
            return
        people.change(self.db, self.person.id, has_blocked=has_blocked)
        member, kicked = {"status": "member"}, {"status": "kicked", "until_date": 0}
        before, after = (member, kicked) if has_blocked else (kicked, member)
        user = bot.bot_user(self.settings)
        self._tell(
            "my_chat_member",
            {
                "chat": self.person.chat(),
                "from": self.person.user(),
                "date": int(self.now),
                "old_chat_member": {"user": user, **before},
                "new_chat_member": {"user": user, **after},
            },
        )

    def _send(self, content: Json) -> Message:
        if self.person.has_blocked:
            self.unblock()  # who writes to a bot wants to hear from it
        changes: dict[str, object] = {"has_started": 1}
        keyboard = self.person.keyboard
        if keyboard is not None and keyboard.get("one_time_keyboard"):
            changes["reply_keyboard"] = ""
        people.change(self.db, self.person.id, **changes)
        sent = messages.add(self.db, self.person, sender=self.person.user(), content=content, now=self.now)
        self._tell("message", sent.document())
        return sent

    def _tell(self, kind: str, payload: Json) -> None:
        updates.announce(
            self.db,
            switches.load(self.db, TelegramFaults),
            bot.load_webhook(self.db, self.settings),
            kind=kind,
            chat_id=self.person.id,
            payload=payload,
            now=self.now,
        )


def _button(message: Message, *, data: str, label: str) -> Json:
    rows = message.body.get("reply_markup", {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if "callback_data" in button and (button["callback_data"] == data if data else button["text"] == label):
            return dict(button)
    raise CannotError("this message has no such button")
