"""Twilio's status callbacks: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status.

Signed as https://www.twilio.com/docs/usage/security#validating-requests says: HMAC-SHA1 with the account's token over
the address that we gave, and the form's names and values in the order of the names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.integrations.errors import ProviderProtocolError

HEADER = "X-Twilio-Signature"
PATH = "/twilio/status/"

ARRIVED = frozenset({"delivered", "read"})
LOST = frozenset({"undelivered", "failed"})


class StatusCallback(BaseModel):
    """What a callback says of one message; everything else in it (phones, texts) is left behind."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)
    sid: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9a-f]{32}$"), Field(alias="MessageSid")]
    status: Annotated[str, StringConstraints(pattern=r"^[a-z_-]{1,30}$"), Field(alias="MessageStatus")]
    error_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,10}$")] | None = Field(
        default=None, alias="ErrorCode"
    )

    reply: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}(\.[0-9a-f-]{36})?$")] | None = None
    """Which of our replies in a chat it is about, as the address says that we gave for it (app/jobs/followed.py)."""

    @property
    def is_final(self) -> bool:
        """Does it say what became of the message? Being queued, sending and sent are no news to who sent it."""
        return self.status in ARRIVED | LOST

    @property
    def event_id(self) -> str:
        """A message comes to each status once, however often that is told."""
        return f"{self.sid}:{self.status}"


def sign(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """The signature of a form that is sent to `url`."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def verify(token: str, url: str, form: Iterable[tuple[str, str]], signature: str | None) -> bool:
    """Did Twilio sign this form for this address?"""
    return signature is not None and hmac.compare_digest(sign(token, url, form).encode(), signature.encode())


def parse_form(form: Iterable[tuple[str, str]], *, reply: str | None = None) -> StatusCallback:
    """Read an authenticated form, and what its address says. Raises ProviderProtocolError."""
    return _parse(json.dumps({name: value for name, value in form if value} | {"reply": reply}))


def parse_stored(body: str) -> StatusCallback:
    """Read what `StatusCallback.model_dump_json` wrote. Raises ProviderProtocolError."""
    return _parse(body)


def _parse(document: str) -> StatusCallback:
    try:
        return StatusCallback.model_validate_json(document)
    except ValidationError:
        raise ProviderProtocolError("twilio: the callback is not about a message") from None
