"""Fetching the picture that somebody sent in a chat, before its turn: no transaction waits for a messenger.

Nothing is kept of it until the turn writes the message, in one transaction with the event's end. So a worker that dies
in between has done nothing, and the next one fetches the picture again.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from app.channels.inbound import Media
from app.domain.messages import photos
from app.integrations.errors import ProviderError, ProviderRefused, ProviderUnavailable
from app.jobs import providers
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import MAX_BYTES, Sized
from app.models import Messenger

TOO_LARGE = frozenset({"file_is_too_big", "media_too_large"})
"""How the messengers' clients name it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that a turn has to have. `is_last`: should it fail now, the person is told."""

    messenger: Messenger
    media: Media
    is_last: bool


def fetch(wanted: Wanted) -> Sized | DomainError:
    """The picture drawn anew, or why it cannot be had, as text after «Фото не отправлено:».

    Raises ProviderUnavailable, and DomainError `photos_busy`, while it may be had a little later.
    """
    try:
        return photos.drawn(providers.channel(wanted.messenger).fetch(wanted.media))
    except DomainError as error:
        if error.kind is ErrorKind.BUSY and not wanted.is_last:
            raise
        return DomainError("photo_gone") if error.kind is ErrorKind.BUSY else error
    except ProviderUnavailable:
        if not wanted.is_last:
            raise
        log.warning("chat_picture_unavailable")
    except ProviderRefused as error:
        if error.code in TOO_LARGE:
            return DomainError("photo_too_large", megabytes=MAX_BYTES // 1024**2)
        log.warning("chat_picture_refused", error=str(error))
    except ProviderError as error:
        log.error("chat_picture_protocol", error=str(error))  # noqa: TRY400  # expected: the text says all
    return DomainError("photo_gone")
