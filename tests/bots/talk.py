"""A person talking to the conversation engine: what they write and press, and what is said to them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from app.bots import engine
from app.bots.memory import Memory
from app.bots.states import State
from app.bots.turn import Surroundings
from app.channels.inbound import Inbound, InboundKind, Media
from app.channels.message import Answer, Message
from app.db import transaction
from app.domain.chats import identities
from app.kit.errors import DomainError
from app.kit.pictures import Sized
from app.models import Messenger

AROUND = Surroundings(public_url="https://zhilego.test", sms_daily_cap=100_000)


class Talk:
    """One chat. `answer` is what was said last; every turn is a transaction of its own."""

    def __init__(self, now: datetime, messenger: Messenger = Messenger.TELEGRAM, address: str | None = None) -> None:
        self.now = now
        self.messenger = messenger
        self.address = address or str(uuid4().int % 10**10)
        self.memory = Memory()
        self.answer: Answer | None = None
        self.around = AROUND
        self.fetched: Sized | DomainError | None = None
        """What was asked for of the photo that was sent last."""

    @classmethod
    def of(
        cls, user_id: UUID, now: datetime, *, messenger: Messenger = Messenger.TELEGRAM, language: str = "ru"
    ) -> Talk:
        """The chat of somebody who has proven who they are and chosen a language."""
        talk = cls(now, messenger)
        with transaction() as session:
            chat = identities.lock(session, messenger, talk.address, now=now).chat
            chat.language = language
            identities.link(session, chat, user_id, now=now)
        return talk

    def say(self, text: str) -> Answer:
        """Type something."""
        return self.do(InboundKind.TEXT, text=text)

    def press(self, label: str) -> Answer:
        """Press the button whose label contains `label`, out of what was said last."""
        offered = [each for each in self.buttons if label in each[0]]
        assert offered, f"no button {label!r} among {[each[0] for each in self.buttons]}"
        return self.do(InboundKind.PRESS, payload=offered[0][1])

    def do(self, kind: InboundKind, *, text: str = "", payload: str = "", phone: str | None = None) -> Answer:
        """Any event."""
        phone = phone or (self.address if self.messenger is Messenger.WHATSAPP else None)
        inbound = Inbound(self.messenger, self.address, kind, text=text, payload=payload, phone=phone)
        with transaction() as session:
            chat = identities.lock(session, self.messenger, self.address, now=self.now).chat
            answer, self.memory = engine.step(session, chat, self.memory, inbound, around=self.around, now=self.now)
        assert answer is not None, "nothing was said"
        self.answer = answer
        return answer

    def show(self, picture: Sized | DomainError, caption: str = "") -> Answer:
        """Send a photo; `picture` is what comes of fetching it, if the conversation wants it."""
        phone = self.address if self.messenger is Messenger.WHATSAPP else None
        media = (Media("file", "image/jpeg"),)
        inbound = Inbound(self.messenger, self.address, InboundKind.MEDIA, text=caption, phone=phone, media=media)
        around, now = self.around, self.now
        with transaction() as session:
            chat = identities.lock(session, self.messenger, self.address, now=now).chat
            wanted = engine.wanted_picture(session, chat, self.memory, inbound, around=around, now=now)
            self.fetched = picture if wanted is not None else None
            answer, self.memory = engine.step(
                session, chat, self.memory, inbound, around=around, now=now, picture=self.fetched
            )
        assert answer is not None, "nothing was said"
        self.answer = answer
        return answer

    def is_at(self, state: State) -> bool:
        """Does the conversation stand there?"""
        return self.memory.state is state

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said last."""
        return self.answer.messages if self.answer is not None else ()

    @property
    def text(self) -> str:
        """All of it as one text."""
        return "\n".join(message.text for message in self.messages)

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """(label, payload) of the buttons that were offered last."""
        found = [each for message in self.messages for each in message.buttons]
        return [(each.label, each.payload) for each in found if each.payload is not None]
