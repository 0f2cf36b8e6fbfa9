"""Keyboards under messages: what they may hold, and what is refused.

Limits: callback_data 1-64 bytes; 100 buttons under a message, 8 in a row; 300 on a reply keyboard, 12 in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from app.local.standins.telegram.call import Call, Json
from app.local.standins.telegram.refusals import bad

INLINE_BUTTONS, INLINE_ROW = 100, 8
REPLY_BUTTONS, REPLY_ROW = 300, 12
DATA_BYTES = 64

_ACTIONS = ("callback_data", "url", "web_app", "login_url", "copy_text", "switch_inline_query", "pay")
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
"""Telegram itself refuses addresses that are not https in some places; here the product's own machine may be plain."""


@dataclass(frozen=True)
class Markup:
    """A keyboard. `inline` stays with its message, `reply` and `remove` change what stands under the chat."""

    kind: Literal["inline", "reply", "remove", "force"]
    document: Json


def read_markup(call: Call, name: str = "reply_markup") -> Markup | None:
    """The keyboard of a call; None when it has none. Raises RefusalError."""
    given = call.document(name)
    if given is None:
        return None
    if not isinstance(given, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" in given:
        rows = _rows(given["inline_keyboard"], "inline keyboard", INLINE_BUTTONS, INLINE_ROW)
        return Markup("inline", {"inline_keyboard": [[_inline_button(one) for one in row] for row in rows]})
    if "keyboard" in given:
        rows = _rows(given["keyboard"], "keyboard", REPLY_BUTTONS, REPLY_ROW)
        return Markup("reply", {**given, "keyboard": [[_reply_button(one) for one in row] for row in rows]})
    if given.get("remove_keyboard") is True:
        return Markup("remove", given)
    if given.get("force_reply") is True:
        return Markup("force", given)
    raise bad("object expected as reply markup")


def read_inline(call: Call) -> Json | None:
    """The keyboard of an edited message, which can only be one under it; None for none."""
    markup = read_markup(call)
    if markup is not None and markup.kind != "inline":
        raise bad("inline keyboard expected")
    return markup.document if markup is not None and markup.document["inline_keyboard"] else None


def is_web_address(url: object, *, only_https: bool = False) -> bool:
    """Whether a button or webhook may lead there."""
    if not isinstance(url, str) or len(url) > 2048:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "http":
        return bool(host) and (not only_https or host in LOOPBACK)
    return parts.scheme == "https" and bool(host)


def _rows(given: object, what: str, most: int, most_in_row: int) -> list[list[object]]:
    if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
        raise bad(f"can't parse {what}: field must be an Array of Arrays of buttons")
    rows = [row for row in given if row]
    if sum(map(len, rows)) > most or any(len(row) > most_in_row for row in rows):
        raise bad("reply markup is too long")
    return rows


def _inline_button(button: object) -> Json:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    if not any(action in button for action in _ACTIONS):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= DATA_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    if "url" in button and not _is_button_address(button["url"]):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    for name in ("web_app", "login_url"):
        if name in button:
            inside = button[name] if isinstance(button[name], dict) else {}
            if not is_web_address(inside.get("url"), only_https=True):
                raise bad("BUTTON_URL_INVALID")
    return button


def _is_button_address(url: object) -> bool:
    return is_web_address(url) or (isinstance(url, str) and url.startswith(("tg://", "mailto:", "tel:")))


def _reply_button(button: object) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad("can't parse keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise bad("keyboard button text must be non-empty")
    return button
