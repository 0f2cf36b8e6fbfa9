"""What a day brought, written down once it is over."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class DailyReport(Base):
    """The figures of one Almaty day (see app/domain/reports/daily.py); money in whole tenge."""

    __tablename__ = "daily_reports"
    __table_args__ = (
        CheckConstraint(
            "bookings_made >= 0 AND bookings_cancelled >= 0 AND nights_sold >= 0 AND gross >= 0 AND refunds >= 0",
            name="nothing_negative",
        ),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    bookings_made: Mapped[int]
    bookings_cancelled: Mapped[int]
    nights_sold: Mapped[int]
    gross: Mapped[int]
    refunds: Mapped[int]
    occupancy: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """By city: {"city": slug, "flats": published ones, "taken": those in which somebody slept}."""
    made_at: Mapped[datetime]
