"""Work that outlives a transaction: what is to be done, what came in, what is told to people."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText
from app.models.user import Language


class OutboxKind(StrEnum):
    """What there is to do. Each kind has a handler and a queue in app/jobs/outbox.py."""

    CREATE_PAYMENT = "create_payment"
    SEND_NOTIFICATION = "send_notification"
    SEND_REFUND = "send_refund"


class OutboxItem(Base):
    """Something to do after the transaction that wrote this row; carries an id, never data."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("kind", OutboxKind),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint("done_at IS NULL OR dead_at IS NULL", name="done_or_dead"),
        CheckConstraint("length(last_error) <= 500", name="error_short"),
        Index("ix_outbox_due", "available_at", postgresql_where=text("done_at IS NULL AND dead_at IS NULL")),
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
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    """Given up: it is on the dead-letter list, unless it was dropped from there."""
    dropped_at: Mapped[datetime | None]


class InboxProvider(StrEnum):
    """Who calls us."""

    KASPI = "kaspi"


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
        Index("ix_inbox_received_at", "received_at"),
        Index("ix_inbox_dead_at", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    provider: Mapped[str]
    external_id: Mapped[str]
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


class NotificationKind(StrEnum):
    """The catalogue of notifications."""

    LOGIN_CODE = "login_code"
    BOOKING_CONFIRMED = "booking_confirmed"
    KEYS = "keys"
    REQUEST_RECEIVED = "request_received"
    """To the landlord."""
    REQUEST_ACCEPTED = "request_accepted"
    REQUEST_DECLINED = "request_declined"
    """Also when the landlord did not answer in time."""
    BOOKING_CANCELLED = "booking_cancelled"
    CANCELLED_TO_LANDLORD = "cancelled_to_landlord"
    STAY_CHANGED = "stay_changed"
    REVIEW_REQUEST = "review_request"


class NotificationChannel(StrEnum):
    """How a notification travels."""

    SMS = "sms"


class NotificationStatus(StrEnum):
    """How far a notification has come."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Notification(Base):
    """Something a person is told, once. Address and text are sealed; the text goes when it has been sent."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("kind", NotificationKind),
        one_of("channel", NotificationChannel),
        one_of("status", NotificationStatus),
        one_of("language", Language),
        UniqueConstraint("dedup_key"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_has_moment"),
        CheckConstraint("status <> 'pending' OR address_sealed IS NOT NULL", name="pending_has_address"),
        Index("ix_notifications_booking_id", "booking_id"),
        Index("ix_notifications_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    dedup_key: Mapped[str]
    """kind, subject and recipient: the same thing is not told twice."""
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    channel: Mapped[str]
    language: Mapped[str]
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    params_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the text needs, as JSON; for keys nothing is kept here, they are read when the message is sent."""
    status: Mapped[str]
    provider_id: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    """After this moment the message is worthless and is not sent."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    address = OptionalSealedText("address_sealed", row="id")
    params = OptionalSealedText("params_sealed", row="id")
