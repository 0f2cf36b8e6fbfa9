"""The thread that lets time pass at Kaspi: expires payments, settles refunds, delivers callbacks.

Whatever it has not finished is a row, so the next start goes on where this one stopped. A delivery may be repeated
after a kill; receivers know an event by its id.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.kaspi import callbacks, payments, refunds
from app.local.standins.kaspi.callbacks import Callback
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.store import Store

_TICK = 0.25
_AT_ONCE = 16

log = logging.getLogger(__name__)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Kaspi's signature: hex HMAC-SHA256 over timestamp + "." + raw body."""
    return hmac.new(secret.encode(), b"%d.%s" % (timestamp, body), hashlib.sha256).hexdigest()


class Courier(threading.Thread):
    """Runs beside the web application until the process ends."""

    def __init__(self, store: Store, *, url: str, secret: str) -> None:
        super().__init__(name="kaspi-courier", daemon=True)
        self._store = store
        self._url = url
        self._secret = secret
        self._woken = threading.Event()
        self._in_flight: set[int] = set()
        self._client = httpx.Client(timeout=httpx.Timeout(10, connect=3), trust_env=False)

    def wake(self) -> None:
        """Look for work now rather than at the next tick."""
        self._woken.set()

    def run(self) -> None:
        """Work until the process ends."""
        with ThreadPoolExecutor(_AT_ONCE, "kaspi-callback") as pool:
            while True:
                self._woken.clear()
                try:
                    for callback in self._due():
                        self._in_flight.add(callback.id)
                        pool.submit(self._deliver, callback)
                except sqlite3.Error:
                    log.exception("the stand-ins' state cannot be read; trying again")
                self._woken.wait(_TICK)

    def _due(self) -> list[Callback]:
        now = clock.now().timestamp()
        with self._store.writing() as db:
            faults = switches.load(db, KaspiFaults)
            payments.expire_due(db, faults, now=now)
            refunds.settle_due(db, faults, now=now)
            return [callback for callback in callbacks.waiting(db, now=now) if callback.id not in self._in_flight]

    def _deliver(self, callback: Callback) -> None:
        try:
            was_taken, answer = self._post(callback)
            with self._store.writing() as db:
                callbacks.record(db, callback, was_taken=was_taken, answer=answer, now=clock.now().timestamp())
        except sqlite3.Error:
            log.exception("callback %s was sent but could not be noted; it will be sent again", callback.event_id)
        finally:
            self._in_flight.discard(callback.id)

    def _post(self, callback: Callback) -> tuple[bool, str]:
        with self._store.reading() as db:
            is_forged = switches.load(db, KaspiFaults).callback_forged
        body = callback.body.encode()
        timestamp = int(clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "X-Kaspi-Timestamp": str(timestamp),
            "X-Kaspi-Signature": signature(secrets.token_hex() if is_forged else self._secret, timestamp, body),
        }
        try:
            response = self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return False, f"нет ответа ({type(error).__name__})"
        return response.is_success, f"HTTP {response.status_code}"
