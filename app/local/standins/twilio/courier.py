"""The thread that posts signed forms to whoever asked to be told: fates of messages, and what people write.

Whatever it has not sent is a row of the book it works from, so the next start goes on where this one stopped.
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
from typing import Protocol

from app.kit import clock
from app.local.standins.post import Answer
from app.local.standins.store import Store
from app.local.standins.twilio.post import FormPoster

_TICK = 0.1
_AT_ONCE = 8

log = logging.getLogger(__name__)


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature (twilio.com/docs/usage/security): base64 of HMAC-SHA1 over the URL and the sorted form."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass(frozen=True)
class Errand:
    """A form to be posted. Those `about` the same thing go one after another, in the order of the book.

    `keeps_order`: when it is not taken, those after it wait for what the book makes of that.
    """

    id: int
    about: str
    url: str
    form: Mapping[str, str]
    is_forged: bool
    keeps_order: bool = False


@dataclass(frozen=True)
class Told:
    """An errand that was run. `answer` is None when none came, for the reason in `trouble`."""

    errand: Errand
    answer: Answer | None
    trouble: str

    @property
    def was_taken(self) -> bool:
        """Did the other side say yes?"""
        return self.answer is not None and self.answer.is_success


class Book(Protocol):
    """Where errands are written down."""

    def due(self, db: sqlite3.Connection, *, now: float) -> list[Errand]:
        """What is to be posted now, in order; `now` is unix seconds."""

    def record(self, db: sqlite3.Connection, told: Told, *, now: float) -> None:
        """Note how it went."""


class FormCourier(threading.Thread):
    """Runs beside the web application until the process ends."""

    def __init__(self, name: str, store: Store, book: Book, *, auth_token: str) -> None:
        super().__init__(name=name, daemon=True)
        self._store = store
        self._book = book
        self._auth_token = auth_token
        self._in_flight: set[str] = set()
        self._told: deque[list[Told]] = deque()
        self._poster = FormPoster()
        self._woken = threading.Event()

    def wake(self) -> None:
        """Look for work now rather than at the next tick."""
        self._woken.set()

    def run(self) -> None:
        """Work until the process ends."""
        with ThreadPoolExecutor(_AT_ONCE, self.name) as pool:
            while True:
                self._woken.wait(_TICK)
                self._woken.clear()
                try:
                    self._note_what_was_told()
                    due = self._due()
                except sqlite3.Error:
                    log.exception("the stand-ins' state cannot be used; trying again")
                    continue
                for about, errands in due.items():
                    self._in_flight.add(about)
                    pool.submit(self._tell, errands)

    def _note_what_was_told(self) -> None:
        """Write down a whole tick's deliveries at once; a kill before that repeats them."""
        told = [self._told.popleft() for _ in range(len(self._told))]
        if not told:
            return
        try:
            with self._store.writing() as db:
                for one in (one for group in told for one in group):
                    self._book.record(db, one, now=clock.now().timestamp())
        except sqlite3.Error:
            self._told.extendleft(reversed(told))
            raise
        self._in_flight.difference_update(group[0].errand.about for group in told)

    def _due(self) -> dict[str, list[Errand]]:
        """What is due, by what it is about: errands about one thing must not overtake each other."""
        with self._store.reading() as db:
            found = self._book.due(db, now=clock.now().timestamp())
        due: dict[str, list[Errand]] = {}
        for errand in found:
            if errand.about not in self._in_flight:
                due.setdefault(errand.about, []).append(errand)
        return due

    def _tell(self, errands: list[Errand]) -> None:
        told: list[Told] = []
        for errand in errands:
            told.append(self._post(errand))
            if errand.keeps_order and not told[-1].was_taken:
                break
        self._told.append(told)

    def _post(self, errand: Errand) -> Told:
        token = secrets.token_hex() if errand.is_forged else self._auth_token
        signed = signature(token, errand.url, errand.form)
        headers = {"X-Twilio-Signature": signed, "User-Agent": "TwilioProxy/1.1"}
        try:
            return Told(errand, self._poster.post(errand.url, errand.form, headers), "")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Told(errand, None, f"нет ответа ({type(error).__name__})")
