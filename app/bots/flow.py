"""What a flow declares: its acts, what typed text means in its states, and where each of them may lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.bots.states import State
from app.bots.turn import Screen, Turn

Run = Callable[[Turn, tuple[str, ...]], Screen]
"""Does what a button says. The values come from outside: an old button, or somebody's invention. Raises DomainError."""

Hear = Callable[[Turn, str], Screen | None]
"""What typed text means; None when it is not understood. Raises DomainError."""

Wants = Callable[[Turn], bool]


class Who(StrEnum):
    """Who may do something."""

    ANYONE = "anyone"
    LINKED = "linked"
    """Whoever proves a phone: those who have not are asked to, and go on afterwards."""
    LANDLORD = "landlord"
    STAFF = "staff"


STAYS: tuple[State, ...] = tuple(State)
"""Of an act that shows nothing: the conversation stands where it stood."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a button does."""

    code: str
    run: Run
    leads_to: tuple[State, ...]
    who: Who = Who.ANYONE


@dataclass(frozen=True, slots=True)
class Hearing:
    """What typed text means while the conversation stands in a state."""

    state: State
    hear: Hear
    leads_to: tuple[State, ...]
    who: Who = Who.ANYONE
    takes_numbers: bool = False
    """A typed number is for `hear`, not the number of a button."""
    wants_picture: Wants | None = None
    """Is a picture that was sent here worth fetching? Then `hear` finds it in the turn."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One subject of the conversation."""

    name: str
    acts: tuple[Act, ...]
    hearings: tuple[Hearing, ...] = ()
