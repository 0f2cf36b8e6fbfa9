"""Twilio's Messages resource, as far as sending and asking after it goes: SMS here, WhatsApp in a room of its own."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.twilio import callbacks, messages
from app.local.standins.twilio.answers import is_authentic, refuse
from app.local.standins.twilio.faults import TwilioFaults
from app.local.standins.twilio.messages import Sms
from app.local.standins.twilio.whatsapp import messages as chat_messages
from app.local.standins.twilio.whatsapp import sending

api = Blueprint("twilio_api", __name__, url_prefix="/twilio/2010-04-01")

_PHONE = re.compile(r"\+(7[0-9]{10}|[1-689][0-9]{7,14})")

_URL = re.compile(r"https?://[!-~]{1,3990}")


@api.post("/Accounts/<account_sid>/Messages.json")
def create_message(account_sid: str) -> ResponseReturnValue:
    """Accept a message, or say in Twilio's way why not."""
    if sending.is_for_whatsapp(request.form):
        return sending.create_message(account_sid)
    with desk().store.reading() as db:
        faults = switches.load(db, TwilioFaults)
    form = request.form
    callback_url = form.get("StatusCallback", "")
    code = _error(account_sid, faults, form)
    if code is not None:
        return refuse(code)
    sms = messages.draft(
        sender=form["From"],
        recipient=form["To"],
        body=form["Body"],
        outcome=faults.delivery,
        now=clock.now().timestamp(),
    )

    def keep(db: sqlite3.Connection) -> None:
        messages.keep(db, sms)
        if callback_url:
            callbacks.announce(db, faults, sms, callback_url)

    desk().store.write_together(keep)
    return _answer(sms, account_sid, faults)


def _answer(sms: Sms, account_sid: str, faults: TwilioFaults) -> ResponseReturnValue:
    """The message was taken; say so, or late, or not at all, as the switches want it."""
    if faults.answer == "server_error_after":
        return refuse(20500)
    time.sleep(faults.slow_seconds)
    if faults.hang_seconds:
        time.sleep(faults.hang_seconds)
        return refuse(20504)
    return _describe(sms, account_sid, now=sms.at), 201


@api.get("/Accounts/<account_sid>/Messages/<sid>.json")
def message(account_sid: str, sid: str) -> ResponseReturnValue:
    """Tell what became of a message."""
    if not is_authentic(account_sid):
        return refuse(20003)
    with desk().store.reading() as db:
        sms, chat_message = messages.find(db, sid), chat_messages.find(db, sid)
    now = clock.now().timestamp()
    if sms is not None:
        return _describe(sms, account_sid, now=now)
    return refuse(20404) if chat_message is None else sending.describe(chat_message, now=now)


def _error(account_sid: str, faults: TwilioFaults, form: Mapping[str, str]) -> int | None:
    to, body, callback_url = (form.get(name, "") for name in ("To", "Body", "StatusCallback"))
    asked_of = {
        20003: not is_authentic(account_sid),
        20429: faults.answer == "too_many",
        20500: faults.answer == "server_error",
        21604: not to,
        21603: not form.get("From"),
        21602: not body,
        21211: not _PHONE.fullmatch(to),
        21617: len(body) > 1600,
        21609: bool(callback_url) and not _URL.fullmatch(callback_url),
        21610: faults.answer == "opted_out",
    }
    return next((code for code, is_wrong in asked_of.items() if is_wrong), None)


def _describe(sms: Sms, account_sid: str, *, now: float) -> dict[str, object]:
    status = sms.status(now)
    has_failed = status in {"undelivered", "failed"}
    at = format_datetime(datetime.fromtimestamp(sms.at, UTC))
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{sms.sid}"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": sms.body,
        "date_created": at,
        "date_sent": None,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": sms.error_code if has_failed else None,
        "error_message": None,
        "from": sms.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(-(-len(sms.body) // 67)),
        "price": None,
        "price_unit": "USD",
        "sid": sms.sid,
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": sms.recipient,
        "uri": f"{uri}.json",
    }
