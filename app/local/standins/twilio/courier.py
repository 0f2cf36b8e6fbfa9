"""The thread that tells senders what became of their messages.

Whatever it has not sent is a row, so the next start goes on where this one stopped.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import sqlite3
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.store import Store
from app.local.standins.twilio import callbacks
from app.local.standins.twilio.callbacks import StatusCallback
from app.local.standins.twilio.faults import TwilioFaults

_TICK = 0.1
_AT_ONCE = 8

log = logging.getLogger(__name__)


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature (twilio.com/docs/usage/security): base64 of HMAC-SHA1 over the URL and the sorted form."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class SmsCourier(threading.Thread):
    """Runs beside the web application until the process ends."""

    def __init__(self, store: Store, *, account_sid: str, auth_token: str) -> None:
        super().__init__(name="sms-courier", daemon=True)
        self._store = store
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._in_flight: set[str] = set()
        self._client = httpx.Client(timeout=httpx.Timeout(10, connect=3), trust_env=False)
        self._pause = threading.Event()

    def run(self) -> None:
        """Work until the process ends."""
        with ThreadPoolExecutor(_AT_ONCE, "sms-callback") as pool:
            while not self._pause.wait(_TICK):
                try:
                    for sid, due in self._due().items():
                        self._in_flight.add(sid)
                        pool.submit(self._tell, sid, due)
                except sqlite3.Error:
                    log.exception("the stand-ins' state cannot be read; trying again")

    def _due(self) -> dict[str, list[StatusCallback]]:
        """What is due, by message: the statuses of one message must not overtake each other."""
        with self._store.reading() as db:
            found = callbacks.waiting(db, now=clock.now().timestamp())
        due: dict[str, list[StatusCallback]] = {}
        for callback in found:
            if callback.sid not in self._in_flight:
                due.setdefault(callback.sid, []).append(callback)
        return due

    def _tell(self, sid: str, due: list[StatusCallback]) -> None:
        try:
            for callback in due:
                self._deliver(callback)
        except sqlite3.Error:
            log.exception("status callbacks of %s were sent but could not be noted; they will be sent again", sid)
        finally:
            self._in_flight.discard(sid)

    def _deliver(self, callback: StatusCallback) -> None:
        was_taken, answer = self._post(callback)

        def note(db: sqlite3.Connection) -> None:
            callbacks.record(db, callback, was_taken=was_taken, answer=answer)

        self._store.write_together(note)

    def _post(self, callback: StatusCallback) -> tuple[bool, str]:
        with self._store.reading() as db:
            is_forged = switches.load(db, TwilioFaults).callback_forged
        form = self._form(callback)
        token = secrets.token_hex() if is_forged else self._auth_token
        headers = {"X-Twilio-Signature": signature(token, callback.url, form), "User-Agent": "TwilioProxy/1.1"}
        try:
            response = self._client.post(callback.url, data=form, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return False, f"нет ответа ({type(error).__name__})"
        return response.is_success, f"HTTP {response.status_code}"

    def _form(self, callback: StatusCallback) -> dict[str, str]:
        form = {
            "AccountSid": self._account_sid,
            "ApiVersion": "2010-04-01",
            "From": callback.sender,
            "MessageSid": callback.sid,
            "MessageStatus": callback.status,
            "SmsSid": callback.sid,
            "SmsStatus": callback.status,
            "To": callback.recipient,
        }
        has_failed = callback.status in {"undelivered", "failed"}
        return form | ({"ErrorCode": str(callback.error_code)} if has_failed else {})
