"""The phones for tests: what a person sees, and what a person does, as JSON."""

from __future__ import annotations

import base64
import binascii
import sqlite3
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.kit import clock
from app.local.standins.desk import desk
from app.local.standins.twilio.whatsapp import inbound, people
from app.local.standins.twilio.whatsapp.chat_view import chat
from app.local.standins.twilio.whatsapp.inbound import NotPossibleError
from app.local.standins.twilio.whatsapp.media import File
from app.local.standins.twilio.whatsapp.messages import Message
from app.local.standins.twilio.whatsapp.people import Person

hands = Blueprint("whatsapp_hands", __name__, url_prefix="/whatsapp/people")


@hands.get("/<phone>/messages")
def message_list(phone: str) -> ResponseReturnValue:
    """The chat's messages, oldest first; `post` says what the business answered to what the person wrote."""
    number = people.number(phone)
    if number is None:
        return _refuse("no such number", 404)
    with desk().store.reading() as db:
        return jsonify([bubble.to_json() for bubble in chat(db, number, now=clock.now().timestamp())])


@hands.post("/<phone>")
def act(phone: str) -> ResponseReturnValue:
    """Do what `do` says: text, press, file, block, unblock, opt_out, opt_in, jump, name.

    `{"do": "text", "text": …}`, `{"do": "press", "button": <id or title>, "under": <sid, or the latest one>}`,
    `{"do": "file", "content_type": …, "content": <base64>, "text": <caption>}`, `{"do": "name", "name": …}`.
    Answers 201 with the `sid` of what was written, 200 with the person, or 409 when the phone does not let one.
    """
    number, order = people.number(phone), request.get_json(silent=True)
    if number is None or not isinstance(order, dict):
        return _refuse("no such number, or no JSON object", 400)
    try:
        with desk().store.writing() as db:
            done = _do(db, number, order)
    except NotPossibleError as error:
        return _refuse(str(error), 409)
    except (KeyError, TypeError, binascii.Error) as error:
        return _refuse(f"not understood: {error!r}", 400)
    desk().whatsapp_courier.wake()
    if isinstance(done, Message):
        return {"sid": done.sid}, 201
    return {"phone": done.phone, "name": done.name, "seconds_left": done.seconds_left(clock.now().timestamp())}


def _do(db: sqlite3.Connection, phone: str, order: dict[str, Any]) -> Message | Person:
    line, now = desk().line, clock.now().timestamp()
    match order["do"]:
        case "text":
            return inbound.write(db, line, phone, order["text"], now=now)
        case "press":
            return inbound.press(db, line, phone, order["button"], under=order.get("under"), now=now)
        case "file":
            file = File(order["content_type"], base64.b64decode(order["content"], validate=True))
            return inbound.send_file(db, line, phone, file, order.get("text", ""), now=now)
        case "name":
            return inbound.rename(db, phone, order["name"])
        case what:
            return inbound.change(db, phone, str(what))


def _refuse(message: str, status: int) -> ResponseReturnValue:
    return {"code": "refused", "message": message}, status
