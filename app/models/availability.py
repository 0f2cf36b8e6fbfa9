"""What makes a flat unavailable, and the narrow index that search reads.

`occupancies` is the truth (an exclusion constraint forbids overlaps); `property_search.busy` is its index, written in
the same transaction; and a `property_search` row is its property's lock.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import BIT, TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.property import PropertyClass

RING_NIGHTS = 512
"""Bits in the ring of busy nights: the 500 bookable nights and some that have passed."""


class OccupancyKind(StrEnum):
    """Why a flat is not available."""

    BOOKING = "booking"
    BLOCK = "block"
    MAINTENANCE = "maintenance"
    IMPORT = "import"


class Occupancy(Base):
    """One stretch of time in which a flat is taken, half-open, from check-in to check-out plus cleaning (UTC)."""

    __tablename__ = "occupancies"
    __table_args__ = (
        one_of("kind", OccupancyKind),
        CheckConstraint("(kind = 'booking') = (booking_id IS NOT NULL)", name="booking_has_booking"),
        CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)"
            " AND lower_inc(during) AND NOT upper_inc(during)",
            name="during_half_open",
        ),
        ExcludeConstraint(("property_id", "="), ("during", "&&"), name="ex_occupancies_no_overlap", using="gist"),
        Index("ix_occupancies_booking_id", "booking_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id"))
    kind: Mapped[str]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE())
    created_at: Mapped[datetime]


class PropertySearch(Base):
    """What search filters and sorts by, one narrow row a property from its creation on. Lock it before occupancies."""

    __tablename__ = "property_search"
    __table_args__ = (
        one_of("property_class", PropertyClass),
        CheckConstraint("score >= 0", name="score_not_negative"),
        Index(
            "ix_property_search_recommended",
            "city_id",
            text("score DESC"),
            "property_id",
            postgresql_where=text("is_listed"),
        ),
        Index(
            "ix_property_search_rating",
            "city_id",
            text("rating DESC"),
            "property_id",
            postgresql_where=text("is_listed"),
        ),
        {"postgresql_with": {"fillfactor": "80"}},
    )

    property_id: Mapped[int] = mapped_column(
        ForeignKey("properties.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    is_listed: Mapped[bool]
    city_id: Mapped[int] = mapped_column(SmallInteger)
    district_id: Mapped[int | None] = mapped_column(SmallInteger)
    property_class: Mapped[str]
    rooms: Mapped[int] = mapped_column(SmallInteger)
    max_guests: Mapped[int] = mapped_column(SmallInteger)
    min_nights: Mapped[int] = mapped_column(SmallInteger)
    max_nights: Mapped[int] = mapped_column(SmallInteger)
    self_check_in: Mapped[bool]
    score: Mapped[int] = mapped_column(Integer)
    """How strongly a flat is recommended; larger is better."""
    rating: Mapped[int] = mapped_column(SmallInteger)
    """Average rating × 100; 0 when nobody has rated."""
    busy: Mapped[str] = mapped_column(BIT(RING_NIGHTS))
    """Ring of nights: bit (day number mod 512) is set when the night is taken."""
