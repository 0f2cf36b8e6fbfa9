"""What a message looks like on the phone, and WhatsApp's limits on it.

Limits: https://www.twilio.com/docs/content/content-types-overview and the page of each type.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["text", "media", "quick-reply", "list-picker", "call-to-action", "card"]

LONGEST_TEXT = 1600
LONGEST_BODY = 1024
LONGEST_BUTTON = 25
LONGEST_FREE_BUTTON = 20
"""A button's title in an approved template, and without approval inside the 24 hours."""
LONGEST_LIST_BUTTON = 20
LONGEST_ITEM = 24
LONGEST_DESCRIPTION = 72
LONGEST_ID = 200
LONGEST_SUBTITLE = 60
MOST_ITEMS = 10
MOST_FREE_REPLIES = 3


class Option(BaseModel):
    """Something to press: a quick reply, an item of a list, a link, a number to call."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["reply", "item", "url", "phone"]
    title: str
    id: str = ""
    description: str = ""
    target: str = ""
    """Where a link leads, or the number to call."""


class Face(BaseModel):
    """A message as the person sees it. `media`: addresses of pictures, empty once they have been fetched."""

    model_config = ConfigDict(frozen=True)

    kind: Kind = "text"
    body: str = ""
    subtitle: str = ""
    button: str = ""
    """What opens a list."""
    options: tuple[Option, ...] = ()
    media: tuple[str, ...] = ()
    is_template: bool = False
    """Approved by WhatsApp: it may be sent at any time."""
    replied_sid: str = ""
    """Of an answer by a button: the message that has the button."""


def fault_of(face: Face) -> str | None:
    """What WhatsApp could not show of this message, in words, or None. Nothing of it depends on the 24 hours."""
    replies = [option for option in face.options if option.kind == "reply"]
    items = [option for option in face.options if option.kind == "item"]
    ids = [option.id for option in face.options if option.id]
    longest = LONGEST_TEXT if face.kind in {"text", "media"} else LONGEST_BODY
    wrong = {
        "empty body": not face.body and face.kind != "media",
        f"body over {longest}": len(face.body) > longest,
        f"subtitle over {LONGEST_SUBTITLE}": len(face.subtitle) > LONGEST_SUBTITLE,
        f"more than {MOST_ITEMS} options": len(face.options) > MOST_ITEMS,
        "no options": not face.options and face.kind in {"quick-reply", "list-picker", "call-to-action"},
        "an empty title": any(not option.title for option in face.options),
        f"a button over {LONGEST_BUTTON}": any(
            len(option.title) > LONGEST_BUTTON for option in face.options if option.kind != "item"
        ),
        f"the list's button not 1 to {LONGEST_LIST_BUTTON}": bool(items)
        and not 1 <= len(face.button) <= LONGEST_LIST_BUTTON,
        f"an item over {LONGEST_ITEM}": any(len(item.title) > LONGEST_ITEM for item in items),
        f"a description over {LONGEST_DESCRIPTION}": any(len(item.description) > LONGEST_DESCRIPTION for item in items),
        f"an id over {LONGEST_ID}": any(len(one) > LONGEST_ID for one in ids),
        "an item without an id": any(not item.id for item in items),
        "two options with one id": len(set(ids)) < len(ids),
        "two buttons with one title": len({reply.title for reply in replies}) < len(replies),
        "a link that is none": any(
            not option.target.startswith(("http://", "https://")) for option in face.options if option.kind == "url"
        ),
        "more than one picture": len(face.media) > 1,
    }
    return next((words for words, is_so in wrong.items() if is_so), None)


def needs_approval(face: Face) -> bool:
    """Would WhatsApp take this only as an approved template, even inside the 24 hours?

    Meta's free-form messages carry up to three quick replies, or one list, or one link, never a mixture.
    """
    kinds = {option.kind for option in face.options}
    most = {"reply": MOST_FREE_REPLIES, "item": MOST_ITEMS, "url": 1}
    if not kinds:
        return face.kind == "card"
    if len(kinds) > 1 or kinds == {"phone"}:
        return True
    [kind] = kinds
    has_long_title = kind != "item" and any(len(option.title) > LONGEST_FREE_BUTTON for option in face.options)
    return len(face.options) > most[kind] or has_long_title
