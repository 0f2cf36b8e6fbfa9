"""The double-entry ledger: append-only, every posting sums to zero, every business event is posted once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of


class Account(StrEnum):
    """Accounts of the ledger. What we have and what it cost us is positive; what we owe and earned is negative."""

    KASPI_CLEARING = "kaspi_clearing"
    """Money that Kaspi holds for us."""
    GUEST_PREPAYMENTS = "guest_prepayments"
    """Money of guests for stays that have not been settled with the landlord."""
    BANK = "bank"
    """Our bank account: Kaspi pays in, payouts and refunds by bank leave it."""
    KASPI_FEES = "kaspi_fees"
    """What Kaspi kept for its work."""
    DEPOSITS = "deposits"
    """Guests' deposits."""
    REFUNDS_PAYABLE = "refunds_payable"
    """What goes back to guests and has not reached them."""
    LANDLORD_PAYABLE = "landlord_payable"
    """What landlords have earned and not been paid; positive for one who owes us after a late refund."""
    PAYOUTS_IN_TRANSIT = "payouts_in_transit"
    """Payouts that were handed to the bank and that it has not confirmed."""
    PLATFORM_REVENUE = "platform_revenue"
    """Service fees and commissions."""


OF_LANDLORDS = frozenset({Account.LANDLORD_PAYABLE, Account.PAYOUTS_IN_TRANSIT})
"""Accounts whose every line names a landlord."""


class PostingKind(StrEnum):
    """Business events that move money; one posting function each in domain/ledger/posting.py."""

    PAYMENT_CAPTURED = "payment_captured"
    DEPOSIT_TAKEN = "deposit_taken"
    STAY_EARNED = "stay_earned"
    REFUND_OWED = "refund_owed"
    REFUND_PAID = "refund_paid"
    PROVIDER_REFUNDED = "provider_refunded"
    DEPOSIT_CLAIMED = "deposit_claimed"
    PAYOUT_SENT = "payout_sent"
    PAYOUT_CONFIRMED = "payout_confirmed"
    PAYOUT_RETURNED = "payout_returned"
    KASPI_FEE = "kaspi_fee"
    KASPI_SETTLED = "kaspi_settled"


class LedgerEntry(Base):
    """One line of a posting. Append-only (trigger); each posting sums to zero (deferred trigger)."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        one_of("kind", PostingKind),
        one_of("account", Account),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        CheckConstraint(
            "(account IN ('landlord_payable', 'payouts_in_transit')) = (landlord_id IS NOT NULL)",
            name="landlord_where_due",
        ),
        CheckConstraint("length(event_key) BETWEEN 1 AND 100", name="event_key_length"),
        UniqueConstraint("transaction_id", "kind", "account"),
        UniqueConstraint("kind", "event_key", "account"),
        Index("ix_ledger_entries_posting_id", "posting_id"),
        Index("ix_ledger_entries_booking_id", "booking_id"),
        Index(
            "ix_ledger_entries_left_kaspi",
            "at",
            postgresql_where=text("account = 'kaspi_clearing' AND kind IN ('refund_paid', 'provider_refunded')"),
        ),
        Index("ix_ledger_entries_landlord_id", "landlord_id", "at", postgresql_where=text("landlord_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    posting_id: Mapped[UUID]
    kind: Mapped[str]
    event_key: Mapped[str | None]
    """Which event of its kind this is: the same one cannot be posted twice."""
    account: Mapped[str]
    amount: Mapped[int]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    landlord_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("transactions.id"))
    at: Mapped[datetime]
