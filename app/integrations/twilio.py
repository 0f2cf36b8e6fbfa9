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
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable

MAX_BODY = 1600
"""Characters in one message; Twilio refuses more with 21617."""


_OUR_FAULT = frozenset({"20003", "20005", "21603", "21606", "21611", "21659", "21660", "30001", "30002", "63038"})
"""Codes that blame our account, number or queue, not the recipient: no other channel is due, and it passes once someone
has seen to it (https://www.twilio.com/docs/api/errors)."""


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")
    sid: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9a-f]{32}$")]


class TwilioSms:
    """Sends SMS from one number. Safe to share between threads; make one in each process after it forked."""

    def __init__(
        self, *, base_url: str, account_sid: str, auth_token: str, sender: str, status_callback: str | None = None
    ) -> None:
        self._fixed = {"From": sender} | ({} if status_callback is None else {"StatusCallback": status_callback})
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
            ProviderUnavailable: temporary, or our own account's fault; obey `retry_after`, and with
                `outcome_unknown` the phone may already have got it.
            ProviderRefused: permanent for this number; `code` is Twilio's (21211: no such number, 21610: the owner
                opted out).
            ProviderProtocolError: the answer is not Twilio's; the phone may have got the message.
            ValueError: the body is empty or longer than `MAX_BODY` characters.
        """
        if not 1 <= len(body) <= MAX_BODY:
            raise ValueError(f"a message has 1 to {MAX_BODY} characters")
        try:
            response = self._client.post(self._path, data={**self._fixed, "To": to, "Body": body})
        except httpx.TransportError as error:
            raise http.unavailable("twilio", error) from error
        try:
            http.check("twilio", response)
        except ProviderRefused as error:
            if error.code in _OUR_FAULT:
                raise ProviderUnavailable(f"twilio refuses us: code {error.code}") from None
            raise
        try:
            return _Message.model_validate_json(response.content).sid
        except ValidationError:
            raise ProviderProtocolError("twilio: the answer is not a message") from None
