"""What people write by WhatsApp, as Twilio's webhook tells it.

https://www.twilio.com/docs/messaging/guides/webhook-request. The signature is checked by Twilio's own library, as they
ask for: the fields are theirs to change. Only its validator is imported, which brings neither the REST client nor
aiohttp into a web process.
"""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from app.integrations.errors import ProviderProtocolError

PATH = "/whatsapp/webhook/"
LONGEST_TEXT = 4096
"""Characters that WhatsApp lets a person write."""
_MOST_FILES = 10


class InboundMessage(BaseModel):
    """One message of a person; everything else that Twilio tells (their name, our account) is left behind."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)
    sid: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9a-f]{32}$"), Field(alias="MessageSid")]
    sender: Annotated[str, StringConstraints(pattern=r"^whatsapp:\+[1-9][0-9]{7,14}$"), Field(alias="From")]
    body: Annotated[str, StringConstraints(max_length=LONGEST_TEXT), Field(alias="Body")] = ""
    button_payload: Annotated[str, StringConstraints(max_length=256), Field(alias="ButtonPayload")] = ""
    list_id: Annotated[str, StringConstraints(max_length=256), Field(alias="ListId")] = ""
    opt_out: Annotated[str, StringConstraints(max_length=20), Field(alias="OptOutType")] = ""
    """STOP or START, when Twilio itself keeps the list of who wants to hear from us."""
    files: tuple[tuple[str, str], ...] = ()
    """Address and media type of each."""

    @property
    def phone(self) -> str:
        """Whose it is (E.164)."""
        return self.sender.removeprefix("whatsapp:")

    @property
    def pressed(self) -> str:
        """What the pressed button carries; empty when none was pressed."""
        return self.button_payload or self.list_id


def is_signed(token: str, url: str, form: MultiDict[str, str], signature: str | None) -> bool:
    """Did Twilio sign this form for this address?"""
    return bool(signature) and bool(RequestValidator(token).validate(url, form, signature))


def parse_form(form: MultiDict[str, str]) -> InboundMessage:
    """Read an authenticated form. Raises ProviderProtocolError."""
    files = [
        (form[f"MediaUrl{number}"], form.get(f"MediaContentType{number}", ""))
        for number in range(_MOST_FILES)
        if f"MediaUrl{number}" in form
    ]
    given = {name: value for name, value in form.items() if value}
    given["Body"] = given.get("Body", "")[:LONGEST_TEXT]
    return _parse(json.dumps({**given, "files": files}))


def parse_stored(body: str) -> InboundMessage:
    """Read what `InboundMessage.model_dump_json` wrote. Raises ProviderProtocolError."""
    return _parse(body)


def _parse(document: str) -> InboundMessage:
    try:
        return InboundMessage.model_validate_json(document)
    except ValidationError:
        raise ProviderProtocolError("twilio: this is no message of a person") from None
