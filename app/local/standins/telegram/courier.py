"""The thread that tells the webhook what happened.

What it has not told is a row, so the next start goes on where this one stopped. Updates of one chat go one after
another, those of different chats side by side, as many as `max_connections` allows (1 puts all of them in order).
"""

from __future__ import annotations

import http.client
import json
import logging
import sqlite3
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.post import Poster
from app.local.standins.settings import StandInSettings
from app.local.standins.store import Store
from app.local.standins.telegram import bot, updates
from app.local.standins.telegram.bot import Webhook
from app.local.standins.telegram.faults import TelegramFaults
from app.local.standins.telegram.updates import Update

_TICK = 0.1
_AT_ONCE = 16
_WRONG_SECRET = "not-the-secret"  # noqa: S105  it is nobody's

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Told:
    """One delivery that was tried."""

    update: Update
    was_taken: bool
    answer: str


class UpdateCourier(threading.Thread):
    """Runs beside the web application until the process ends."""

    def __init__(self, store: Store, settings: StandInSettings) -> None:
        super().__init__(name="telegram-courier", daemon=True)
        self._store = store
        self._settings = settings
        self._in_flight: set[str] = set()
        self._told: deque[_Told] = deque()
        self._poster = Poster()
        self._something_new = threading.Event()

    def wake(self) -> None:
        """Look now instead of at the next tick."""
        self._something_new.set()

    def run(self) -> None:
        """Work until the process ends."""
        with ThreadPoolExecutor(_AT_ONCE, "telegram-update") as pool:
            while True:
                self._something_new.wait(_TICK)
                self._something_new.clear()
                try:
                    self._note_what_was_told()
                    faults, webhook, due = self._due()
                except sqlite3.Error:
                    log.exception("the stand-ins' state cannot be used; trying again")
                    continue
                for update in due:
                    self._in_flight.add(update.lane)
                    pool.submit(self._tell, update, webhook, faults)

    def _due(self) -> tuple[TelegramFaults, Webhook, list[Update]]:
        """The switches, where to, and what goes there now."""
        with self._store.reading() as db:
            faults = switches.load(db, TelegramFaults)
            webhook = bot.load_webhook(db, self._settings)
            room = min(webhook.max_connections, _AT_ONCE) - len(self._in_flight)
            if not webhook.url or room < 1:
                return faults, webhook, []
            now, backwards = clock.now().timestamp(), faults.updates_out_of_order
            found = updates.next_of_lanes(db, now=now, backwards=backwards)
        return faults, webhook, [update for update in found if update.lane not in self._in_flight][:room]

    def _tell(self, update: Update, webhook: Webhook, faults: TelegramFaults) -> None:
        secret = _WRONG_SECRET if faults.secret_is_wrong else webhook.secret
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate"}
        if secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        try:
            status = self._poster.send(webhook.url, json.dumps(update.document()), headers).status
            told = _Told(update, 200 <= status < 300, f"HTTP {status}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            told = _Told(update, was_taken=False, answer=f"нет ответа ({type(error).__name__})")
        self._told.append(told)
        self.wake()

    def _note_what_was_told(self) -> None:
        """Write down all deliveries since the last look; a kill before that repeats them."""
        told = [self._told.popleft() for _ in range(len(self._told))]
        if not told:
            return
        now = clock.now().timestamp()
        try:
            with self._store.writing() as db:
                for one in told:
                    updates.record(db, one.update, was_taken=one.was_taken, answer=one.answer, now=now)
                failed = [one for one in told if not one.was_taken]
                if failed:
                    bot.note_failure(db, f"Wrong response from the webhook: {failed[-1].answer}", now=now)
        except sqlite3.Error:
            self._told.extendleft(reversed(told))
            raise
        self._in_flight.difference_update(one.update.lane for one in told)
