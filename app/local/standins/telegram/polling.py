"""getUpdates: waiting for updates without a webhook, by one listener at a time."""

from __future__ import annotations

import itertools
import threading
import time

from app.kit import clock
from app.local.standins import faults as switches
from app.local.standins.desk import desk
from app.local.standins.telegram import bot, updates
from app.local.standins.telegram.call import Call, Json
from app.local.standins.telegram.faults import TelegramFaults
from app.local.standins.telegram.refusals import RefusalError

_LIMIT, _LONGEST_SECONDS = 100, 50
_LOOK_EVERY = 0.1


class _Listeners:
    """Knows which getUpdates came last: it ends the one before."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._turn = threading.Lock()
        self._last = 0

    def enter(self) -> int:
        with self._turn:
            self._last = next(self._numbers)
            return self._last

    def is_last(self, number: int) -> bool:
        return number == self._last


_listeners = _Listeners()


def get_updates(call: Call) -> list[Json]:
    """getUpdates. Raises RefusalError 409 while a webhook is set, or when another listener comes."""
    limit = min(max(call.integer("limit", _LIMIT), 1), _LIMIT)
    offset, wait = call.integer("offset", 0), min(max(call.integer("timeout", 0), 0), _LONGEST_SECONDS)
    kinds = call.document("allowed_updates")
    number, end = _listeners.enter(), time.monotonic() + wait
    while True:
        if found := _take(offset, limit, kinds):
            return found
        if time.monotonic() >= end:
            return []
        time.sleep(_LOOK_EVERY)
        if not _listeners.is_last(number):
            raise RefusalError(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        offset, kinds = max(offset, 0), None  # a negative offset counts from the end once


def _take(offset: int, limit: int, kinds: object) -> list[Json]:
    with desk().store.writing() as db:
        webhook = bot.load_webhook(db, desk().settings)
        if webhook.url:
            raise RefusalError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if isinstance(kinds, list):
            bot.save_webhook(db, bot.with_kinds(webhook, kinds))
        faults = switches.load(db, TelegramFaults)
        found = updates.take(
            db, offset=offset, limit=limit, backwards=faults.updates_out_of_order, now=clock.now().timestamp()
        )
    return [update.document() for update in found]
