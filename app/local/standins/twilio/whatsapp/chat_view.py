"""A chat as the page and the tests see it."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup, escape

from app.local.standins.twilio.whatsapp import media, messages, posts
from app.local.standins.twilio.whatsapp.messages import Message

_NOTES = {
    63005: "WhatsApp не принял содержимое",
    63014: "вы заблокировали компанию",
    63016: "прошло больше 24 часов, нужен шаблон",
    63019: "файл не скачался",
    63021: "WhatsApp такое не показывает",
    63024: "на этом номере нет WhatsApp",
    63049: "WhatsApp решил не доставлять",
}

_TOKEN = re.compile(
    r"(?P<a>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)»*_~])"
    r"|```(?P<code>.+?)```"
    r"|(?<!\w)\*(?P<b>[^\s*](?:[^*\n]*[^\s*])?)\*(?!\w)"
    r"|(?<!\w)_(?P<i>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
    r"|(?<!\w)~(?P<s>[^\s~](?:[^~\n]*[^\s~])?)~(?!\w)",
    re.DOTALL,
)


def formatted(text: str) -> Markup:
    """The text as WhatsApp writes it: *bold*, _italic_, ~struck~, ```code``` and links; nothing inside each other."""
    parts, position = [], 0
    for match in _TOKEN.finditer(text):
        tag, inner = next((tag, inner) for tag, inner in match.groupdict().items() if inner is not None)
        attributes = Markup(' href="{}"').format(inner) if tag == "a" else Markup("")
        parts += [escape(text[position : match.start()])]
        parts += [Markup("<{0}{1}>{2}</{0}>").format(tag, attributes, inner)]
        position = match.end()
    return Markup("").join([*parts, escape(text[position:])])


@dataclass(frozen=True)
class Bubble:
    """A message with its files, how far it has come, and for what the person wrote: what the portal said to it."""

    message: Message
    files: list[tuple[str, str]]
    status: str
    post: tuple[str, str] | None

    @property
    def trouble(self) -> str | None:
        """Why it is not where it should be, in Russian; None when it is or is still on its way."""
        if self.status in {"undelivered", "failed"} and self.message.error_code is not None:
            return f"Не дошло. {self.message.error_code}: {_NOTES[self.message.error_code]}"
        if self.post is not None and self.post[0] == "given_up":
            return f"Портал не принял: {self.post[1]}"
        return None

    @property
    def ticks(self) -> str:
        """The sign in the corner: clock, sent, delivered, read or trouble."""
        if self.trouble is not None:
            return "trouble"
        if self.post is None:
            return {"queued": "clock"}.get(self.status, self.status)
        return {"delivered": "read", "waiting": "sent"}.get(self.post[0], "sent")

    def to_json(self) -> dict[str, object]:
        """The message for tests."""
        face = self.message.face
        return {
            "sid": self.message.sid,
            "from_person": self.message.is_from_person,
            "kind": face.kind,
            "body": face.body,
            "subtitle": face.subtitle,
            "list_button": face.button,
            "options": [option.model_dump() for option in face.options],
            "is_template": face.is_template,
            "media": [{"sid": sid, "content_type": content_type} for sid, content_type in self.files],
            "replied_sid": face.replied_sid or None,
            "status": self.status,
            "error_code": self.message.error_code if self.trouble and not self.message.is_from_person else None,
            "is_visible": self.message.is_on_the_phone,
            "post": None if self.post is None else {"state": self.post[0], "last_answer": self.post[1]},
            "at": datetime.fromtimestamp(self.message.at, UTC).isoformat(),
        }


def chat(db: sqlite3.Connection, phone: str, *, now: float) -> list[Bubble]:
    """The latest messages with a person, oldest first."""
    fates = posts.fates(db, phone)
    return [
        Bubble(message, media.of_message(db, message.sid), message.status(now), fates.get(message.sid))
        for message in messages.chat(db, phone)
    ]
