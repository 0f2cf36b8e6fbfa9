"""Twilio's Messages resource for `whatsapp:` addresses: https://www.twilio.com/docs/whatsapp/api.

What the request itself gets wrong is refused at once; everything about the person and the channel (the 24 hours, a
block, a picture that cannot be had) shows only later, as a message that failed.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from flask import request
from flask.typing import ResponseReturnValue

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.twilio.answers import is_authentic, refuse
from app.local.standins.twilio.whatsapp import contents, media, messages, people, posts
from app.local.standins.twilio.whatsapp.contents import VariablesError
from app.local.standins.twilio.whatsapp.faces import LONGEST_TEXT, Face, fault_of, needs_approval
from app.local.standins.twilio.whatsapp.faults import WhatsAppFaults
from app.local.standins.twilio.whatsapp.media import File, MediaError
from app.local.standins.twilio.whatsapp.messages import Message, Outcome
from app.local.standins.twilio.whatsapp.people import Person

PREFIX = "whatsapp:"

OUTSIDE_THE_WINDOW = 63016
BLOCKED = 63014
NOT_FREE = 63005
NOT_SHOWN = 63021
_BY_SWITCH: Mapping[str, int | None] = {"read": None, "delivered": None, "undelivered": 63049, "failed": 63024}

_URL = re.compile(r"https?://[!-~]{1,3990}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_CONTENT = re.compile(r"HX[0-9a-f]{32}")
_UNFIT = re.compile(r"[\n\t]| {5,}")


class _RefusalError(Exception):
    """Twilio's code, and details for whoever reads the answer."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class _Order:
    """A request that is in order."""

    phone: str
    face: Face
    callback: str


def is_for_whatsapp(form: Mapping[str, str]) -> bool:
    """Is one end of the message on WhatsApp?"""
    return form.get("To", "").startswith(PREFIX) or form.get("From", "").startswith(PREFIX)


def create_message(account_sid: str) -> ResponseReturnValue:
    """Accept a message, or say in Twilio's way why not."""
    now = clock.now().timestamp()
    with desk().store.reading() as db:
        faults = switches.load(db, WhatsAppFaults)
        try:
            order = _read(db, account_sid, faults, now=now)
        except _RefusalError as refusal:
            return refuse(refusal.code, refusal.detail)
        person = people.find(db, order.phone)
    if person.has_opted_out:
        return refuse(21610)
    message, files = _fate(order, person, faults, now=now)

    def keep(db: sqlite3.Connection) -> None:
        messages.keep(db, message)
        for file in files:
            media.keep(db, message.sid, file)
        if order.callback:
            posts.announce_fate(db, faults, message, order.callback, _status_form(message))

    desk().store.write_together(keep)
    return _answer(message, faults)


def describe(message: Message, *, now: float) -> dict[str, object]:
    """The Message resource; `now` decides how far it has come."""
    settings = desk().settings
    ends = [f"{PREFIX}{settings.whatsapp_number}", f"{PREFIX}{message.phone}"]
    sender, recipient = reversed(ends) if message.is_from_person else ends
    status = message.status(now)
    at = format_datetime(datetime.fromtimestamp(message.at, UTC))
    uri = f"/2010-04-01/Accounts/{settings.twilio_account_sid}/Messages/{message.sid}"
    return {
        "account_sid": settings.twilio_account_sid,
        "api_version": "2010-04-01",
        "body": message.face.body,
        "date_created": at,
        "date_sent": None if status == "queued" else at,
        "date_updated": at,
        "direction": "inbound" if message.is_from_person else "outbound-api",
        "error_code": message.error_code if status in {"undelivered", "failed"} else None,
        "error_message": None,
        "from": sender,
        "messaging_service_sid": None,
        "num_media": "1" if message.sid.startswith("MM") else "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": recipient,
        "uri": f"{uri}.json",
    }


def _answer(message: Message, faults: WhatsAppFaults) -> ResponseReturnValue:
    if faults.answer == "server_error_after":
        return refuse(20500)
    time.sleep(faults.slow_seconds)
    if faults.hang_seconds:
        time.sleep(faults.hang_seconds)
        return refuse(20504)
    return describe(message, now=message.at), 201


