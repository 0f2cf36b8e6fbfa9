"""What people are told, by which channel, and how far it came."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText
from app.models.user import Language


class NotificationKind(StrEnum):
    """What there is to tell. To whom, when and for how long: app/notify/catalogue.py; the words: templates/messages."""

    LOGIN_CODE = "login_code"
    BOOKING_HELD = "booking_held"
    PAYMENT_FAILED = "payment_failed"
    BOOKING_CONFIRMED = "booking_confirmed"
    KEYS = "keys"
    CHECK_IN_TOMORROW = "check_in_tomorrow"
    CHECK_IN_TODAY = "check_in_today"
    CHECK_OUT_TOMORROW = "check_out_tomorrow"
    STAY_CHANGED = "stay_changed"
    BOOKING_CANCELLED = "booking_cancelled"
    REFUNDED = "refunded"
    """`amount` in tenge and `reason`: a ReviewReason or RefundCause, or `deposit`."""
    REQUEST_ACCEPTED = "request_accepted"
    REQUEST_DECLINED = "request_declined"
    """Also when the landlord did not answer in time."""
    REVIEW_REQUEST = "review_request"
    REQUEST_RECEIVED = "request_received"
    """To the landlord, like the ones below."""
    NEW_BOOKING = "new_booking"
    STAY_CHANGED_TO_LANDLORD = "stay_changed_to_landlord"
    CANCELLED_TO_LANDLORD = "cancelled_to_landlord"
    DEPOSIT_CLAIM_OPEN = "deposit_claim_open"
    """The guest has left: `amount` in tenge goes back unless it is claimed in time."""
    PAYOUT_SENT = "payout_sent"
    """`amount` in tenge."""
    IBAN_CHANGED = "iban_changed"
    MESSAGE_RECEIVED = "message_received"
    """To whichever side did not write it: `thread` and `number` of the message."""


class NotificationChannel(StrEnum):
    """How a notification travels."""

    SMS = "sms"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"


class NotificationStatus(StrEnum):
    """How far a notification has come."""

    PENDING = "pending"
    SENT = "sent"
    """The provider has it."""
    DELIVERED = "delivered"
    """The person's phone has it."""
    UNDELIVERED = "undelivered"
    """The provider took it and could not bring it."""
    FAILED = "failed"
    """Not sent: nobody took it, or it was no news any more."""


class Notification(Base):
    """Something a person is told, once. Address and text are sealed; the text goes when nobody can need it any more."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("kind", NotificationKind),
        one_of("channel", NotificationChannel),
        one_of("status", NotificationStatus),
        one_of("language", Language),
        UniqueConstraint("dedup_key"),
        CheckConstraint(
            "(status IN ('sent', 'delivered', 'undelivered')) = (sent_at IS NOT NULL)", name="sent_has_moment"
        ),
        CheckConstraint(
            "status <> 'pending' OR user_id IS NOT NULL OR (address_sealed IS NOT NULL AND language IS NOT NULL)",
            name="pending_has_recipient",
        ),
        CheckConstraint("refused <@ ARRAY['sms','telegram','whatsapp']", name="refused_known"),
        CheckConstraint("length(error_code) <= 64", name="error_code_short"),
        CheckConstraint("parts_said >= 0 AND (parts_said = 0) = (parts_by IS NULL)", name="parts_said_somewhere"),
        Index("ix_notifications_booking_id", "booking_id"),
        Index("ix_notifications_created_at", "created_at"),
        Index("ix_notifications_provider_id", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    dedup_key: Mapped[str]
    """kind, subject and recipient: the same thing is not told twice."""
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    channel: Mapped[str]
    """The one that took it; before, the last resort."""
    is_pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    """It goes by its channel or not at all: one of several copies that go by every channel."""
    refused: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    """Channels that will not take it, or could not bring it."""
    language: Mapped[str | None]
    """For people who have an account: theirs, looked up when it is sent."""
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A phone that has no account yet. People who have one are looked up when it is sent."""
    params_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the text needs, as JSON; for keys nothing is kept here, they are read when the message is sent."""
    status: Mapped[str]
    provider_id: Mapped[str | None]
    error_code: Mapped[str | None]
    """Why it was not sent or not brought: the provider's code, or a word of ours (see app/notify/outcome.py)."""
    attempted_at: Mapped[datetime | None]
    """Someone began to hand it over and has not noted the answer."""
    trouble_since: Mapped[datetime | None]
    """When a channel first could not take it for a while: what is urgent then goes by the next one before long."""
    parts_said: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Of a message in several parts the chat `parts_by` has the first ones (as app/notify/channels.py names a chat)."""
    parts_by: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    """After this moment the message is worthless and is not sent."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    address = OptionalSealedText("address_sealed", row="id")
    params = OptionalSealedText("params_sealed", row="id")
