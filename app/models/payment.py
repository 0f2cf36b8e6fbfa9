"""Payments and what the provider told about them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText


class PaymentStatus(StrEnum):
    """Our view of one attempt to pay."""

    NEW = "new"
    """Intended; the provider has not answered yet."""
    CREATED = "created"
    """The provider has it and the guest can pay."""
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        """Can money still arrive the ordinary way?"""
        return self in {PaymentStatus.NEW, PaymentStatus.CREATED}


class PayMethod(StrEnum):
    """How the guest gets to the provider."""

    LINK = "link"
    """A link that opens the payer's app, on the same phone."""
    QR = "qr"
    """A code that the payer's app reads from another screen."""
    PUSH = "push"
    """A bill that the provider shows in the app of a phone number."""


class ReviewReason(StrEnum):
    """Why a person must look at a payment."""

    WRONG_AMOUNT = "wrong_amount"
    PAID_TWICE = "paid_twice"
    DATES_TAKEN = "dates_taken"
    """Money came after the hold expired and the nights are someone else's: to be refunded in full."""
    BOOKING_CLOSED = "booking_closed"
    """Money came for a booking that was cancelled: to be refunded in full."""
    REFUNDED_BY_PROVIDER = "refunded_by_provider"
    """The provider took the money and has given some of it back without our asking."""
    MISMATCH = "mismatch"
    """The provider tells the same event, or another payment's number, of this payment."""


class TransactionKind(StrEnum):
    """What the provider reported."""

    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class TransactionSource(StrEnum):
    """How we learnt of it."""

    CALLBACK = "callback"
    POLL = "poll"


class Payment(Base):
    """One attempt to pay for one booking. `id` is the provider's order id, hence its idempotency key."""

    __tablename__ = "payments"
    __table_args__ = (
        one_of("status", PaymentStatus),
        one_of("review_reason", ReviewReason),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("0 <= returned AND returned <= captured", name="returned_was_captured"),
        one_of("method", PayMethod),
        CheckConstraint(
            "status <> 'created' OR (provider_id IS NOT NULL AND"
            " (method = 'push' OR pay_url IS NOT NULL OR qr_text IS NOT NULL))",
            name="created_known",
        ),
        CheckConstraint("phone_sealed IS NULL OR status IN ('new', 'created')", name="phone_while_open"),
        CheckConstraint("method = 'push' OR (phone_sealed IS NULL AND pushed_at IS NULL)", name="only_push_has_phone"),
        CheckConstraint("poll_seconds BETWEEN 1 AND 3600", name="poll_seconds_sensible"),
        CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name="paid_has_moment"),
        CheckConstraint("reviewed_at IS NULL OR review_reason IS NOT NULL", name="only_flagged_reviewed"),
        Index(
            "uq_payments_open",
            "booking_id",
            unique=True,
            postgresql_where=text("status IN ('new','created')"),
        ),
        Index("ix_payments_booking_id", "booking_id"),
        Index("ix_payments_amendment_id", "amendment_id", postgresql_where=text("amendment_id IS NOT NULL")),
        Index("ix_payments_next_poll_at", "next_poll_at", postgresql_where=text("next_poll_at IS NOT NULL")),
        Index("ix_payments_review", "created_at", postgresql_where=text("review_reason IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    amendment_id: Mapped[int | None] = mapped_column(ForeignKey("booking_amendments.id"))
    """The extension this pays for; None: the booking itself."""
    amount: Mapped[int]
    captured: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """What the provider took for it in all, however often."""
    returned: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """What of that goes back: planned, on its way or returned. Never more than was taken."""
    status: Mapped[str]
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    pay_url: Mapped[str | None]
    qr_text: Mapped[str | None]
    method: Mapped[str] = mapped_column(server_default="link")
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    pushed_at: Mapped[datetime | None]
    """When a bill was about to be pushed. With this and no `provider_id`, a phone may have got one we do not know."""
    expires_at: Mapped[datetime]
    provider_expires_at: Mapped[datetime | None]
    """When the link, the code or the bill itself runs out; the hold may last longer."""
    poll_seconds: Mapped[int] = mapped_column(SmallInteger, server_default="5")
    """How often the provider wants to be asked at most."""
    next_poll_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    review_reason: Mapped[str | None]
    """Why it is, or was, on the staff's review list."""
    reviewed_at: Mapped[datetime | None]
    """When staff took it from there; the audit trail knows who and why."""
    created_at: Mapped[datetime]

    phone = OptionalSealedText("phone_sealed", row="id")
    """Whose app gets the bill (E.164); gone when the payment ends."""

    @validates("status")
    def _forget_phone(self, _key: str, status: str) -> str:
        """A phone is kept for as long as it is needed, whichever way the payment ends."""
        if not PaymentStatus(status).is_open:
            self.phone = None
        return status


class Transaction(Base):
    """One event the provider reported, once however often and by whatever way it was told."""

    __tablename__ = "transactions"
    __table_args__ = (
        one_of("kind", TransactionKind),
        one_of("source", TransactionSource),
        UniqueConstraint("external_id"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index("ix_transactions_payment_id", "payment_id"),
        Index("ix_transactions_paid_at", "at", postgresql_where=text("kind = 'paid'")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    external_id: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    amount: Mapped[int]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
