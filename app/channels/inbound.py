"""What a person did in a chat, in no messenger's own words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.models import Messenger


class InboundKind(StrEnum):
    """What was done."""

    TEXT = "text"
    PRESS = "press"
    """A button of ours: `payload` is what it carries."""
    START = "start"
    """The chat was opened, or a deep link followed: `payload` is what the link carried, empty without one."""
    CONTACT = "contact"
    """The person shared their own phone number (the channel has checked that it is theirs)."""
    FOREIGN_CONTACT = "foreign_contact"
    """They shared somebody else's."""
    MEDIA = "media"
    """Pictures, with `text` as their caption."""
    OTHER = "other"
    """Something we cannot read: a sticker, a voice message."""
    BLOCKED = "blocked"
    """They do not want to hear from us: the chat is closed until they write again."""
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"


@dataclass(frozen=True, slots=True)
class Media:
    """A file a person sent: how the channel fetches it, and what it is said to be."""

    reference: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event of one chat."""

    messenger: Messenger
    address: str
    """Where an answer goes: Telegram's chat id, or the person's number in WhatsApp (E.164)."""
    kind: InboundKind
    text: str = ""
    payload: str = ""
    phone: str | None = None
    """E.164: the shared contact's; in WhatsApp the number the person writes from, on every event."""
    language: str | None = None
    """What the messenger says of the person's language, as a bare code."""
    message_id: str | None = None
    """The message of ours whose button was pressed, so that the answer may take its place."""
    press_id: str | None = None
    """What the messenger wants to be told that the press was noticed."""
    media: tuple[Media, ...] = ()
