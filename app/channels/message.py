"""What we say in a chat, in no messenger's own words; each channel renders it within its limits."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

LONGEST_PAYLOAD = 64
"""Bytes that a button may carry: Telegram's limit, the narrowest."""


def plain(text: str) -> str:
    """Somebody's own words, so that nothing in them is taken for a mark of bold."""
    return text.replace("**", "∗∗")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Button(_Value):
    """Something to press: it comes back to us with its payload, or opens an address."""

    label: str
    payload: str | None = None
    url: str | None = None
    note: str = ""
    """A second line where the channel has one (a row of WhatsApp's list)."""

    @model_validator(mode="after")
    def _does_one_thing(self) -> Button:
        if (self.payload is None) == (self.url is None):
            raise ValueError("a button carries a payload or an address")
        if self.payload is not None and not 1 <= len(self.payload.encode()) <= LONGEST_PAYLOAD:
            raise ValueError(f"a payload has 1 to {LONGEST_PAYLOAD} bytes")
        return self


class Message(_Value):
    """One message. `**bold**` is the only mark in `text`; what people wrote themselves goes through `plain`."""

    text: str
    photos: tuple[str, ...] = ()
    """Keys of listing photos: one makes a card with `text` under it, several an album."""
    picture: str = ""
    """The photo that somebody sent with a message (its id), shown above the text; not together with `photos`."""
    qr: str = ""
    """What a QR code shown above the text says, where the channel can show one; not together with `photos`."""
    rows: tuple[tuple[Button, ...], ...] = ()
    menu: tuple[tuple[str, ...], ...] = ()
    """Labels that stay below the chat where the channel has such a keyboard; typed words mean the same."""
    contact_label: str = ""
    """Asks for the person's own phone by a button of this label, where the channel can."""
    in_place: bool = False
    """It takes the place of the message whose button was pressed, where the channel can."""

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All of them, row by row."""
        return tuple(button for row in self.rows for button in row)


class Notice(_Value):
    """What may be told at any time: the message, and what a template needs that says the same (WhatsApp)."""

    kind: str
    """A NotificationKind, or another name that the catalogue of templates has (app/notify/whatsapp_templates.py)."""
    language: str
    message: Message
    variables: tuple[str, ...] = ()
    """Values of the template's variables, in their order (app/notify/chat_notices.py)."""


class Answer(_Value):
    """All that is said in one turn, and what it answers."""

    messages: tuple[Message, ...]
    notice: Notice | None = None
    """Instead of messages: one that may be late, and is told by a template then."""
    pays: str = ""
    """How to pay is said here: the payment's id. Whoever cannot be told here is told by another channel."""
    toast: str = ""
    """A word beside the pressed button, where the channel has such a thing."""
    press_id: str | None = None
    message_id: str | None = None
    """As in the Inbound."""


_ANSWER = TypeAdapter(Answer)


def to_json(answer: Answer) -> str:
    """For keeping until it is sent. What is not there is left out, so that code of the last release can read it."""
    return _ANSWER.dump_json(answer, exclude_defaults=True).decode()


def from_json(text: str) -> Answer:
    """What `to_json` wrote."""
    return _ANSWER.validate_json(text)
