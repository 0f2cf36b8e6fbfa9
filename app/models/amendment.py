"""Changes of a stay after it was booked."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Identity, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.booking import ActorKind


class AmendmentKind(StrEnum):
    """How a stay is changed."""

    EXTENSION = "extension"
    SHORTENING = "shortening"


class AmendmentStatus(StrEnum):
    """How far a change has come. Shortenings are confirmed at once; extensions hold their nights until paid."""

    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class BookingAmendment(Base):
    """One change of a stay with its own immutable quote: the price of added nights, or the refund of given-up ones."""

    __tablename__ = "booking_amendments"
    __table_args__ = (
        one_of("kind", AmendmentKind),
        one_of("status", AmendmentStatus),
        one_of("actor_kind", ActorKind),
        CheckConstraint(
            "(kind = 'extension' AND check_out > check_out_before)"
            " OR (kind = 'shortening' AND check_out < check_out_before)",
            name="changes_check_out",
        ),
        CheckConstraint("(status = 'held') = (hold_expires_at IS NOT NULL)", name="only_held_expires"),
        CheckConstraint("kind = 'extension' OR status = 'confirmed'", name="only_extensions_are_held"),
        CheckConstraint("kind = 'shortening' OR total > 0", name="extension_costs"),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint("cardinality(night_prices) >= 1 AND 0 < ALL (night_prices)", name="night_prices_positive"),
        CheckConstraint("(status = 'confirmed') = (confirmed_at IS NOT NULL)", name="confirmed_has_moment"),
        Index("ix_booking_amendments_booking_id", "booking_id"),
        Index("uq_booking_amendments_held", "booking_id", unique=True, postgresql_where=text("status = 'held'")),
        Index("ix_booking_amendments_hold_expires_at", "hold_expires_at", postgresql_where=text("status = 'held'")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    kind: Mapped[str]
    status: Mapped[str]
    check_out_before: Mapped[date]
    check_out: Mapped[date]
    quote: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Lines of the added nights' price; of a shortening the lines of what is given back."""
    night_prices: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Of the nights added or given up, in order."""
    total: Mapped[int]
    """Tenge to pay (extension) or to give back (shortening)."""
    hold_expires_at: Mapped[datetime | None]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
