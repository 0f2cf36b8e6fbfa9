"""Chats: who writes to us in a messenger, and what we answer them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText, SealedText
from app.models.user import Language


class Messenger(StrEnum):
    """Where a chat is."""

    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"


class ChannelIdentity(Base):
    """One person's chat with us in one messenger. It belongs to an account once that was proven (3-domain)."""

    __tablename__ = "channel_identities"
    __table_args__ = (
        one_of("messenger", Messenger),
        one_of("language", Language),
        UniqueConstraint("messenger", "address_token"),
        CheckConstraint("octet_length(address_token) = 32", name="address_token_length"),
        CheckConstraint("user_id IS NULL OR linked_at IS NOT NULL", name="linked_has_moment"),
        Index("ix_channel_identities_user_id", "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    messenger: Mapped[str]
    address_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    address_token: Mapped[bytes] = mapped_column(LargeBinary)
    """Blind index of the address, by which a chat is found without being read."""
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    language: Mapped[str | None]
    """As chosen in the chat; nothing before that."""
    created_at: Mapped[datetime]
    linked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime]
    """When the person last wrote or pressed something: WhatsApp lets us answer freely for 24 h from then."""
    unreachable_at: Mapped[datetime | None]
    """The person has blocked us, or the chat is gone: nothing is sent here until they write again."""
    opted_out_at: Mapped[datetime | None]
    """The person asked for silence: only what is about money, keys and safety is sent."""

    address = SealedText("address_sealed", row="id")


class ChatReply(Base):
    """What we say in one turn: some messages, in their order. The texts are sealed and go once they are sent."""

    __tablename__ = "chat_replies"
    __table_args__ = (
        CheckConstraint("sent_count >= 0", name="sent_count_not_negative"),
        CheckConstraint("parts_said >= 0", name="parts_said_not_negative"),
        CheckConstraint("length(error_code) <= 64", name="error_code_short"),
        Index("ix_chat_replies_identity_id", "identity_id", "id"),
        Index("ix_chat_replies_created_at", "created_at"),
        Index("ix_chat_replies_waiting", "identity_id", "id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    identity_id: Mapped[UUID] = mapped_column(ForeignKey("channel_identities.id", ondelete="CASCADE"))
    seal_id: Mapped[UUID] = mapped_column(default=uuid4)
    """What the sealed text is tied to: known before the row has its number."""
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    """So many of its messages the provider has, or has refused."""
    parts_said: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Of the message behind them, which is sent in several parts, the provider has the first ones."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Nothing more will be sent: all of it was, or `error_code` says why not."""
    error_code: Mapped[str | None]
    """The provider's, of the first message that it refused."""

    body = OptionalSealedText("body_sealed", row="seal_id")


class HelpRequest(Base):
    """Someone in a chat wants a human: their words, and staff's answer. Both are sealed."""

    __tablename__ = "help_requests"
    __table_args__ = (
        CheckConstraint(
            "answered_at IS NOT NULL OR num_nonnulls(answered_by, answer_sealed) = 0", name="answered_has_moment"
        ),
        Index("ix_help_requests_open", "asked_at", postgresql_where=text("answered_at IS NULL")),
        Index("ix_help_requests_identity_id", "identity_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    identity_id: Mapped[UUID] = mapped_column(ForeignKey("channel_identities.id", ondelete="CASCADE"))
    question_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    question = OptionalSealedText("question_sealed", row="id")
    answer = OptionalSealedText("answer_sealed", row="id")
