"""SMS over Twilio's REST API: https://www.twilio.com/docs/messaging/api/message-resource.

Twilio has no idempotency key for messages, so nothing is sent again from here: the caller decides, knowing from the
error whether the phone may already have got it.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.integrations import http
from app.integrations.errors import ProviderProtocolError

MAX_BODY = 1600
"""Characters in one message; Twilio refuses more with 21617."""


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    sid: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9a-f]{32}$")]


class TwilioSms:
    """Sends SMS from one number. Safe to share between threads; make one in each process after it forked."""

    def __init__(self, *, base_url: str, account_sid: str, auth_token: str, sender: str) -> None:
        self._sender = sender
        self._path = f"/2010-04-01/Accounts/{quote(account_sid, safe='')}/Messages.json"
        self._client = httpx.Client(
            base_url=base_url,
            auth=(account_sid, auth_token),
            timeout=http.TIMEOUT,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def send(self, to: str, body: str) -> str:
        """Hand a message over for `to` (E.164) and return Twilio's id of it.

        Raises:
            ProviderUnavailable: temporary; obey `retry_after`, and with `outcome_unknown` the phone may
                already have got it.
            ProviderRefused: permanent for this number or account; `code` is Twilio's (21211: no such number,
                21610: the owner opted out, 20003: our credentials are wrong).
            ProviderProtocolError: the answer is not Twilio's; the phone may have got the message.
            ValueError: the body is empty or longer than `MAX_BODY` characters.
        """
        if not 1 <= len(body) <= MAX_BODY:
            raise ValueError(f"a message has 1 to {MAX_BODY} characters")
        try:
            response = self._client.post(self._path, data={"To": to, "From": self._sender, "Body": body})
        except httpx.TransportError as error:
            raise http.unavailable("twilio", error) from error
        http.check("twilio", response)
        try:
            return _Message.model_validate_json(response.content).sid
        except ValidationError:
            raise ProviderProtocolError("twilio: the answer is not a message") from None
