"""What a conversation remembers from one turn to the next. It is kept for 24 hours, and nothing breaks without it."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.bots.states import State
from app.channels.message import LONGEST_PAYLOAD
from app.kit.period import Stay

LONGEST_TRAIL = 12


class Wish(BaseModel):
    """What the person looks for."""

    model_config = ConfigDict(extra="ignore")
    city_id: int | None = None
    district_id: int | None = None
    check_in: date | None = None
    check_out: date | None = None
    nights: int | None = None
    """Said before the day of check-in was."""
    guests: int | None = None
    price_to: int | None = None
    """Tenge a night; of a stay: on average, with everything that is paid for it."""
    rooms: int | None = None
    property_class: str | None = None
    is_flexible: bool = False
    """Some days earlier or later will do as well."""

    @property
    def stay(self) -> Stay | None:
        """The nights, once both days are known."""
        if self.check_in is None or self.check_out is None or self.check_out <= self.check_in:
            return None
        return Stay(self.check_in, self.check_out)


class Memory(BaseModel):
    """One conversation. Flows change it in place."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)
    state: State = State.MENU
    trail: tuple[str, ...] = ()
    """Payloads that show again what was seen, the last one last: where «Назад» leads."""
    is_aside: bool = False
    """The present screen is no place to come back to, so it is not the last of the trail: «Назад» leads to that one."""
    options: tuple[tuple[str, str], ...] = ()
    """Label and payload of each button that was offered last: a number or a label may be typed instead."""
    misunderstood: int = 0
    """Times in a row."""
    resume: str | None = None
    """The payload that was meant before the person had to choose a language or prove who they are."""
    challenge: str | None = None
    """Of the one-time code that is waited for."""
    wish: Wish = Wish()
    notes: dict[str, str] = {}  # pydantic copies it
    """Drafts, by a name of the flow's own."""
    is_forgetful: bool = Field(default=False, exclude=True)
    """Nothing is remembered just now, from the turn before or for the next one. Never kept itself."""

    def go_on_with(self, payload: str) -> None:
        """Remember what was meant, to offer it later. What no button can carry (somebody's invention) is forgotten."""
        self.resume = payload if len(payload.encode()) <= LONGEST_PAYLOAD else None

    def walk_to(self, payload: str) -> None:
        """The screen that `payload` shows is what the person sees now."""
        if payload in self.trail:  # going round in circles is going back
            self.trail = self.trail[: self.trail.index(payload) + 1]
        else:
            self.trail = (*self.trail, payload)[-LONGEST_TRAIL:]
