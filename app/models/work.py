"""Work that outlives a transaction: what is to be done, and what came in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Identity, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText


class OutboxKind(StrEnum):
    """What there is to do. Each kind has a handler and a queue in app/jobs/outbox.py."""

    CREATE_PAYMENT = "create_payment"
    SEND_NOTIFICATION = "send_notification"
    SEND_REFUND = "send_refund"
    SEND_CHAT_REPLY = "send_chat_reply"


class OutboxItem(Base):
    """Something to do after the transaction that wrote this row; carries an id, never data."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("kind", OutboxKind),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint("done_at IS NULL OR dead_at IS NULL", name="done_or_dead"),
        CheckConstraint("length(last_error) <= 500", name="error_short"),
        Index(
            "ix_outbox_kind_due",
            *("kind", "available_at", "id"),
            postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
        ),
        CheckConstraint("dropped_at IS NULL OR dead_at IS NOT NULL", name="only_dead_dropped"),
        Index("ix_outbox_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
        Index("ix_outbox_dead_at", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[str]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    """Not before; while someone works on it, when another may try."""
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    last_error: Mapped[str | None]
    trouble_since: Mapped[datetime | None]
    """Since when its provider has been away: it waits for that, and uses up few attempts (app/domain/outbox.py, End).
    None when it answered last."""
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    """Given up: it is on the dead-letter list, unless it was dropped from there."""
    dropped_at: Mapped[datetime | None]


class InboxProvider(StrEnum):
    """Who calls us."""

    KASPI = "kaspi"
    TWILIO = "twilio"
    """What became of messages."""
    TELEGRAM = "telegram"
    """What people write and press in chats, like the next one."""
    WHATSAPP = "whatsapp"


class InboxItem(Base):
    """One authenticated message of a provider, stored once, handled by a worker. The body is sealed."""

    __tablename__ = "inbox"
    __table_args__ = (
        one_of("provider", InboxProvider),
        UniqueConstraint("provider", "external_id"),
        CheckConstraint("length(external_id) BETWEEN 1 AND 200", name="external_id_length"),
        CheckConstraint("length(last_error) <= 500", name="error_short"),
        Index("ix_inbox_due", "available_at", postgresql_where=text("handled_at IS NULL AND dead_at IS NULL")),
        CheckConstraint("dropped_at IS NULL OR dead_at IS NOT NULL", name="only_dead_dropped"),
        Index("ix_inbox_with_body", "received_at", postgresql_where=text("body_sealed IS NOT NULL")),
        Index("ix_inbox_dead_at", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
        Index(
            "ix_inbox_stream",
            *("stream", "received_at", "id"),
            postgresql_where=text("stream IS NOT NULL AND handled_at IS NULL AND dead_at IS NULL"),
        ),
        CheckConstraint("octet_length(stream) = 32", name="stream_length"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    provider: Mapped[str]
    external_id: Mapped[str]
    stream: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Messages of one stream (a chat, by the blind index of its address) are handled one by one, in their order."""
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    last_error: Mapped[str | None]
    handled_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    """Given up: it is on the dead-letter list, unless it was dropped from there."""
    dropped_at: Mapped[datetime | None]

    body = OptionalSealedText("body_sealed", row="id")
