"""Walking through the whole conversation: every button that is offered is pressed, and something is typed everywhere.

A walk happens in one transaction that is rolled back at its end. What a button did is taken back before the next one of
the same screen is pressed, so that cancelling a stay does not hide what could have been done with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from app.bots import engine
from app.bots.memory import Memory
from app.bots.states import State
from app.bots.table import HEARINGS
from app.channels.inbound import Inbound, InboundKind
from app.channels.message import Answer
from app.domain.chats import identities
from app.models import Messenger
from tests.bots.talk import AROUND

SAME_ACT = 5
"""How often one act is tried in a walk, wherever it is offered."""
SHORT = 8
"""Values of fewer signs say what kind of press it is; longer ones are references and days."""

Event = tuple[InboundKind, dict[str, str]]


def press(payload: str) -> Event:
    """A button."""
    return InboundKind.PRESS, {"payload": payload}


def typed(text: str) -> Event:
    """Text."""
    return InboundKind.TEXT, {"text": text}


@dataclass(frozen=True)
class Seen:
    """What was said to an event in a state."""

    state: State
    event: Event
    answer: Answer


@dataclass
class Walk:
    """A walk by one chat in one language: `everywhere` is done in every state, `heard` where text means something."""

    session: Session
    messenger: Messenger
    address: str
    now: datetime
    everywhere: Sequence[Event]
    heard: Sequence[Event]
    deepest: int = 80
    """Steps from the beginning; each is a savepoint within the one before."""
    seen: list[Seen] = field(default_factory=list)
    reached: set[State] = field(default_factory=set)
    """Where the conversation stood."""
    ran: Counter[str] = field(default_factory=Counter)
    """Acts that were pressed, and how often."""
    _tried: set[tuple[State, str]] = field(default_factory=set)

    def begin(self, events: Sequence[Event]) -> None:
        """Walk from each of these events, as from a fresh chat."""
        for event in events:
            self._step(Memory(), event, 0, "")

    def _step(self, before: Memory, event: Event, depth: int, came_by: str) -> None:
        if depth and (depth >= self.deepest or not self._is_new(before.state, event, came_by)):
            return
        saved = self.session.begin_nested()
        try:
            kind, what = event
            if kind is InboundKind.PRESS:
                self.ran[what["payload"].split(":")[0]] += 1
            phone = self.address if self.messenger is Messenger.WHATSAPP else what.get("phone")
            inbound = Inbound(self.messenger, self.address, kind, **{**what, "phone": phone})  # type: ignore[arg-type]
            chat = identities.lock(self.session, self.messenger, self.address, now=self.now).chat
            answer, memory = engine.step(self.session, chat, before, inbound, around=AROUND, now=self.now)
            if answer is None:
                return
            self.seen.append(Seen(before.state, event, answer))
            self.reached.add(memory.state)
            came = what["payload"].split(":")[0] if kind is InboundKind.PRESS else f"text in {before.state}"
            self._go_on(memory, answer, depth + 1, came)
        finally:
            saved.rollback()

    def _go_on(self, memory: Memory, answer: Answer, depth: int, came_by: str) -> None:
        offered = [each.payload for message in answer.messages for each in message.buttons]
        for payload in dict.fromkeys(offered):
            if payload is not None:
                self._step(memory, press(payload), depth, came_by)
        for event in (*self.everywhere, *(self.heard if memory.state in HEARINGS else ())):
            self._step(memory, event, depth, came_by)

    def _is_new(self, state: State, event: Event, came_by: str) -> bool:
        kind, what = event
        if kind is InboundKind.PRESS:
            code, *values = what["payload"].split(":")
            shapes = [re.sub(r"\d+", "0", value) for value in values if len(value) < SHORT]
            key = (state, f"press:{code}:{len(values)}:{','.join(shapes)}")
            if key in self._tried or self.ran[code] >= SAME_ACT:
                return False
        else:
            key = (state, f"{kind}:{what}:{came_by if state in HEARINGS else ''}")
            if key in self._tried:
                return False
        self._tried.add(key)
        return True
