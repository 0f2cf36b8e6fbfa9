"""What people do on their phones, as Twilio tells it to the business.

Parameters: https://www.twilio.com/docs/messaging/guides/webhook-request.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.local.standins import faults as switches
from app.local.standins.settings import StandInSettings
from app.local.standins.twilio.whatsapp import media, messages, people, posts
from app.local.standins.twilio.whatsapp.faces import LONGEST_TEXT, Face, Option
from app.local.standins.twilio.whatsapp.faults import WhatsAppFaults
from app.local.standins.twilio.whatsapp.media import File
from app.local.standins.twilio.whatsapp.messages import Message
from app.local.standins.twilio.whatsapp.people import Person

JUMP = 25 * 3600.0
"""Seconds that pass when a person says so: the 24 hours are over then."""


class NotPossibleError(ValueError):
    """The phone does not let one do this; the message says why."""


@dataclass(frozen=True)
class Line:
    """Where Twilio delivers: the account, its WhatsApp number, its webhook, and the stand-ins' own address."""

    account_sid: str
    number: str
    webhook: str
    address: str

    @classmethod
    def of(cls, settings: StandInSettings, *, address: str) -> Line:
        """By the settings; `address` is the stand-ins' as the business sees it."""
        return cls(settings.twilio_account_sid, settings.whatsapp_number, settings.whatsapp_webhook_url, address)


def write(db: sqlite3.Connection, line: Line, phone: str, text: str, *, now: float) -> Message:
    """Send a text. Raises NotPossibleError."""
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise NotPossibleError(f"В сообщении от 1 до {LONGEST_TEXT} знаков.")
    message = messages.draft(Face(body=text), phone=phone, direction="from_person", now=now)
    return _send(db, line, message, {"MessageType": "text"})


def send_file(db: sqlite3.Connection, line: Line, phone: str, file: File, caption: str, *, now: float) -> Message:
    """Send a picture or another file. Raises NotPossibleError."""
    try:
        media.check(file)
    except media.MediaError:
        raise NotPossibleError("WhatsApp отправляет JPEG, PNG, PDF, MP4, OGG и MP3 до 5 МБ.") from None
    face = Face(kind="media", body=caption.strip()[:LONGEST_TEXT])
    message = messages.draft(face, phone=phone, direction="from_person", now=now, has_media=True)
    kind = file.content_type.partition("/")[0]
    return _send(db, line, message, {"MessageType": "document" if kind == "application" else kind}, file)


def press(db: sqlite3.Connection, line: Line, phone: str, button: str, *, under: str | None, now: float) -> Message:
    """Press a quick reply or an item of a list by its id or title: of the message `under`, else of the latest one.

    Raises NotPossibleError: nobody offered that.
    """
    for offered in reversed(messages.chat(db, phone)):
        if offered.is_from_person or not offered.is_on_the_phone or under not in {None, offered.sid}:
            continue
        for option in offered.face.options:
            if option.kind in {"reply", "item"} and button in {option.id, option.title}:
                return _answer_by(db, line, offered, option, now=now)
    raise NotPossibleError("Такой кнопки в чате нет.")


def _answer_by(db: sqlite3.Connection, line: Line, offered: Message, option: Option, *, now: float) -> Message:
    face = Face(body=option.title, replied_sid=offered.sid)
    message = messages.draft(face, phone=offered.phone, direction="from_person", now=now)
    chosen = {"OriginalRepliedMessageSid": offered.sid, "OriginalRepliedMessageSender": f"whatsapp:{line.number}"}
    if option.kind == "item":
        chosen |= {"MessageType": "interactive", "ListId": option.id, "ListTitle": option.title}
        chosen |= {"ListDescription": option.description} if option.description else {}
    else:
        # A template's button is a message of its own kind, and its id is its title when it has none.
        kind = "button" if offered.face.is_template else "interactive"
        chosen |= {"MessageType": kind, "ButtonText": option.title, "ButtonPayload": option.id or option.title}
    return _send(db, line, message, chosen)


def _send(
    db: sqlite3.Connection, line: Line, message: Message, extra: Mapping[str, str], file: File | None = None
) -> Message:
    """Put it in the chat, open the window, and have the business told."""
    person = people.find(db, message.phone)
    if person.is_blocking:
        raise NotPossibleError("Компания заблокирована: сначала разблокируйте её.")
    people.keep(db, replace(person, wrote_at=message.at))
    messages.keep(db, message)
    form = {**_form(line, person, message), **extra}
    if file is not None:
        sid = media.keep(db, message.sid, file)
        path = f"/twilio/2010-04-01/Accounts/{line.account_sid}/Messages/{message.sid}/Media/{sid}"
        form |= {"NumMedia": "1", "MediaUrl0": f"{line.address}{path}", "MediaContentType0": file.content_type}
    posts.announce_inbound(db, switches.load(db, WhatsAppFaults), message, line.webhook, form)
    return message


def _form(line: Line, person: Person, message: Message) -> dict[str, str]:
    digits = person.phone.removeprefix("+")
    context = {"ProfileName": person.name, "WaId": digits}
    return {
        "AccountSid": line.account_sid,
        "ApiVersion": "2010-04-01",
        "Body": message.face.body,
        "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": context}}, ensure_ascii=False),
        "From": f"whatsapp:{person.phone}",
        "MessageSid": message.sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": person.name,
        "ReferralNumMedia": "0",
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": f"whatsapp:{line.number}",
        "WaId": digits,
    }


def change(db: sqlite3.Connection, phone: str, what: str) -> Person:
    """Block the business or not, leave its list at Twilio or return, let 25 hours pass. Raises NotPossibleError."""
    person = people.find(db, phone)
    if what in {"block", "unblock"}:
        person = replace(person, is_blocking=what == "block")
    elif what in {"opt_out", "opt_in"}:
        person = replace(person, has_opted_out=what == "opt_out")
    elif what == "jump":
        person = replace(person, wrote_at=None if person.wrote_at is None else person.wrote_at - JUMP)
    else:
        raise NotPossibleError("Такого телефон не умеет.")
    people.keep(db, person)
    return person


def rename(db: sqlite3.Connection, phone: str, name: str) -> Person:
    """Call the person by another name, which is the ProfileName of what they write from now on."""
    person = people.find(db, phone)
    renamed = replace(person, name=name.strip()[:60] or person.name)
    people.keep(db, renamed)
    return renamed
