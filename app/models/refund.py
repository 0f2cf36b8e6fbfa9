"""Money that goes back to guests: what is owed and why, and the transfers that bring it back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of


class RefundCause(StrEnum):
    """Why money goes back."""

    CANCELLED_BY_GUEST = "cancelled_by_guest"
    CANCELLED_BY_LANDLORD = "cancelled_by_landlord"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    NO_SHOW = "no_show"
    SHORTENED = "shortened"
    DEPOSIT = "deposit"
    """The stay is over and nobody claimed it."""
    PAID_TWICE = "paid_twice"
    DATES_TAKEN = "dates_taken"
    BOOKING_CLOSED = "booking_closed"
    WRONG_AMOUNT = "wrong_amount"

    @property
    def ends_the_stay(self) -> bool:
        """Did the booking end with it?"""
        return self in _ENDINGS

    @property
    def is_stray(self) -> bool:
        """Is it money that never became a stay?"""
        return self in _STRAY


_ENDINGS = frozenset(
    {
        RefundCause.CANCELLED_BY_GUEST,
        RefundCause.CANCELLED_BY_LANDLORD,
        RefundCause.CANCELLED_BY_STAFF,
        RefundCause.NO_SHOW,
    }
)
_STRAY = frozenset(
    {RefundCause.PAID_TWICE, RefundCause.DATES_TAKEN, RefundCause.BOOKING_CLOSED, RefundCause.WRONG_AMOUNT}
)


class RefundStatus(StrEnum):
    """How far the money has come."""

    OWED = "owed"
    """On its way, or about to be."""
    BY_BANK = "by_bank"
    """Kaspi will not return (all of) it: staff transfers it by bank."""
    DONE = "done"


class Refund(Base):
    """An amount that is owed to a guest; its outbox row sends it. Once per cause."""

    __tablename__ = "refunds"
    __table_args__ = (
        one_of("cause", RefundCause),
        one_of("status", RefundStatus),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(cause = 'shortened') = (amendment_id IS NOT NULL)", name="shortening_has_amendment"),
        CheckConstraint(
            "(cause IN ('paid_twice', 'dates_taken', 'booking_closed', 'wrong_amount')) = (transaction_id IS NOT NULL)",
            name="stray_money_has_transaction",
        ),
        CheckConstraint("(status = 'done') = (done_at IS NOT NULL)", name="done_has_moment"),
        Index(
            "uq_refunds_ending",
            "booking_id",
            unique=True,
            postgresql_where=text(
                "cause IN ('cancelled_by_guest','cancelled_by_landlord','cancelled_by_staff','no_show')"
            ),
        ),
        Index("uq_refunds_deposit", "booking_id", unique=True, postgresql_where=text("cause = 'deposit'")),
        Index("ix_refunds_booking_id", "booking_id"),
        Index("ix_refunds_open", "created_at", postgresql_where=text("status <> 'done'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    amendment_id: Mapped[int | None] = mapped_column(ForeignKey("booking_amendments.id"), unique=True)
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("transactions.id"), unique=True)
    """The money that never became a stay."""
    cause: Mapped[str]
    status: Mapped[str] = mapped_column(default=RefundStatus.OWED, server_default=text("'owed'"))
    amount: Mapped[int]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """What was paid and what comes back, line by line, as it was shown; empty for money that never became a stay."""
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class TransferStatus(StrEnum):
    """One call for money back."""

    PLANNED = "planned"
    SENT = "sent"
    """Asked for; the provider accepted it, or has not answered: the same call tells."""
    DONE = "done"
    REFUSED = "refused"
    """The provider will never do it: staff's list of refunds by bank."""
    BY_BANK = "by_bank"
    """Staff transferred it by bank."""


class RefundTransfer(Base):
    """A refund's share of one payment. `id` is the provider's refund id, hence its idempotency key."""

    __tablename__ = "refund_transfers"
    __table_args__ = (
        one_of("status", TransferStatus),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(status IN ('done', 'by_bank')) = (done_at IS NOT NULL)", name="done_has_moment"),
        CheckConstraint("(status = 'refused') <= (failure IS NOT NULL)", name="refused_has_failure"),
        CheckConstraint("length(failure) <= 100", name="failure_short"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        Index("uq_refund_transfers_in_flight", "payment_id", unique=True, postgresql_where=text("status = 'sent'")),
        Index("ix_refund_transfers_refund_id", "refund_id"),
        Index("ix_refund_transfers_payment_id", "payment_id"),
        Index("ix_refund_transfers_ask_at", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    amount: Mapped[int]
    status: Mapped[str]
    returnable_before: Mapped[int | None]
    """What could be given back of the payment before this was asked for, where the provider tells."""
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    ask_at: Mapped[datetime | None]
    """When to ask (again)."""
    claimed_until: Mapped[datetime | None]
    """While someone asks: nobody else may, since not every surface of the provider knows a refund by its id."""
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
