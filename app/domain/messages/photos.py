"""Photos of messages: sealed in the database, seen by the two of the conversation and by nobody else.

Only who has a paid stay in common may send them: a picture can carry the phone number that words may not.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import Sized, largest_within, redrawn
from app.models import MESSAGE_PHOTO_BYTES, Message, MessagePhoto
from app.models.sealed import key_ring, place_of

MOST_A_DAY = 50
"""Photos that one person may send within a day, of the messages that they may."""
LINK_LASTS = timedelta(hours=1)
"""A messenger fetches a photo by its address within seconds; a queue at its side is minutes."""


class Undrawn(Enum):
    """Stands for a photo until it is known that it may be sent: drawing it is the dearest thing about a message."""

    PHOTO = "photo"


class UndrawnError(Exception):
    """The message may be sent; only its photo is not drawn yet. Draw it with no transaction open, then ask again."""


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """A message's photo without the picture: the message's id, pixels."""

    id: UUID
    width: int
    height: int


_IMAGE = "SELECT f.message_id, f.image_sealed FROM message_photos f"
_BY_ID = text(f"{_IMAGE} WHERE f.message_id = :id")
_BY_NUMBER = text(
    f"{_IMAGE} JOIN messages m ON m.id = f.message_id JOIN message_threads t ON t.id = m.thread_id"
    " WHERE t.id = :thread_id AND m.number = :number AND :me IN (t.guest_id, t.landlord_id)"
)


def drawn(data: bytes) -> Sized:
    """What somebody sent, drawn anew and small enough to be kept. Raises as `app.kit.pictures.redrawn`."""
    return largest_within(redrawn(data), MESSAGE_PHOTO_BYTES)


def refuse(session: Session, author_id: UUID, *, has_paid: bool, now: datetime) -> None:
    """May the (locked) author send a photo now?

    Raises DomainError `photo_before_payment` (422), `too_many_message_photos` (429).
    """
    if not has_paid:
        raise DomainError("photo_before_payment")
    if are_used_up(session, author_id, now=now):
        raise DomainError("too_many_message_photos", ErrorKind.LIMIT, most=MOST_A_DAY)


def are_used_up(session: Session, author_id: UUID, *, now: datetime) -> bool:
    """Has the author sent as many photos as a day allows?"""
    day = now - timedelta(days=1)
    sent = select(func.count()).select_from(MessagePhoto).join(Message, Message.id == MessagePhoto.message_id)
    sent = sent.where(Message.author_id == author_id, Message.created_at > day)
    return session.execute(sent).scalar_one() >= MOST_A_DAY


def keep(session: Session, message: Message, photo: Sized) -> None:
    """Seal the photo of a message that was just written."""
    session.add(
        MessagePhoto(
            message_id=message.id,
            image=photo.data,
            width=photo.width,
            height=photo.height,
            created_at=message.created_at,
        )
    )


def image_of(connection: Connection, thread_id: UUID, number: int, *, person_id: UUID) -> bytes:
    """The photo of a message (WebP), for one of the two in the conversation.

    Raises DomainError `photo_unknown` (404).
    """
    wanted = {"thread_id": thread_id, "number": number, "me": person_id}
    row = connection.execute(_BY_NUMBER, wanted).one_or_none()
    if row is None:
        raise DomainError("photo_unknown", ErrorKind.NOT_FOUND)
    return _opened(row.message_id, row.image_sealed)


def image_by_id(connection: Connection, photo_id: UUID) -> bytes | None:
    """The same for a chat that it is sent to; None when it was forgotten. Whose it is was asked before."""
    row = connection.execute(_BY_ID, {"id": photo_id}).one_or_none()
    return None if row is None else _opened(row.message_id, row.image_sealed)


def link_word(photo_id: UUID, *, now: datetime) -> str:
    """A word that shows this photo, and nothing else, to whoever has it, for an hour."""
    said = f"{photo_id.hex}-{int((now + LINK_LASTS).timestamp()):x}"
    return f"{said}-{_signature(said)}"


def photo_of_word(word: str, *, now: datetime) -> UUID | None:
    """Which photo the word shows; None for one that is over or was not made by us."""
    said, _, signature = word.rpartition("-")
    if not hmac.compare_digest(signature.encode(), _signature(said).encode()):
        return None
    photo_id, _, until = said.partition("-")
    return UUID(hex=photo_id) if now.timestamp() < int(until, 16) else None


def _signature(said: str) -> str:
    return key_ring().blind_index(said, purpose="message-photo").hex()


def _opened(message_id: UUID, sealed: bytes) -> bytes:
    return key_ring().open_bytes(sealed, place=place_of("message_photos", "image_sealed", message_id))
