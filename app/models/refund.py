"""Money that is owed back to guests."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
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


class Refund(Base):
    """An amount that was computed and shown and is owed to a guest; its outbox row sends it. Once per cause."""

    __tablename__ = "refunds"
    __table_args__ = (
        one_of("cause", RefundCause),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(cause = 'shortened') = (amendment_id IS NOT NULL)", name="shortening_has_amendment"),
        Index("uq_refunds_ending", "booking_id", unique=True, postgresql_where=text("amendment_id IS NULL")),
        Index("ix_refunds_booking_id", "booking_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    amendment_id: Mapped[int | None] = mapped_column(ForeignKey("booking_amendments.id"), unique=True)
    cause: Mapped[str]
    amount: Mapped[int]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """What was paid and what comes back, line by line, as it was shown."""
    created_at: Mapped[datetime]
