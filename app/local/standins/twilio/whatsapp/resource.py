"""Files of messages, as Twilio gives them to the business: with its account and token, by way of a redirect.

https://www.twilio.com/docs/messaging/api/media-resource; the place it leads to is open to whoever has the address.
"""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.local.standins.desk import desk
from app.local.standins.twilio.answers import is_authentic, refuse
from app.local.standins.twilio.whatsapp import media

resource = Blueprint("twilio_media", __name__, url_prefix="/twilio/2010-04-01")


@resource.get("/Accounts/<account_sid>/Messages/<message_sid>/Media/<sid>")
def show(account_sid: str, message_sid: str, sid: str) -> ResponseReturnValue:
    """Where the file is."""
    if not is_authentic(account_sid):
        return refuse(20003)
    with desk().store.reading() as db:
        is_there = sid in {known for known, _ in media.of_message(db, message_sid)}
    return redirect(url_for("whatsapp.show_media", sid=sid), 307) if is_there else refuse(20404)
