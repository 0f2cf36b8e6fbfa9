"""The channels that notifications travel by. SMS is always there; chats are plugged in beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from app.channels.message import Notice
from app.models import NotificationChannel


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to reach: an account, or only a phone (E.164)."""

    user_id: UUID | None
    phone: str


class Sender(Protocol):
    """What hands a message to a provider."""

    def send(self, to: str, body: str) -> str:
        """Hand a message over; the provider's id of it.

        Raises ProviderRefused when this address will not take it (the next channel is tried), ProviderUnavailable
        when it may later, ProviderProtocolError when nobody knows.
        """
        ...


class ChatChannel(Protocol):
    """A chat that some people have linked."""

    def can_reach(self, session: Session, person: Person, *, is_vital: bool) -> str | None:
        """Where to send; None when the person has not linked this chat, has blocked it, or wants no such message.

        `is_vital`: it is about money, keys or arrival, and is sent even to who asked for silence.
        """
        ...

    def send_notice(self, to: str, notice: Notice, *, parts_said: int = 0) -> str:
        """Tell a notification in the chat, but for the parts of it that were said there before.

        Returns and raises as `Sender.send`; a ProviderUnavailable says how many parts were said by then.
        """
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """One way to a person."""

    channel: NotificationChannel
    address: str


class Channels:
    """The registry: every channel that this installation has."""

    def __init__(self, sms: Sender, chats: Mapping[NotificationChannel, ChatChannel] | None = None) -> None:
        self._chats = dict(chats or {})
        self._sms = sms

    def routes(
        self, session: Session, person: Person, order: Sequence[NotificationChannel], *, is_vital: bool
    ) -> list[Route]:
        """The ways to this person among the channels of `order`, in their order."""
        found = []
        for channel in order:
            chat = self._chats.get(channel)
            address = chat.can_reach(session, person, is_vital=is_vital) if chat is not None else None
            if channel is NotificationChannel.SMS:
                address = person.phone
            if address is not None:
                found.append(Route(channel, address))
        return found

    def send(self, route: Route, notice: Notice, *, parts_said: int = 0) -> str:
        """Hand a message over: to a chat all of it that was not said, by SMS its bare text. Raises as `send_notice`."""
        chat = self._chats.get(route.channel)
        return (
            self._sms.send(route.address, notice.message.text)
            if chat is None
            else chat.send_notice(route.address, notice, parts_said=parts_said)
        )