def _read(db: sqlite3.Connection, account_sid: str, faults: WhatsAppFaults, *, now: float) -> _Order:
    """Make out what is to be sent. Raises _RefusalError."""
    form = request.form
    to, sender, callback = (form.get(name, "") for name in ("To", "From", "StatusCallback"))
    phone = to.removeprefix(PREFIX)
    has_service = bool(_SERVICE.fullmatch(form.get("MessagingServiceSid", "")))
    wrong = {
        20003: not is_authentic(account_sid),
        20429: faults.answer == "too_many",
        20500: faults.answer == "server_error",
        21604: not to,
        21603: not sender and not has_service,
        21910: not to.startswith(PREFIX) or (bool(sender) and not sender.startswith(PREFIX)),
        63007: bool(sender) and sender != f"{PREFIX}{desk().settings.whatsapp_number}",
        21211: not people.PHONE.fullmatch(phone),
        21609: bool(callback) and not _URL.fullmatch(callback),
        21610: faults.answer == "opted_out",
    }
    code = next((code for code, is_wrong in wrong.items() if is_wrong), None)
    if code is not None:
        raise _RefusalError(code)
    return _Order(phone, _content_face(db, now=now) if form.get("ContentSid") else _plain_face(), callback)


def _plain_face() -> Face:
    form = request.form
    body, urls = form.get("Body", ""), tuple(form.getlist("MediaUrl"))
    wrong = {
        21654: "ContentVariables" in form,
        21619: not body and not urls,
        21617: len(body) > LONGEST_TEXT,
        21623: len(urls) > 1,
        21620: not all(_URL.fullmatch(url) for url in urls),
    }
    code = next((code for code, is_wrong in wrong.items() if is_wrong), None)
    if code is not None:
        raise _RefusalError(code)
    return Face(kind="media" if urls else "text", body=body, media=urls)


def _content_face(db: sqlite3.Connection, *, now: float) -> Face:
    sid = request.form["ContentSid"]
    content = contents.find(db, sid) if _CONTENT.fullmatch(sid) else None
    if content is None:
        raise _RefusalError(21655)
    try:
        return content.face(_variables(), now=now)
    except VariablesError as error:
        raise _RefusalError(21656, str(error)) from None


def _variables() -> dict[str, str]:
    """ContentVariables: a JSON object of texts, none empty, none with line breaks, tabs or more than four spaces."""
    given = request.form.get("ContentVariables") or "{}"
    try:
        values = json.loads(given)
    except ValueError:
        raise _RefusalError(21656, "not JSON") from None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise _RefusalError(21656, "not an object of strings")
    for name, value in values.items():
        if not value or _UNFIT.search(value):
            raise _RefusalError(21656, f"variable {name!r} is empty or has line breaks, tabs or more than four spaces")
        if len(value) > LONGEST_TEXT:
            raise _RefusalError(21658, f"variable {name!r}")
    return values


def _fate(order: _Order, person: Person, faults: WhatsAppFaults, *, now: float) -> tuple[Message, list[File]]:
    """The message with what becomes of it, and the files that go with it."""
    files: list[File] = []
    code = _hindrance(order.face, person, now=now)
    if code is None:
        try:
            files = [media.fetch(url) for url in order.face.media]
        except MediaError as error:
            code = error.code
    outcome: Outcome = faults.delivery if code is None else "failed"
    message = messages.draft(
        order.face.model_copy(update={"media": ()}),
        phone=order.phone,
        direction="to_person",
        now=now,
        outcome=outcome,
        error_code=_BY_SWITCH[outcome] if code is None else code,
        has_media=bool(order.face.media),
    )
    return message, files


def _hindrance(face: Face, person: Person, *, now: float) -> int | None:
    """Why the message will not reach the person, as Twilio's code; None when it will."""
    is_open = person.seconds_left(now) > 0
    wrong = {
        BLOCKED: person.is_blocking,
        OUTSIDE_THE_WINDOW: not is_open and not face.is_template,
        NOT_SHOWN: fault_of(face) is not None,
        NOT_FREE: not face.is_template and needs_approval(face),
    }
    return next((code for code, is_so in wrong.items() if is_so), None)


def _status_form(message: Message) -> dict[str, str]:
    settings = desk().settings
    return {
        "AccountSid": settings.twilio_account_sid,
        "ApiVersion": "2010-04-01",
        "ChannelPrefix": "whatsapp",
        "From": f"{PREFIX}{settings.whatsapp_number}",
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "To": f"{PREFIX}{message.phone}",
    }
