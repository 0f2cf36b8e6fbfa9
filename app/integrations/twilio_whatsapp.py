"""WhatsApp over Twilio's REST API: https://www.twilio.com/docs/whatsapp/api.

A message that Twilio took may still fail, which a status callback tells: outside the 24 hours (63016), blocked by the
person (63014). Numbers are E.164 here; the prefix of the channel is put before them on the wire.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import httpx

from app.integrations import http
from app.integrations.errors import ProviderProtocolError, ProviderRefused
from app.integrations.twilio_api import MAX_BODY, TwilioAccount, check

PREFIX = "whatsapp:"
MAX_MEDIA = 16 * 1024 * 1024
"""Bytes of the largest file that WhatsApp carries."""

_FILE_HOSTS = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")
"""Where Twilio's media resource sends one for the file itself."""


class TwilioWhatsApp:
    """Sends from one number. Safe to share between threads; make one in each process after it forked."""

    def __init__(
        self, *, base_url: str, account_sid: str, auth_token: str, sender: str, status_callback: str | None = None
    ) -> None:
        self._account = TwilioAccount(base_url=base_url, account_sid=account_sid, auth_token=auth_token)
        self._media_prefix = f"{base_url.rstrip('/')}{self._account.resources}/"
        self._sender = f"{PREFIX}{sender}"
        self._callback = status_callback

    def close(self) -> None:
        """Close the kept connections."""
        self._account.close()

    def send_text(self, to: str, body: str, *, media_url: str | None = None, told: str | None = None) -> str:
        """Send free text, or a picture that Twilio fetches from `media_url` with it; Twilio's id of the message.

        The message's fate is told to our status callback unless `told` is None, with `told` as the callback's `reply`
        (app/integrations/twilio_status.py) unless it is empty. Raises as `TwilioAccount.create_message`, and ValueError
        for a body that is longer than `MAX_BODY`, or empty without a picture.
        """
        if len(body) > MAX_BODY or not (body or media_url):
            raise ValueError(f"a message has 1 to {MAX_BODY} characters, or a picture")
        form = {name: value for name, value in (("Body", body), ("MediaUrl", media_url)) if value}
        return self._create(to, form, told=told)

    def send_content(self, to: str, sid: str, variables: Mapping[str, str], *, told: str | None = None) -> str:
        """Send a content that is written down at Twilio, with these values; Twilio's id of the message.

        A value is one line and not empty. Raises as `send_text` (21655: there is no such content).
        """
        form = {"ContentSid": sid, "ContentVariables": json.dumps(dict(variables), ensure_ascii=False)}
        return self._create(to, form, told=told)

    def fetch(self, url: str) -> bytes:
        """A file that a person sent. Our credentials go to Twilio alone, whoever wrote the address.

        Raises ProviderRefused for an address elsewhere (`foreign_media`), a file that is too large
        (`media_too_large`) or is not there any more, ProviderUnavailable, ProviderProtocolError.
        """
        if not url.startswith(self._media_prefix):
            raise ProviderRefused("twilio: the file is not at Twilio's", code="foreign_media")
        try:
            with self._account.client.stream("GET", url, timeout=http.FILE_TIMEOUT) as response:
                if not response.is_redirect:
                    return _content_of(response)
                target = str(response.next_request.url) if response.next_request is not None else ""
            if not self._may_hold_files(target):
                raise ProviderProtocolError("twilio: the file is said to be somewhere else")
            with httpx.stream("GET", target, timeout=http.FILE_TIMEOUT, trust_env=False) as response:
                return _content_of(response)
        except httpx.TransportError as error:
            raise http.unavailable("twilio", error) from error

    def _may_hold_files(self, url: str) -> bool:
        """Is it one of Twilio's own stores, or the host that we ask anyway?"""
        parts = urlsplit(url)
        is_same = parts[:2] == urlsplit(self._media_prefix)[:2]
        return is_same or (parts.scheme == "https" and (parts.hostname or "").endswith(_FILE_HOSTS))

    def _create(self, to: str, form: Mapping[str, str], *, told: str | None) -> str:
        callback = {}
        if told is not None and self._callback is not None:
            callback = {"StatusCallback": f"{self._callback}?{urlencode({'reply': told})}" if told else self._callback}
        return self._account.create_message({"From": self._sender, "To": f"{PREFIX}{to}", **form, **callback})


def _content_of(response: httpx.Response) -> bytes:
    if not response.is_success:
        response.read()
        check(response)
    return http.file_of("twilio", response, most_bytes=MAX_MEDIA, too_large="media_too_large")
