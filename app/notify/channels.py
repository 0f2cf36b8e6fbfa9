"""The channels that notifications travel by. SMS is always there; chats are plugged in beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

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


class ChatChannel(Sender, Protocol):
    """A chat that some people have linked."""

    def can_reach(self, session: Session, person: Person) -> str | None:
        """The address to send to; None when the person has not linked this chat, or has blocked it."""
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
        self._senders: dict[NotificationChannel, Sender] = {**self._chats, NotificationChannel.SMS: sms}

    def routes(self, session: Session, person: Person, order: Sequence[NotificationChannel]) -> list[Route]:
        """The ways to this person among the channels of `order`, in their order."""
        found = []
        for channel in order:
            chat = self._chats.get(channel)
            address = chat.can_reach(session, person) if chat is not None else None
            if channel is NotificationChannel.SMS:
                address = person.phone
            if address is not None:
                found.append(Route(channel, address))
        return found

    def send(self, route: Route, text: str) -> str:
        """Hand a message over. Raises as `Sender.send`."""
        return self._senders[route.channel].send(route.address, text)
