"""The phones: who got what, and the code in it large enough to read from the next desk."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.twilio import messages
from app.local.standins.twilio.faults import TwilioFaults

inbox = Blueprint("sms", __name__)


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


@inbox.get("/twilio/faults")
def show_faults() -> ResponseReturnValue:
    """The switches as JSON."""
    with desk().store.reading() as db:
        return switches.load(db, TwilioFaults).model_dump()


@inbox.put("/twilio/faults")
def put_faults() -> ResponseReturnValue:
    """Replace the switches; what is not named is off."""
    try:
        faults = TwilioFaults.model_validate_json(request.get_data())
    except ValidationError as error:
        return {"code": "bad_request", "message": str(error)}, 400
    with desk().store.writing() as db:
        switches.save(db, faults)
    return faults.model_dump()


@inbox.post("/twilio/faults")
def submit_faults() -> ResponseReturnValue:
    """The inbox's form: set the switches, or put all of them back."""
    try:
        faults = TwilioFaults() if "reset" in request.form else switches.from_form(TwilioFaults, request.form)
    except ValidationError:
        abort(400)
    with desk().store.writing() as db:
        switches.save(db, faults)
    return redirect(url_for(".all_phones"), 303)
