"""Our messages in Telegram's HTML and keyboards, within its limits.

https://core.telegram.org/bots/api#formatting-options. Lengths count what the person sees, in UTF-16 units as Telegram's
clients do: no message is ever taken for too long.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator

import segno
from telebot import types

from app.channels.message import Button, Message

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_TOAST = 200
WIDEST_ROW = 8
"""Buttons side by side."""

_BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)


def length_of(text: str) -> int:
    """What is seen of a text, in UTF-16 units."""
    return sum(_units(part) for part, _is_bold in _parts(text))


def html_of(text: str, longest: int = LONGEST_TEXT) -> str:
    """Telegram's HTML of a text of ours, shortened with «…» to what Telegram takes."""
    left = longest if length_of(text) <= longest else longest - 1
    written: list[str] = []
    for part, is_bold in _parts(text):
        kept = _cut(part, left)
        left -= _units(kept)
        escaped = html.escape(kept, quote=False)
        written.append(f"<b>{escaped}</b>" if is_bold and kept.strip() else escaped)
        if kept != part:
            written.append("…")
            break
    return "".join(written)


def shortened(text: str, longest: int) -> str:
    """Plain text of at most so many UTF-16 units."""
    return text if _units(text) <= longest else _cut(text, longest - 1) + "…"


def inline_markup(message: Message) -> types.InlineKeyboardMarkup | None:
    """The buttons under a message; None when it has none there."""
    if message.contact_label or not message.rows:
        return None
    markup = types.InlineKeyboardMarkup()
    for row in message.rows:
        for start in range(0, len(row), WIDEST_ROW):
            markup.add(*(_inline(each) for each in row[start : start + WIDEST_ROW]), row_width=WIDEST_ROW)
    return markup


def keyboard(message: Message) -> types.ReplyKeyboardMarkup | types.ReplyKeyboardRemove:
    """What stands below the chat after a message without buttons under it.

    A request for the contact comes with words that do what its buttons would; without any, what stood there is put
    away.
    """
    if message.contact_label:
        markup = types.ReplyKeyboardMarkup(resize_keyboard=True, one_time_keyboard=True)
        markup.add(types.KeyboardButton(message.contact_label, request_contact=True))
        rows = tuple(tuple(each.label for each in row if each.payload is not None) for row in message.rows)
    elif message.menu:
        markup = types.ReplyKeyboardMarkup(resize_keyboard=True)
        rows = message.menu
    else:
        return types.ReplyKeyboardRemove()
    for row in rows:
        if row:
            markup.add(*(types.KeyboardButton(label) for label in row), row_width=WIDEST_ROW)
    return markup


def text_of(message: Message) -> str:
    """Its text, with the addresses that a keyboard below the chat cannot carry."""
    links = [each for each in message.buttons if each.url is not None] if message.contact_label else []
    return "\n".join((message.text, *(f"{each.label}: {each.url}" for each in links)))


def qr_png(content: str) -> bytes:
    """A QR code as a picture."""
    output = io.BytesIO()
    segno.make(content, error="m", micro=False).save(output, kind="png", scale=10, border=4)
    return output.getvalue()


def _inline(button: Button) -> types.InlineKeyboardButton:
    return types.InlineKeyboardButton(button.label, callback_data=button.payload, url=button.url)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is bold."""
    end = 0
    for found in _BOLD.finditer(text):
        yield text[end : found.start()], False
        yield found[1], True
        end = found.end()
    yield text[end:], False


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)


def _cut(text: str, longest: int) -> str:
    if _units(text) <= longest:
        return text
    kept = text[: max(longest, 0)]
    while _units(kept) > longest:
        kept = kept[:-1]
    return kept
