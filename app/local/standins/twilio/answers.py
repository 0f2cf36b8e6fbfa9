"""How Twilio's REST API says no, and how it knows who asks; errors carry Twilio's own codes.

The codes and their meanings: https://www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

import hmac

from flask import request
from flask.typing import ResponseReturnValue

from app.local.standins.desk import desk

_ERRORS = {
    20001: (400, "The request is invalid"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20504: (504, "Gateway Timeout"),
    21211: (400, "The 'To' number is not a valid phone number."),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21609: (400, "The StatusCallback URL is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit."),
    21619: (400, "A text message body or media urls must be specified."),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21654: (400, "ContentSid Required"),
    21655: (400, "The ContentSid is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21658: (400, "Parameter exceeded character limit"),
    21910: (400, "Invalid From and To pair. From and To should be of the same channel"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
}


def refuse(code: int, detail: str = "") -> ResponseReturnValue:
    """The error document for a code, with `detail` after Twilio's own words when there is some."""
    status, message = _ERRORS[code]
    document = {
        "code": code,
        "message": f"{message}: {detail}" if detail else message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return document, status, {"Retry-After": "1"} if status == 429 else {}


def is_authentic(account_sid: str | None = None) -> bool:
    """Did our account ask, and for itself? Some hosts of Twilio's do not name the account in the address."""
    settings, given = desk().settings, request.authorization
    if given is None or given.type != "basic":
        return False
    pair = f"{given.username}:{given.password}".encode()
    expected = f"{settings.twilio_account_sid}:{settings.twilio_auth_token}".encode()
    return hmac.compare_digest(pair, expected) and account_sid in {None, settings.twilio_account_sid}
