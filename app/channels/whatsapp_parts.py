"""A message of ours as WhatsApp takes it: free text, a picture, or something to press. Pure.

Three buttons are quick replies, ten are a list; what is more, or stands under a long text, is numbered, and a number
may be typed instead (app/bots/engine.py counts the same way).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.channels import whatsapp_text as texts
from app.channels.message import Button, Message
from app.i18n import gettext
from app.integrations.twilio_content import Content

MOST_REPLIES, MOST_ITEMS = 3, 10
MOST_LINES = 40
"""Lines above buttons: each is a variable of its own, and a content has at most a hundred."""


@dataclass(frozen=True, slots=True)
class Free:
    """Text, a listing's photo by its key, somebody's own by its id, or one of them with a caption."""

    text: str = ""
    photo: str | None = None
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """Something to press."""

    title: str
    id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pressable:
    """Text with buttons: quick replies, or with `list_button` a list that it opens."""

    lines: tuple[str, ...]
    options: tuple[Option, ...]
    list_button: str = ""

    def _pieces(self) -> list[str]:
        """All that differs between two messages of the same shape, in the order of the content's variables."""
        above = [line for line in self.lines if line]
        rows = [piece for option in self.options for piece in (option.title, option.id, option.note) if piece]
        return [*above, *([self.list_button] if self.list_button else []), *rows]

    def variables(self) -> dict[str, str]:
        """Their values."""
        return {str(number): piece for number, piece in enumerate(self._pieces(), 1)}

    def content(self) -> Content:
        """The shape: what is written down at Twilio once, and sent with values ever after.

        Values may hold no line breaks, so each line is a variable. The name is the shape's own, to be found again.
        """
        places = iter(f"{{{{{number}}}}}" for number in range(1, len(self._pieces()) + 1))
        body = "\n".join(next(places) if line else "" for line in self.lines)
        document: dict[str, object] = {"body": body}
        kind = "twilio/list-picker" if self.list_button else "twilio/quick-reply"
        if self.list_button:
            document["button"] = next(places)
            document["items"] = [
                {"item": next(places), "id": next(places)} | ({"description": next(places)} if option.note else {})
                for option in self.options
            ]
        else:
            document["actions"] = [
                {"type": "QUICK_REPLY", "title": next(places), "id": next(places)} for _ in self.options
            ]
        name = hashlib.sha256(f"{kind}{document}".encode()).hexdigest()[:20]
        return Content(
            friendly_name=f"zg-shape-{name}",
            language="ru",  # says nothing here: only templates are for readers of one language
            types={kind: document},
            variables={number: f"{number}" for number in self.variables()},
        )


Part = Free | Pressable


def parts_of(message: Message) -> list[Part]:
    """What is sent, in order. The number is known, so nobody is asked to share it; a QR code is left out, since the
    link beside it is what a phone can use; `menu` is what may be typed anyway."""
    options = [button for button in message.buttons if button.payload is not None]
    body = _with_links(texts.marked(message.text).strip(), message.buttons)
    photos = [Free(photo=key) for key in message.photos]
    photos += [Free(picture=message.picture)] if message.picture else []
    if not options:
        if len(photos) == 1 and texts.size(body) <= texts.LONGEST_BODY:
            return [replace(photos[0], text=body)]
        return [*photos, *(Free(text=part) for part in texts.split(body))]
    body = body or gettext("Выберите:")
    pressable = _pressable(body, options)
    if pressable is not None:
        return [*photos, pressable]
    return [*photos, *(Free(text=part) for part in texts.split(f"{body}\n\n{texts.numbered(options)}"))]


def _with_links(body: str, buttons: Sequence[Button]) -> str:
    links = "\n".join(f"{button.label}: {button.url}" for button in buttons if button.url is not None)
    return f"{body}\n\n{links}".strip() if links else body


def _pressable(body: str, buttons: Sequence[Button]) -> Pressable | None:
    """None when the text or the buttons are too many."""
    lines = texts.lines_of(body)
    by_payload: dict[str | None, Button] = {}
    for button in buttons:
        by_payload.setdefault(button.payload, button)
    offered = list(by_payload.values())
    if len(offered) > MOST_ITEMS or len(lines) > MOST_LINES or texts.size("\n".join(lines)) > texts.LONGEST_BODY:
        return None
    if len(offered) <= MOST_REPLIES and not any(button.note for button in offered):
        titles = texts.labels([button.label for button in offered], texts.LONGEST_REPLY)
        replies = tuple(Option(title, button.payload or "") for title, button in zip(titles, offered, strict=True))
        return Pressable(lines, replies)
    titles = texts.labels([button.label for button in offered], texts.LONGEST_ITEM)
    rows = tuple(_row(title, button) for title, button in zip(titles, offered, strict=True))
    return Pressable(lines, rows, list_button=texts.cut(gettext("Выбрать"), texts.LONGEST_REPLY))


def _row(title: str, button: Button) -> Option:
    """A row of a list. A label that was shortened is whole in the line under it, when that is free."""
    whole = texts.one_line(button.label, empty="•")
    note = button.note or ("" if title == whole else whole)
    return Option(title, button.payload or "", texts.cut(texts.one_line(note, empty=""), texts.LONGEST_NOTE))
