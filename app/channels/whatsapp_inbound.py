"""What a person's message in WhatsApp means. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

from app.channels.inbound import Inbound, InboundKind, Media
from app.integrations.twilio_inbound import InboundMessage, parse_stored
from app.models import Messenger

LINK_PREFIX = "ZG-"
"""What a deep link types for the person, before what it carries: nobody begins a message with it by themselves."""

STOP_WORDS = frozenset({"stop", "стоп", "тоқта", "токта"})
START_WORDS = frozenset({"start", "старт"})

_LINKED = re.compile(rf"{LINK_PREFIX}([A-Za-z0-9_-]{{1,64}})(?:\s|$)")
_PICTURES = frozenset({"image/jpeg", "image/png"})


def link(base: str, payload: str) -> str:
    """An address that opens our chat with a deep link typed; `base` is WHATSAPP_LINK_BASE."""
    return f"{base}{quote(LINK_PREFIX + payload, safe='')}"


def read(body: str) -> Inbound:
    """Read what the webhook stored. Raises ProviderProtocolError for what is no message of a person."""
    message = parse_stored(body)
    kind, payload = meaning_of(message)
    return Inbound(
        messenger=Messenger.WHATSAPP,
        address=message.phone,
        kind=kind,
        text="" if kind is InboundKind.PRESS else message.body,
        payload=payload,
        phone=message.phone,
        media=tuple(Media(url, kind_of_file) for url, kind_of_file in message.files),
    )


def meaning_of(message: InboundMessage) -> tuple[InboundKind, str]:
    """What was done, and what the pressed button or the link carries."""
    if message.pressed:
        return InboundKind.PRESS, message.pressed
    text = message.body.strip()
    word = (message.opt_out or text).strip(" .!«»\"'").casefold()
    linked = _LINKED.match(text)
    if message.files:
        are_pictures = all(kind in _PICTURES for _, kind in message.files)
        return (InboundKind.MEDIA if are_pictures else InboundKind.OTHER), ""
    if word in STOP_WORDS:
        return InboundKind.OPT_OUT, ""
    if word in START_WORDS:
        return InboundKind.OPT_IN, ""
    if linked is not None:
        return InboundKind.START, linked[1]
    return (InboundKind.TEXT if text else InboundKind.OTHER), ""
