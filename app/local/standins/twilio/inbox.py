"""The phones: who got what, and the code in it large enough to read from the next desk."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.fault_views import add_fault_views
from app.local.standins.twilio import messages
from app.local.standins.twilio.faults import TwilioFaults

inbox = Blueprint("sms", __name__)
add_fault_views(inbox, TwilioFaults, page=".all_phones", path="/twilio/faults")


@inbox.get("/sms/")
def all_phones() -> ResponseReturnValue:
    """Conversations, the latest first, and the API's fault switches."""
    with desk().store.reading() as db:
        faults = switches.load(db, TwilioFaults)
        return render_template(
            "sms/inbox.html",
            conversations=messages.conversations(db),
            groups=switches.form_groups(faults),
            faults=faults,
        )


@inbox.get("/sms/<phone>")
def one_phone(phone: str) -> ResponseReturnValue:
    """One phone's messages."""
    number = f"+{phone.strip().removeprefix('+')}"
    with desk().store.reading() as db:
        return render_template("sms/thread.html", phone=number, messages=messages.thread(db, number))


@inbox.get("/sms/messages")
def message_list() -> ResponseReturnValue:
    """What was sent to a phone (or all of them), oldest first, for tests: [{sid, to, body, at, outcome}]."""
    phone = request.args.get("to")
    if phone is not None:
        phone = f"+{phone.strip().removeprefix('+')}"
    with desk().store.reading() as db:
        found = messages.thread(db, phone)
    return jsonify(
        [
            {
                "sid": sms.sid,
                "to": sms.recipient,
                "body": sms.body,
                "at": datetime.fromtimestamp(sms.at, UTC).isoformat(),
                "outcome": sms.outcome,
            }
            for sms in found
        ]
    )
