"""Paying landlords out: where their money goes, and the payouts of a day."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.sealed import OptionalSealedText, SealedText


class LandlordAccount(Base):
    """Where a landlord's money goes. A new IBAN waits until `pending_usable_from`; until then the old one is used."""

    __tablename__ = "landlord_accounts"
    __table_args__ = (
        CheckConstraint("(iban_sealed IS NULL) = (iban_last4 IS NULL)", name="iban_has_last4"),
        CheckConstraint("iban_last4 ~ '^[0-9A-Z]{4}$'", name="last4_form"),
        CheckConstraint(
            "num_nulls(pending_sealed, pending_last4, pending_usable_from) IN (0, 3)", name="pending_is_whole"
        ),
        CheckConstraint("pending_last4 ~ '^[0-9A-Z]{4}$'", name="pending_last4_form"),
        CheckConstraint("iban_sealed IS NOT NULL OR pending_sealed IS NOT NULL", name="has_an_iban"),
        CheckConstraint("(verified_at IS NULL) = (verified_by IS NULL)", name="verified_by_someone"),
    )

    landlord_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    holder_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    tax_id_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """IIN or BIN."""
    iban_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    iban_last4: Mapped[str | None]
    pending_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    pending_last4: Mapped[str | None]
    pending_usable_from: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    """When staff had seen that holder and number belong together; nothing is paid before."""
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    changed_at: Mapped[datetime]

    holder = SealedText("holder_sealed", row="landlord_id")
    tax_id = SealedText("tax_id_sealed", row="landlord_id")
    iban = OptionalSealedText("iban_sealed", row="landlord_id")
    pending_iban = OptionalSealedText("pending_sealed", row="landlord_id")


class PayoutBatch(Base):
    """The payouts of one day on Almaty's calendar. The file for the bank is the same at every export."""

    __tablename__ = "payout_batches"
    __table_args__ = (
        CheckConstraint("(exported_at IS NULL) = (file_sha256 IS NULL)", name="exported_has_hash"),
        CheckConstraint("octet_length(file_sha256) = 32", name="hash_length"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    exported_at: Mapped[datetime | None]
    file_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)


class PayoutStatus(StrEnum):
    """How far a payout has come."""

    CREATED = "created"
    EXPORTED = "exported"
    """In a file that staff took to the bank."""
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    """The bank refused it: the landlord is owed the money again."""


class Payout(Base):
    """What one landlord is paid in a batch, with the account as it was then: an exported file does not change."""

    __tablename__ = "payouts"
    __table_args__ = (
        one_of("status", PayoutStatus),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("iban_last4 ~ '^[0-9A-Z]{4}$'", name="last4_form"),
        CheckConstraint("(status = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed_has_moment"),
        CheckConstraint("(status = 'returned') = (returned_at IS NOT NULL)", name="returned_has_moment"),
        CheckConstraint("(returned_at IS NULL) = (return_reason IS NULL)", name="returned_has_reason"),
        CheckConstraint("return_reason ~ '^[a-z_]{1,40}$'", name="reason_is_a_code"),
        UniqueConstraint("batch_id", "landlord_id"),
        Index("ix_payouts_landlord_id", "landlord_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batches.id"))
    landlord_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    amount: Mapped[int]
    status: Mapped[str]
    holder_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    tax_id_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    iban_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    iban_last4: Mapped[str]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    return_reason: Mapped[str | None]

    holder = SealedText("holder_sealed", row="id")
    tax_id = SealedText("tax_id_sealed", row="id")
    iban = SealedText("iban_sealed", row="id")
