"""What guest and landlord write to each other: a conversation about a flat, its messages, and their photos."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.crypto import SEAL_BYTES
from app.models.base import Base, one_of
from app.models.booking import Channel
from app.models.sealed import OptionalSealedText, SealedBytes

MESSAGE_LONGEST = 2000
"""Characters of one message; a character takes at most four bytes."""
MESSAGE_PHOTO_BYTES = 400 * 1024
"""Of a message's photo as it is kept, before sealing."""


class Side(StrEnum):
    """Which of the two people of a conversation."""

    GUEST = "guest"
    LANDLORD = "landlord"

    @property
    def other(self) -> Side:
        """The one that reads what this one writes."""
        return Side.LANDLORD if self is Side.GUEST else Side.GUEST


class MessageThread(Base):
    """What one guest and the landlord of one flat say to each other; the row is the lock of its messages.

    The landlord is kept beside the flat: a flat that changes hands does not take its conversations along.
    """

    __tablename__ = "message_threads"
    __table_args__ = (
        UniqueConstraint("property_id", "guest_id"),
        CheckConstraint("guest_id <> landlord_id", name="two_people"),
        CheckConstraint("last_number >= 0", name="last_number_not_negative"),
        Index("ix_message_threads_guest_id", "guest_id", text("last_at DESC")),
        Index("ix_message_threads_landlord_id", "landlord_id", text("last_at DESC")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id"))
    guest_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    landlord_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    last_number: Mapped[int] = mapped_column(Integer)
    """Of its newest message."""
    last_at: Mapped[datetime]
    """When the newest message was written."""
    created_at: Mapped[datetime]


class Message(Base):
    """One message, numbered in its conversation. Its words are sealed, and go when nobody needs them any more.

    A photo may come without words.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        UniqueConstraint("author_id", "client_key"),
        one_of("author", Side),
        one_of("channel", Channel),
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("author_id <> recipient_id", name="two_people"),
        CheckConstraint("client_key ~ '^[!-~]{8,128}$'", name="client_key_form"),
        CheckConstraint(
            f"octet_length(body_sealed) BETWEEN {SEAL_BYTES + 1} AND {SEAL_BYTES + 4 * MESSAGE_LONGEST}",
            name="body_small",
        ),
        Index("ix_messages_unread", "recipient_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_messages_author_id", "author_id", "created_at"),
        Index("ix_messages_with_body", "created_at", postgresql_where=text("body_sealed IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    thread_id: Mapped[UUID] = mapped_column(ForeignKey("message_threads.id"))
    number: Mapped[int] = mapped_column(Integer)
    author: Mapped[str]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_masked: Mapped[bool]
    """Something in it was a way around the platform and is not kept."""
    is_told: Mapped[bool]
    """The other side was sent a notification about it; otherwise an earlier one speaks for it."""
    channel: Mapped[str]
    client_key: Mapped[str]
    """The author's own: the same message sent again is not another one."""
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    """When the other side saw it."""

    body = OptionalSealedText("body_sealed", row="id")


class MessagePhoto(Base):
    """The photo of a message: one WebP drawn anew by us, sealed as the words are. It goes when they go."""

    __tablename__ = "message_photos"
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0", name="size_positive"),
        CheckConstraint(
            f"octet_length(image_sealed) BETWEEN {SEAL_BYTES + 1} AND {SEAL_BYTES + MESSAGE_PHOTO_BYTES}",
            name="image_small",
        ),
        Index("ix_message_photos_created_at", "created_at"),
    )

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    image_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    width: Mapped[int] = mapped_column(SmallInteger)
    height: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]

    image = SealedBytes("image_sealed", row="message_id")
