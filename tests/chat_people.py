"""People in chats, the same whichever messenger they use: they write, press what they see, and read.

person = TelegramPerson(live.standins, phone)
person.begins()
person.presses("Русский")
person.says("Тараз 12 декабря – 13 декабря двое")
person.reads("Квартира у парка")
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.models import Messenger
from tests.standins import StandIns, wait_until
from tests.telegram_phone import TelegramPhone
from tests.whatsapp_phone import WhatsAppPhone

PATIENCE = 100.0
"""Seconds that an answer may take: usually a fraction of one, and half a minute for each worker that dies at it."""

_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Shown:
    """A message as it is seen: its words, what can be pressed, and where its links lead."""

    text: str
    labels: tuple[str, ...]
    links: tuple[str, ...]


class ChatPerson(Protocol):
    """One person and their chat with us."""

    messenger: Messenger
    number: str

    @property
    def address(self) -> str:
        """The chat's, as the messenger names it."""
        ...

    def begins(self) -> None:
        """Opens the chat."""
        ...

    def says(self, text: str) -> None:
        """Writes."""
        ...

    def presses(self, label: str) -> None:
        """Presses the newest button with these words."""
        ...

    def proves_their_number(self) -> None:
        """Does what the messenger offers for it."""
        ...

    def shown(self) -> list[Shown]:
        """What we have said, oldest first."""
        ...


def reads(person: ChatPerson, text: str, *, after: int = 0, deadline: float = PATIENCE) -> Shown:
    """The newest message with these words among those after the first `after` ones, once it is there."""

    def found() -> Shown | None:
        return next((each for each in reversed(person.shown()[after:]) if text in each.text), None)

    try:
        return wait_until(found, deadline, f"{text!r} in the chat of {person.number}")
    except AssertionError as error:
        chat = "\n".join(f"  {each.text!r} {each.labels}" for each in person.shown()[-6:])
        raise AssertionError(f"{error}; the last messages are\n{chat}") from None


def answers(person: ChatPerson, act: Callable[[], None], text: str, *, deadline: float = PATIENCE) -> Shown:
    """Does something; the newest message with these words that came, or changed in its place, since then."""
    before = person.shown()

    def found() -> Shown | None:
        now = person.shown()
        new = [each for number, each in enumerate(now) if number >= len(before) or each != before[number]]
        return next((each for each in reversed(new) if text in each.text), None)

    act()
    try:
        return wait_until(found, deadline, f"{text!r} in the chat of {person.number}")
    except AssertionError as error:
        chat = "\n".join(f"  {each.text!r} {each.labels}" for each in person.shown()[-4:])
        raise AssertionError(f"{error}; the last messages are\n{chat}") from None


class TelegramPerson:
    """A person with Telegram."""

    messenger = Messenger.TELEGRAM

    def __init__(self, standins: StandIns, number: str) -> None:
        self.phone = TelegramPhone(standins.base_url, number)
        self.number = number

    @property
    def address(self) -> str:
        """The id of the chat."""
        return str(self.phone.id)

    def begins(self) -> None:
        """START."""
        self.phone.start()

    def says(self, text: str) -> None:
        """A text."""
        self.phone.send_text(text)

    def presses(self, label: str) -> None:
        """An inline button; words of a keyboard below the chat are typed."""
        below = [button["text"] for row in self.phone.keyboard() for button in row]
        typed = next((each for each in below if label in each), None)
        if typed is not None:
            self.phone.send_text(typed)
        else:
            self.phone.press(label)

    def proves_their_number(self) -> None:
        """The own contact."""
        self.phone.send_contact()

    def shown(self) -> list[Shown]:
        """What the bot has written."""
        found = []
        for message in self.phone.from_bot():
            rows = message.document.get("reply_markup", {}).get("inline_keyboard", [])
            links = [button["url"] for row in rows for button in row if "url" in button]
            found.append(Shown(message.text, tuple(message.labels), (*links, *_ADDRESS.findall(message.text))))
        return found


class WhatsAppPerson:
    """A person with WhatsApp."""

    messenger = Messenger.WHATSAPP

    def __init__(self, standins: StandIns, number: str) -> None:
        self.phone = WhatsAppPhone(standins.base_url, number, name="Айгерим")
        self.number = number

    @property
    def address(self) -> str:
        """The number."""
        return self.number

    def begins(self) -> None:
        """Any text does."""
        self.phone.send_text("Здравствуйте")

    def says(self, text: str) -> None:
        """A text."""
        self.phone.send_text(text)

    def presses(self, label: str) -> None:
        """A quick reply or an item of a list; where buttons are numbered lines, the number is typed."""
        for message in reversed(self.phone.received()):
            for option in message.options:
                if label in option.title or label in option.description:
                    self.phone.press(option.id, under=message.sid)
                    return
            numbered = re.search(rf"^(\d+)\. .*{re.escape(label)}", message.body, re.MULTILINE)
            if numbered is not None:
                self.phone.send_text(numbered[1])
                return
        raise AssertionError(f"no button {label!r} in the chat of {self.number}")

    def proves_their_number(self) -> None:
        """WhatsApp vouches for it."""
        self.presses("Да, это мой номер")

    def shown(self) -> list[Shown]:
        """What has reached the phone."""
        return [
            Shown(message.body, tuple(message.titles), tuple(_ADDRESS.findall(message.body)))
            for message in self.phone.received()
        ]


PEOPLE: dict[Messenger, type[TelegramPerson | WhatsAppPerson]] = {
    Messenger.TELEGRAM: TelegramPerson,
    Messenger.WHATSAPP: WhatsAppPerson,
}
"""Who uses which messenger."""
