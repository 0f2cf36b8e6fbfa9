"""Bookings and every transition of each."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Identity, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.property import CancellationPolicy


class BookingStatus(StrEnum):
    """Where a booking is in its life (the allowed transitions are in domain/bookings/state_machine.py)."""

    REQUESTED = "requested"
    HELD = "held"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    EXPIRED = "expired"
    DECLINED = "declined"
    CANCELLED_BY_GUEST = "cancelled_by_guest"
    CANCELLED_BY_LANDLORD = "cancelled_by_landlord"
    CANCELLED_BY_STAFF = "cancelled_by_staff"

    @property
    def is_paid(self) -> bool:
        """Has the guest paid, and does the stay stand?"""
        return self in {BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED}

    @property
    def occupies(self) -> bool:
        """Does a booking in this state keep its nights from others?"""
        return self is BookingStatus.HELD or self.is_paid


class Channel(StrEnum):
    """Where a booking was made."""

    WEB = "web"
    API = "api"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"


class ActorKind(StrEnum):
    """Who did something."""

    GUEST = "guest"
    LANDLORD = "landlord"
    STAFF = "staff"
    SYSTEM = "system"


class Booking(Base):
    """A stay that someone holds, paid for, or had. The quote in it never changes."""

    __tablename__ = "bookings"
    __table_args__ = (
        one_of("status", BookingStatus),
        one_of("channel", Channel),
        one_of("cancellation_policy", CancellationPolicy),
        CheckConstraint("check_out > check_in", name="has_a_night"),
        CheckConstraint("check_out_at > check_in_at", name="check_out_after_check_in"),
        CheckConstraint("guests BETWEEN 1 AND 40", name="guests_sensible"),
        CheckConstraint("total > 0", name="total_positive"),
        CheckConstraint("(status = 'held') = (hold_expires_at IS NOT NULL)", name="only_held_expires"),
        CheckConstraint("hold_expires_at > created_at", name="hold_expires_later"),
        CheckConstraint("(status = 'requested') = (answer_by IS NOT NULL)", name="only_requested_waits"),
        CheckConstraint("cardinality(night_prices) >= 1 AND 0 < ALL (night_prices)", name="night_prices_positive"),
        CheckConstraint("commission_percent BETWEEN 0 AND 50", name="commission_sensible"),
        CheckConstraint("reference ~ '^[2-9B-DF-HJ-NP-TV-XZ]{8}$'", name="reference_form"),
        Index("ix_bookings_dates", "check_in", "check_out"),
        Index("ix_bookings_guest_id", "guest_id", "check_in"),
        Index("ix_bookings_property_id", "property_id", "check_in"),
        Index("ix_bookings_to_check_in", "check_in_at", postgresql_where=text("status = 'confirmed'")),
        Index("ix_bookings_to_complete", "check_out_at", postgresql_where=text("status = 'checked_in'")),
        Index("ix_bookings_hold_expires_at", "hold_expires_at", postgresql_where=text("status = 'held'")),
        Index("ix_bookings_answer_by", "answer_by", postgresql_where=text("status = 'requested'")),
        Index("ix_bookings_settle_at", "settle_at", postgresql_where=text("settle_at IS NOT NULL")),
        Index("ix_bookings_deposit_due_at", "deposit_due_at", postgresql_where=text("deposit_due_at IS NOT NULL")),
        Index("ix_bookings_completed", "check_out_at", postgresql_where=text("status = 'completed'")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id"))
    guest_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    status: Mapped[str]
    channel: Mapped[str]
    check_in: Mapped[date]
    check_out: Mapped[date]
    check_in_at: Mapped[datetime]
    check_out_at: Mapped[datetime]
    guests: Mapped[int] = mapped_column(SmallInteger)
    quote: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """The lines of the quote as they were shown: see `app.domain.pricing.quote`."""
    night_prices: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """What the quote asks for each night, in order (tenge, before surcharges and discounts)."""
    total: Mapped[int]
    cancellation_policy: Mapped[str]
    hold_expires_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    """Until when the landlord answers a request."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    commission_percent: Mapped[int] = mapped_column(SmallInteger, default=10, server_default=text("10"))
    """What the platform keeps of the nights after discounts, as agreed when it was booked."""
    settle_at: Mapped[datetime | None]
    """When what was paid is shared between landlord and platform next; None when there is nothing to share."""
    frozen_at: Mapped[datetime | None]
    """Since when a reported problem keeps the landlord's share back."""
    deposit_due_at: Mapped[datetime | None]
    """When the deposit of a stay that is over goes back by itself; None when that is done or not to be."""


class BookingEvent(Base):
    """One transition: from, to, by whom, why, when. Never changed."""

    __tablename__ = "booking_events"
    __table_args__ = (
        one_of("to_status", BookingStatus),
        one_of("from_status", BookingStatus),
        one_of("actor_kind", ActorKind),
        CheckConstraint("from_status IS DISTINCT FROM to_status", name="is_a_change"),
        Index("ix_booking_events_booking_id", "booking_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"))
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    reason: Mapped[str]
    at: Mapped[datetime]
