"""The thread that tells senders what became of their messages.

Whatever it has not sent is a row, so the next start goes on where this one stopped.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import logging
import secrets
import sqlite3
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.store import Store
from app.local.standins.twilio import callbacks
from app.local.standins.twilio.callbacks import StatusCallback
from app.local.standins.twilio.faults import TwilioFaults
from app.local.standins.twilio.post import FormPoster

_TICK = 0.1
_AT_ONCE = 8

log = logging.getLogger(__name__)


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature (twilio.com/docs/usage/security): base64 of HMAC-SHA1 over the URL and the sorted form."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass(frozen=True)
class _Told:
    """One delivery that was tried."""

    callback: StatusCallback
    was_taken: bool
    answer: str


class SmsCourier(threading.Thread):
    """Runs beside the web application until the process ends."""

    def __init__(self, store: Store, *, account_sid: str, auth_token: str) -> None:
        super().__init__(name="sms-courier", daemon=True)
        self._store = store
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._in_flight: set[str] = set()
        self._told: deque[list[_Told]] = deque()
        self._poster = FormPoster()
        self._pause = threading.Event()

    def run(self) -> None:
        """Work until the process ends."""
        with ThreadPoolExecutor(_AT_ONCE, "sms-callback") as pool:
            while not self._pause.wait(_TICK):
                try:
                    self._note_what_was_told()
                    faults, due = self._due()
                except sqlite3.Error:
                    log.exception("the stand-ins' state cannot be used; trying again")
                    continue
                token = secrets.token_hex() if faults.callback_forged else self._auth_token
                for sid, callbacks_of_one in due.items():
                    self._in_flight.add(sid)
                    pool.submit(self._tell, callbacks_of_one, token)

    def _note_what_was_told(self) -> None:
        """Write down a whole tick's deliveries at once; a kill before that repeats them."""
        told = [self._told.popleft() for _ in range(len(self._told))]
        if not told:
            return
        try:
            with self._store.writing() as db:
                for one in (one for group in told for one in group):
                    callbacks.record(db, one.callback, was_taken=one.was_taken, answer=one.answer)
        except sqlite3.Error:
            self._told.extendleft(reversed(told))
            raise
        self._in_flight.difference_update(group[0].callback.sid for group in told)

    def _due(self) -> tuple[TwilioFaults, dict[str, list[StatusCallback]]]:
        """The switches, and what is due by message: the statuses of one message must not overtake each other."""
        with self._store.reading() as db:
            faults = switches.load(db, TwilioFaults)
            found = callbacks.waiting(db, now=clock.now().timestamp())
        due: dict[str, list[StatusCallback]] = {}
        for callback in found:
            if callback.sid not in self._in_flight:
                due.setdefault(callback.sid, []).append(callback)
        return faults, due

    def _tell(self, due: list[StatusCallback], token: str) -> None:
        self._told.append([self._post(callback, token) for callback in due])

    def _post(self, callback: StatusCallback, token: str) -> _Told:
        form = self._form(callback)
        headers = {"X-Twilio-Signature": signature(token, callback.url, form), "User-Agent": "TwilioProxy/1.1"}
        try:
            status = self._poster.post(callback.url, form, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return _Told(callback, was_taken=False, answer=f"нет ответа ({type(error).__name__})")
        return _Told(callback, was_taken=200 <= status < 300, answer=f"HTTP {status}")

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
