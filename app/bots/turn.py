"""One turn of a conversation: who is at it, what they did, and the small words that flows are written in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.bots.memory import Memory
from app.bots.states import State
from app.channels.inbound import Inbound
from app.channels.message import Button, Message
from app.i18n import gettext
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.pictures import Sized
from app.models import Channel, ChannelIdentity, Messenger, PayMethod, Role

MENU, BACK = "menu", "back"
"""Payloads that every screen offers."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What flows need to know of the installation."""

    public_url: str
    sms_daily_cap: int
    pay_ways: tuple[PayMethod, ...] = ()
    """What a guest may choose between; nothing where a payment has a link and a code at once."""


@dataclass(slots=True)
class Turn:
    """The session it happens in, the chat (locked), whose it is, what it remembers, and what was done."""

    session: Session
    chat: ChannelIdentity
    roles: frozenset[str]
    """Of the account, none while the chat is nobody's."""
    memory: Memory
    inbound: Inbound
    around: Surroundings
    now: datetime
    picture: Sized | DomainError | None = None
    """What was sent, when the conversation wanted it (`engine.wanted_picture`): drawn anew, or why that cannot be."""

    @property
    def connection(self) -> Connection:
        """For what is read by statements of its own, in the same transaction."""
        self.session.flush()
        return self.session.connection()

    @property
    def messenger(self) -> Messenger:
        """Where the chat is."""
        return Messenger(self.chat.messenger)

    @property
    def booked_by(self) -> Channel:
        """The channel of a booking that is made in this turn."""
        return Channel(self.chat.messenger)

    @property
    def user_id(self) -> UUID:
        """Whose chat it is. Only acts that need an account may ask; raises RuntimeError while it is nobody's."""
        if self.chat.user_id is None:
            raise RuntimeError("the act is declared for anyone and asks whose chat it is")
        return self.chat.user_id

    @property
    def is_linked(self) -> bool:
        """Is it known whose chat it is?"""
        return self.chat.user_id is not None

    @property
    def has_grid(self) -> bool:
        """Can the messenger show many small buttons in rows, and change them in place?"""
        return self.messenger is Messenger.TELEGRAM

    @property
    def today(self) -> date:
        """On calendars in Almaty."""
        return clock.local_date(self.now)

    @property
    def is_landlord(self) -> bool:
        """Do they let flats?"""
        return Role.LANDLORD in self.roles


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown, and where the conversation stands then."""

    state: State
    messages: tuple[Message, ...]
    again: str | None = None
    """The payload that shows it again (and changes nothing): «Назад» from later screens leads here. None for screens
    that are no place to come back to."""
    toast: str = ""
    is_bare: bool = False
    """Without the row of «Назад» and «Главное меню»: those screens are at the beginning themselves."""


def payload(code: str, *values: object) -> str:
    """What a button carries: an act's code and its values. They hold no colon; together at most 64 bytes."""
    parts = [code, *("" if value is None else str(value) for value in values)]
    if any(":" in part for part in parts):
        raise ValueError("a value of a payload holds no colon")
    return ":".join(parts)


def button(label: str, code: str, *values: object, note: str = "") -> Button:
    """A button that runs an act."""
    return Button(label=label, payload=payload(code, *values), note=note)


def link(label: str, url: str) -> Button:
    """A button that opens an address."""
    return Button(label=label, url=url)


def navigation(memory: Memory) -> tuple[Button, ...]:
    """The row that every screen ends with."""
    menu = button(gettext("☰ Главное меню"), MENU)
    return (button(gettext("‹ Назад"), BACK), menu) if memory.trail else (menu,)
