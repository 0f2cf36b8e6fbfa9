"""What the jobs ask of a channel: read what a messenger delivered, and say something in it."""

from __future__ import annotations

from typing import Protocol

from app.channels.inbound import Inbound, Media
from app.channels.message import Message, Notice


class ChannelPort(Protocol):
    """One messenger. Safe to share between threads; its clients are made in each process after it forked."""

    def parse(self, body: str) -> Inbound | None:
        """Read what the webhook stored. None for what is not for us (a group, an edited message).

        Raises ProviderProtocolError for what the messenger cannot have sent.
        """
        ...

    def send(
        self,
        address: str,
        message: Message,
        *,
        replaces: str | None = None,
        is_open: bool = True,
        told: str | None = None,
        parts_said: int = 0,
    ) -> str:
        """Say one message; the messenger's id of it. It takes the place of the message `replaces`, if it can.

        `is_open` says whether the person wrote within the last 24 hours (WhatsApp takes free text only then). What the
        channel's limits do not allow is shortened or numbered, never dropped; a photo that the messenger refuses is
        left out, and the rest is said. What became of it is told to us under the name `told` (a few letters) where the
        messenger does such a thing, and not told for None: usually the person is in the chat, and nothing would be done
        about an unread answer. Where a message is sent in several parts (a photo and what is pressed below it), the
        first `parts_said` have been said before. Raises as the wire clients do:
        AddressGone when this chat takes nothing any more, ProviderRefused when not this, ProviderUnavailable (with
        `retry_after`, and with the parts that were said by then) when it may later, ProviderProtocolError.
        """
        ...

    def send_notice(self, address: str, notice: Notice, *, is_open: bool, told: str = "", parts_said: int = 0) -> str:
        """Tell a notification, by a template where free text is not taken any more. Returns and raises as `send`.

        What became of it is told to us, under the messenger's id of it alone when `told` is empty. A template has one
        part, whatever was said before of the free text.
        """
        ...

    def acknowledge(self, press_id: str, toast: str) -> None:
        """Tell the messenger that a press was noticed, with a word beside the button. Raises as `send`."""
        ...

    def fetch(self, media: Media) -> bytes:
        """The file a person sent. Raises as the wire clients, and ProviderRefused for one that is too large."""
        ...
