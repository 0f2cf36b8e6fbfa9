"""Telegram's updates as events of a conversation."""

from __future__ import annotations

import re

from app.channels.inbound import Inbound, InboundKind, Media
from app.integrations.telegram.updates import CallbackQuery, MemberChange, Message, Update, parse_update
from app.kit.phone import PhoneError, parse_phone
from app.models import Messenger

_START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<payload>[A-Za-z0-9_-]{1,64}))?\s*", re.IGNORECASE)
LONGEST_TEXT = 4096
"""Characters that a person can write in one message."""


def inbound_of(body: str) -> Inbound | None:
    """The event in an update; None for what is not for us. Raises ProviderProtocolError for nonsense."""
    update = parse_update(body)
    if update.chat_id is None:
        return None
    address = str(update.chat_id)
    if update.message is not None:
        return _written(address, update.message)
    if update.callback_query is not None:
        return _pressed(address, update.callback_query)
    return _moved(address, update)


def _written(address: str, message: Message) -> Inbound:
    sender = message.from_
    language = _language(sender.language_code if sender is not None else None)
    if message.text is not None:
        start = _START.fullmatch(message.text)
        if start is not None:
            payload = start["payload"] or ""
            return Inbound(Messenger.TELEGRAM, address, InboundKind.START, payload=payload, language=language)
        text = message.text[:LONGEST_TEXT]
        return Inbound(Messenger.TELEGRAM, address, InboundKind.TEXT, text=text, language=language)
    if message.contact is not None:
        is_own = sender is not None and message.contact.user_id == sender.id
        if not is_own:
            return Inbound(Messenger.TELEGRAM, address, InboundKind.FOREIGN_CONTACT, language=language)
        return _contact(address, message.contact.phone_number, language)
    media = _media(message)
    kind = InboundKind.MEDIA if media else InboundKind.OTHER
    return Inbound(Messenger.TELEGRAM, address, kind, text=message.caption, language=language, media=media)


def _contact(address: str, number: str, language: str | None) -> Inbound:
    """The person's own number; one that no message can be sent to is passed on as typed text is, to be refused."""
    kind, text = InboundKind.CONTACT, ""
    try:  # Telegram leaves the + out
        phone = parse_phone(number if number.startswith("+") else f"+{number}")
    except PhoneError:
        phone, text = None, number
    return Inbound(Messenger.TELEGRAM, address, kind, text=text, phone=phone, language=language)


def _media(message: Message) -> tuple[Media, ...]:
    if message.photo:
        return (Media(message.photo[-1].file_id, "image/jpeg"),)
    if message.document is not None and message.document.mime_type.startswith("image/"):
        return (Media(message.document.file_id, message.document.mime_type),)
    return ()


def _pressed(address: str, press: CallbackQuery) -> Inbound | None:
    if press.message is None or press.data is None:
        return None
    return Inbound(
        Messenger.TELEGRAM,
        address,
        InboundKind.PRESS,
        payload=press.data,
        language=_language(press.from_.language_code),
        message_id=str(press.message.message_id),
        press_id=press.id,
    )


def _moved(address: str, update: Update) -> Inbound | None:
    """Blocking closes the chat. Unblocking says nothing: whoever comes back writes or presses START."""
    change: MemberChange | None = update.my_chat_member
    if change is None or change.new_chat_member.status not in {"kicked", "left"}:
        return None
    return Inbound(Messenger.TELEGRAM, address, InboundKind.BLOCKED)


def _language(code: str | None) -> str | None:
    return code.split("-")[0].lower() if code else None
