"""Draining a queue: one wake-up works off everything that is due of its kinds, each kind in a lane of its own.

A lane claims a batch in one statement, works on it, and records how all of it ended in one. Lanes run side by side, so
a provider that is slow keeps nobody else waiting. Money is worked off in the order in which it came, one by one;
messages several at a time, since a provider's answer is mostly waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeVar

from flask import Flask, current_app

from app.db import transaction
from app.domain import outbox
from app.domain.outbox import Claimed, End, Outcome
from app.jobs import chats, inbox, notifications
from app.jobs.outbox import attempt, messages_together
from app.jobs.queues import QueueName
from app.jobs.wake import QUEUE_OF, current_waker
from app.kit import clock
from app.models import OutboxKind

DRAIN_SECONDS = 3.0
"""Then a drain begins nothing more and wakes its successor: whoever stops a worker does not wait long."""

LOOK_AGAIN = 0.2
"""Seconds after which a lane that found nothing looks again, while another one is still at work."""

REST = timedelta(seconds=5)
"""A provider that failed several times in a row is left alone for so long, and no attempts are used up."""

ONE_BY_ONE = (1, 10)
WIDTHS: dict[OutboxKind, tuple[int, int]] = {
    OutboxKind.SEND_NOTIFICATION: (8, 100),
    OutboxKind.SEND_CHAT_REPLY: (8, 50),
}
"""How many items of a kind are worked on at once, and how many are claimed at once."""

CHATS_AT_ONCE = 4
"""So many chats have a turn at the same time: half of it is waiting for PostgreSQL and the messenger."""

Attempt = Callable[[Claimed], Outcome]
TOGETHER: dict[OutboxKind, Callable[[Sequence[Claimed]], Attempt]] = {OutboxKind.SEND_NOTIFICATION: messages_together}
"""Kinds whose claimed items are prepared at once; how each of them is attempted then."""

_FAILURES_IN_A_ROW = 3

_GivenT = TypeVar("_GivenT")
_DoneT = TypeVar("_DoneT")


class Lane(Protocol):
    """What can be worked off beside others. `is_quick`: it talks to no provider."""

    is_quick: bool

    def work(self, until: float) -> bool:
        """Work on a batch, beginning nothing after `until` (monotonic). False when there was nothing to do."""
        ...


def drain(queue_name: str, seconds: float = DRAIN_SECONDS) -> None:
    """Work off what is due of one queue's kinds, for some seconds; what is left then is the next job's."""
    queue = QueueName(queue_name)
    current_waker().begin(queue)
    lanes: list[Lane] = [
        OutboxLane(kind, *WIDTHS.get(kind, ONE_BY_ONE)) for kind, name in QUEUE_OF.items() if name is queue
    ]
    if queue is QueueName.HIGH_PRIORITY:
        lanes.append(InboxLane())
    if queue is QueueName.CHATS:
        lanes += [ChatLane() for _ in range(CHATS_AT_ONCE)]
    if side_by_side(lanes, seconds=seconds):
        current_waker().wake(queue)


def side_by_side(lanes: Sequence[Lane], *, seconds: float) -> bool:
    """Work in every lane until none finds anything or the time is up; whether something may be left.

    A quick lane goes on for as long as another one is in the middle of something: what it serves does not wait.
    """
    race = _Race(set(range(len(lanes))), time.monotonic() + seconds)
    if len(lanes) == 1:
        return _run(race, 0, lanes[0])
    return any(_in_threads(lambda number: _run(race, number, lanes[number]), range(len(lanes)), threads=len(lanes)))


def _in_threads(work: Callable[[_GivenT], _DoneT], given: Sequence[_GivenT], *, threads: int) -> list[_DoneT]:
    """Do the work with each of them, so many at once, every time within the application that we are in."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def within_app(one: _GivenT) -> _DoneT:
        with app.app_context():
            return work(one)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(within_app, given))


class _Race:
    """Which lanes are at work, and until when they begin something new."""

    def __init__(self, busy: set[int], until: float) -> None:
        self.until = until
        self._busy = busy
        self._lock = threading.Lock()
        self.over = threading.Event()

    def note(self, number: int, *, is_busy: bool) -> None:
        """A lane found something, or nothing. When none is at work any more, all of them end."""
        with self._lock:
            if is_busy:
                self._busy.add(number)
                return
            self._busy.discard(number)
            if not self._busy:
                self.over.set()


def _run(race: _Race, number: int, lane: Lane) -> bool:
    found = False
    try:
        while not race.over.is_set():
            is_late = time.monotonic() >= race.until
            if is_late and not lane.is_quick:
                return True
            found = lane.work(time.monotonic() + DRAIN_SECONDS if lane.is_quick else race.until)
            # Late, a quick lane only bridges the time until the others have ended.
            race.note(number, is_busy=found and not is_late)
            if not found:
                race.over.wait(LOOK_AGAIN)
        return found
    finally:
        race.note(number, is_busy=False)


class InboxLane:
    """What providers told us, in the order in which it came."""

    is_quick = True

    def work(self, until: float) -> bool:
        """Handle a batch of messages."""
        found = inbox.waiting(limit=20)
        for item_id in found:
            if time.monotonic() >= until:
                break
            inbox.handle(str(item_id))
        return bool(found)


class ChatLane:
    """What people wrote, one turn after another; several lanes side by side, so that a messenger that hangs in one chat
    holds up no other. What is said is sent in the turn's own thread.
    """

    is_quick = False

    def work(self, until: float) -> bool:
        """One turn of a chat that waits."""
        found = chats.waiting(limit=1)
        for item_id in found:
            chats.take_turn(item_id)
        return bool(found)


@dataclass
class OutboxLane:
    """One kind of outbox items."""

    kind: OutboxKind
    width: int
    batch: int
    attempt: Attempt | None = None
    """Instead of what is done about the kind."""
    is_quick: bool = False
    is_resting: bool = field(default=False, init=False)
    """Its provider failed several times in a row: this drain leaves it alone."""

    def work(self, until: float) -> bool:
        """Attempt a batch of items. What was claimed and not begun is given back."""
        if self.is_resting:
            return False
        with transaction() as session:
            items = outbox.claim(session, [self.kind], now=clock.now(), limit=self.batch)
        if not items:
            return False
        batch = _Batch(self._attempt_of(items), until)
        if self.width == 1:
            outcomes = [batch.take(item) for item in items]
        else:
            outcomes = _in_threads(batch.take, items, threads=self.width)
        with transaction() as session:
            outbox.record(session, outcomes, now=clock.now())
        self.is_resting = batch.is_resting
        return not self.is_resting

    def _attempt_of(self, items: Sequence[Claimed]) -> Attempt:
        if self.attempt is not None:
            return self.attempt
        return TOGETHER[self.kind](items) if self.kind in TOGETHER else attempt


class _Batch:
    """Attempts at claimed items, until the time is up or their provider has failed some times in a row."""

    def __init__(self, attempt: Attempt, until: float) -> None:
        self._attempt = attempt
        self._until = until
        self._failures = 0

    @property
    def is_resting(self) -> bool:
        """Has the provider failed so often in a row that the rest had better wait?"""
        return self._failures >= _FAILURES_IN_A_ROW

    def take(self, item: Claimed) -> Outcome:
        """Attempt an item, or give it back."""
        if self.is_resting and not notifications.has_another_way(item.topic):
            return Outcome(item, End.UNTOUCHED, again_after=REST)
        if time.monotonic() >= self._until:
            return Outcome(item, End.UNTOUCHED)
        outcome = self._attempt(item)
        self._failures = self._failures + 1 if outcome.is_outage else 0
        return outcome
