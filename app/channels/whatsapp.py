"""WhatsApp through Twilio as a channel: free text and buttons within 24 hours, approved templates after them."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from app.channels import whatsapp_inbound
from app.channels.inbound import Inbound, Media
from app.channels.message import Message, Notice
from app.channels.whatsapp_contents import ContentShelf
from app.channels.whatsapp_parts import Free, Part, Pressable, parts_of
from app.i18n import use_language
from app.integrations.errors import AddressGone, ProviderRefused, ProviderUnavailable
from app.integrations.twilio_content import Content
from app.integrations.twilio_traffic import WhatsAppRate
from app.integrations.twilio_whatsapp import TwilioWhatsApp

NO_SUCH_CONTENT = "21655"

log = structlog.get_logger(__name__)

TemplateOf = Callable[[str, str], Content | None]
"""The template of a kind of notification in a language; None for a kind that has none."""


class WhatsAppChannel:
    """A ChannelPort. Safe to share between threads; make one in each process after it forked.

    `photo_url` says where Twilio finds a listing's photo by its key, `picture_url` the same of a message's by its id.
    """

    def __init__(
        self,
        client: TwilioWhatsApp,
        shelf: ContentShelf,
        rate: WhatsAppRate,
        *,
        photo_url: Callable[[str], str],
        picture_url: Callable[[str], str],
        template_of: TemplateOf,
    ) -> None:
        self._client = client
        self._shelf = shelf
        self._rate = rate
        self._photo_url = photo_url
        self._picture_url = picture_url
        self._template_of = template_of

    def parse(self, body: str) -> Inbound | None:
        """See ChannelPort."""
        return whatsapp_inbound.read(body)

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
        """See ChannelPort. Nothing is replaced here, and after the 24 hours nothing said: code `outside_window`."""
        if not is_open:
            raise ProviderRefused("whatsapp: the 24 hours are over", code="outside_window")
        return self._say(address, message, told=told, parts_said=parts_said)

    def send_notice(self, address: str, notice: Notice, *, is_open: bool, told: str = "", parts_said: int = 0) -> str:
        """See ChannelPort. Without an approved template it is refused (`no_template`): another channel is due."""
        use_language(notice.language)
        if is_open:
            return self._say(address, notice.message, told=told, parts_said=parts_said)
        template = self._template_of(notice.kind, notice.language)
        if template is None or len(notice.variables) != len(template.variables):
            raise ProviderRefused(f"whatsapp: {notice.kind} has no template", code="no_template")
        sid = self._shelf.approved_sid_of(template)
        if sid is None:
            raise ProviderRefused(f"whatsapp: the template of {notice.kind} is not approved", code="no_template")
        self._rate.wait_turn()
        values = dict(zip(template.variables, notice.variables, strict=True))
        try:
            return self._client.send_content(address, sid, values, told=told)
        except ProviderRefused as error:
            if error.code == NO_SUCH_CONTENT:
                self._shelf.forget(template.friendly_name)
            raise

    def acknowledge(self, press_id: str, toast: str) -> None:
        """WhatsApp wants no such thing."""

    def fetch(self, media: Media) -> bytes:
        """See ChannelPort."""
        return self._client.fetch(media.reference)

    def _say(self, address: str, message: Message, *, told: str | None, parts_said: int) -> str:
        """Every part that has not been said, in order; the id of the last one, whose fate is told."""
        parts = parts_of(message)
        if not parts:
            raise ProviderRefused("whatsapp: there is nothing to say", code="empty")
        first = min(parts_said, len(parts) - 1)  # another release may have made more of them
        for _ in parts[first:]:
            self._rate.wait_turn()
        said = ""
        for number, part in enumerate(parts[first:], first):
            is_last = part is parts[-1]
            try:
                said = self._say_or_leave(address, part, told=told if is_last else None, is_last=is_last) or said
            except ProviderUnavailable as error:
                error.parts_said = number
                raise
        return said

    def _say_or_leave(self, address: str, part: Part, *, told: str | None, is_last: bool) -> str | None:
        """A photo that is refused is left out, and the words under it are said; None when there are none."""
        try:
            return self._say_part(address, part, told=told)
        except ProviderRefused as error:
            words = _words_beside(part, error)
            if words is None or (is_last and not words):
                raise
            log.error("photo_refused", error=str(error))  # noqa: TRY400  # expected: the text says all
        return self._say_part(address, Free(text=words), told=told) if words else None

    def _say_part(self, address: str, part: Part, *, told: str | None) -> str:
        if isinstance(part, Free):
            shown = None if part.photo is None else self._photo_url(part.photo)
            shown = shown if part.picture is None else self._picture_url(part.picture)
            return self._client.send_text(address, part.text, media_url=shown, told=told)
        try:
            return self._press(address, part, told=told)
        except ProviderRefused as error:
            if error.code != NO_SUCH_CONTENT:
                raise
        self._shelf.forget(part.content().friendly_name)  # somebody has deleted it at Twilio
        return self._press(address, part, told=told)

    def _press(self, address: str, part: Pressable, *, told: str | None) -> str:
        sid = self._shelf.sid_of(part.content())
        return self._client.send_content(address, sid, part.variables(), told=told)


def _words_beside(part: Part, error: ProviderRefused) -> str | None:
    """What is left to say without the photo that was refused; None when it was not the photo."""
    if isinstance(error, AddressGone) or not isinstance(part, Free):
        return None
    return None if part.photo is None and part.picture is None else part.text
