"""What changes a price: rules for dates, discounts for long stays, promo codes."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, SmallInteger
from sqlalchemy.dialects.postgresql import DATERANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class PriceRule(Base):
    """Nights with a price of their own, or some per cent more or less, or a longer shortest stay. One rule a night."""

    __tablename__ = "price_rules"
    __table_args__ = (
        CheckConstraint(
            "NOT isempty(nights) AND NOT lower_inf(nights) AND NOT upper_inf(nights)", name="nights_finite"
        ),
        CheckConstraint("price BETWEEN 500 AND 10000000", name="price_sensible"),
        CheckConstraint("percent BETWEEN -90 AND 500 AND percent <> 0", name="percent_sensible"),
        CheckConstraint("num_nonnulls(price, percent) <= 1", name="price_or_percent"),
        CheckConstraint("num_nonnulls(price, percent, min_nights) >= 1", name="says_something"),
        CheckConstraint("min_nights BETWEEN 2 AND 90", name="min_nights_sensible"),
        CheckConstraint("length(name) <= 80", name="name_short"),
        ExcludeConstraint(("property_id", "="), ("nights", "&&"), name="ex_price_rules_one_a_night", using="gist"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id", ondelete="CASCADE"))
    nights: Mapped[Range[date]] = mapped_column(DATERANGE())
    price: Mapped[int | None]
    percent: Mapped[int | None] = mapped_column(SmallInteger)
    """Added to what the night costs otherwise: -20 is a fifth less."""
    min_nights: Mapped[int | None] = mapped_column(SmallInteger)
    """A stay that begins on one of these nights has at least so many."""
    name: Mapped[str]
    created_at: Mapped[datetime]


class StayDiscount(Base):
    """Per cent off the nights of a stay of 7 or 28 nights and more."""

    __tablename__ = "stay_discounts"
    __table_args__ = (
        CheckConstraint("min_nights IN (7, 28)", name="week_or_month"),
        CheckConstraint("percent BETWEEN 1 AND 90", name="percent_sensible"),
    )

    property_id: Mapped[int] = mapped_column(
        ForeignKey("properties.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    min_nights: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    percent: Mapped[int] = mapped_column(SmallInteger)


class PromoCode(Base):
    """A code that takes something off the nights. Dates: when it may be used, and for nights of which dates."""

    __tablename__ = "promo_codes"
    __table_args__ = (
        CheckConstraint("code ~ '^[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ0-9-]{3,32}$'", name="code_form"),
        CheckConstraint("num_nonnulls(percent, amount) = 1", name="percent_or_amount"),
        CheckConstraint("percent BETWEEN 1 AND 90", name="percent_sensible"),
        CheckConstraint("amount BETWEEN 1 AND 10000000", name="amount_sensible"),
        CheckConstraint("max_amount IS NULL OR (max_amount > 0 AND percent IS NOT NULL)", name="max_amount_of_percent"),
        CheckConstraint("valid_until > valid_from", name="valid_some_time"),
        CheckConstraint("stay_until > stay_from", name="stays_some_time"),
        CheckConstraint("uses_limit > 0", name="uses_limit_positive"),
        CheckConstraint("uses_per_guest > 0", name="uses_per_guest_positive"),
        CheckConstraint("min_nights BETWEEN 1 AND 90", name="min_nights_sensible"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    """In capitals; people may type it otherwise."""
    percent: Mapped[int | None] = mapped_column(SmallInteger)
    amount: Mapped[int | None]
    max_amount: Mapped[int | None]
    """The most that a percentage takes off."""
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    stay_from: Mapped[date | None]
    """Every night of the stay is from this date on…"""
    stay_until: Mapped[date | None]
    """…and before this one."""
    min_nights: Mapped[int] = mapped_column(SmallInteger)
    uses_limit: Mapped[int | None]
    uses_per_guest: Mapped[int | None] = mapped_column(SmallInteger)
    first_booking_only: Mapped[bool]
    created_at: Mapped[datetime]


class PromoRedemption(Base):
    """A booking that was made with a promo code. It counts while the booking lives (see `domain/pricing/promo.py`)."""

    __tablename__ = "promo_redemptions"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_promo_redemptions_code", "promo_code_id", "guest_id"),
    )

    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), primary_key=True, autoincrement=False)
    promo_code_id: Mapped[int] = mapped_column(Integer, ForeignKey("promo_codes.id"))
    guest_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    amount: Mapped[int]
    """What it took off, in tenge."""
    created_at: Mapped[datetime]
