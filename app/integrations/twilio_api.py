"""One account at Twilio's REST API: https://www.twilio.com/docs/messaging/api/message-resource.

Shared by SMS and WhatsApp. Twilio has no idempotency key for messages, so nothing is sent again from here: the caller
decides, knowing from the error whether the phone may already have got it. Plain httpx instead of the client of Twilio's
library, whose errors do not say that (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.integrations import http
from app.integrations.errors import AddressGone, ProviderProtocolError, ProviderRefused, ProviderUnavailable

MAX_BODY = 1600
"""Characters in one message; Twilio refuses more with 21617."""

_OUR_FAULT = frozenset(
    {"20003", "20005", "21603", "21606", "21611", "21659", "21660", "30001", "30002", "63007", "63018", "63038"}
)
"""Codes that blame our account, number or queue, not the recipient: no other channel is due, and it passes once someone
has seen to it (https://www.twilio.com/docs/api/errors)."""

BLOCKED = "63014"
"""The person has blocked us. It comes with a status callback, after the message was taken."""

GONE = frozenset({"21211", "21610", "63003", BLOCKED, "63024"})
"""Codes that say that this address takes nothing, whatever is said: no such number, opted out at Twilio, not on
WhatsApp, blocked."""


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    sid: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9a-f]{32}$")]


class TwilioAccount:
    """Creates messages. Safe to share between threads; make one in each process after it forked."""

    def __init__(self, *, base_url: str, account_sid: str, auth_token: str) -> None:
        self.resources = f"/2010-04-01/Accounts/{quote(account_sid, safe='')}"
        self.client = httpx.Client(
            base_url=base_url, auth=(account_sid, auth_token), timeout=http.TIMEOUT, trust_env=False, verify=http.tls()
        )

    def close(self) -> None:
        """Close the kept connections."""
        self.client.close()

    def create_message(self, form: Mapping[str, str]) -> str:
        """Hand a message over and return Twilio's id of it.

        Raises:
            ProviderUnavailable: temporary, or our own account's fault; obey `retry_after`, and with
                `outcome_unknown` the phone may already have got it.
            AddressGone: this address takes nothing.
            ProviderRefused: it will not be sent; `code` is Twilio's.
            ProviderProtocolError: the answer is not Twilio's; the phone may have got the message.
        """
        try:
            response = self.client.post(f"{self.resources}/Messages.json", data=dict(form))
        except httpx.TransportError as error:
            raise http.unavailable("twilio", error) from error
        check(response)
        try:
            return _Message.model_validate_json(response.content).sid
        except ValidationError:
            raise ProviderProtocolError("twilio: the answer is not a message") from None


def check(response: httpx.Response) -> None:
    """Return for a 2xx answer, raise the matching ProviderError for any other, by Twilio's own codes."""
    try:
        http.check("twilio", response)
    except ProviderRefused as error:
        if error.code in _OUR_FAULT:
            raise ProviderUnavailable(f"twilio refuses us: code {error.code}") from None
        if error.code in GONE:
            raise AddressGone(str(error), code=error.code) from None
        raise
