"""What makes a flat unavailable, and the narrow index that search reads.

`occupancies` is the truth (an exclusion constraint forbids overlaps); `property_search.busy` is its index, written in
the same transaction; and a `property_search` row is its property's lock.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, DDL, CheckConstraint, ForeignKey, Identity, Index, Integer, SmallInteger, event, text
from sqlalchemy.dialects.postgresql import BIT, TSTZRANGE, TSVECTOR, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Coordinates, Point, one_of
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
        CheckConstraint("amendment_id IS NULL OR booking_id IS NOT NULL", name="amendment_has_booking"),
        CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)"
            " AND lower_inc(during) AND NOT upper_inc(during)",
            name="during_half_open",
        ),
        ExcludeConstraint(("property_id", "="), ("during", "&&"), name="ex_occupancies_no_overlap", using="gist"),
        Index("ix_occupancies_booking_id", "booking_id"),
        Index("ix_occupancies_amendment_id", "amendment_id", postgresql_where=text("amendment_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id"))
    kind: Mapped[str]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id"))
    amendment_id: Mapped[int | None] = mapped_column(ForeignKey("booking_amendments.id"))
    """Nights that an extension holds while it is not paid."""
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE())
    created_at: Mapped[datetime]


class PropertySearch(Base):
    """What search filters and sorts by, one narrow row a property from its creation on. Lock it before occupancies."""

    __tablename__ = "property_search"
    __table_args__ = (
        one_of("property_class", PropertyClass),
        CheckConstraint("score >= 0", name="score_not_negative"),
        CheckConstraint("base_price > 0", name="base_price_positive"),
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
        Index("ix_property_search_price", "city_id", "base_price", "property_id", postgresql_where=text("is_listed")),
        Index(
            "ix_property_search_position",
            "city_id",
            "position",
            postgresql_using="gist",
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
    has_min_nights: Mapped[bool]
    """May some dates ask for more nights than the flat itself (see `price_rules.min_nights`)? Written with prices."""
    cut_off_minute: Mapped[int] = mapped_column(SmallInteger)
    """Last local minute of the day (0…1439) at which tonight can be booked."""
    instant_booking: Mapped[bool]
    amenities: Mapped[int]
    """The flat's bit mask."""
    base_price: Mapped[int]
    position: Mapped[Coordinates] = mapped_column(Point())
    """Kilometres east and north on the city's own map (`app.domain.search.geography`): plain distances hold."""
    score: Mapped[int] = mapped_column(Integer)
    """How strongly a flat is recommended; larger is better."""
    rating: Mapped[int] = mapped_column(SmallInteger)
    """Average rating × 100; 0 when nobody has rated."""
    busy: Mapped[str] = mapped_column(BIT(RING_NIGHTS))
    """Ring of nights: bit (day number mod 512) is set when the night is taken."""


class PropertyPrices(Base):
    """What a stay costs in one flat, beside its ring of nights: written by pricing, summed and sorted by search.

    `nightly` is a ring like `busy`: element (day number mod 512) + 1 is the price of that coming night in tenge, every
    rule applied. Kept uncompressed in the row, so that reading one element does not unpack all.
    """

    __tablename__ = "property_prices"
    __table_args__ = (
        CheckConstraint(f"array_length(nightly, 1) = {RING_NIGHTS} AND array_lower(nightly, 1) = 1", name="whole_ring"),
        CheckConstraint("0 < ALL (nightly)", name="nightly_positive"),
        CheckConstraint("included_guests >= 1", name="included_guests_sensible"),
        CheckConstraint(
            "one_night_surcharge >= 0 AND extra_guest_price >= 0 AND cleaning_fee >= 0 AND deposit >= 0",
            name="fees_not_negative",
        ),
        CheckConstraint(
            "weekly_percent BETWEEN 0 AND 90 AND monthly_percent BETWEEN 0 AND 90", name="discounts_sensible"
        ),
        Index("ix_property_prices_priced_until", "priced_until"),
    )

    property_id: Mapped[int] = mapped_column(
        ForeignKey("properties.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    nightly: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    one_night_surcharge: Mapped[int]
    included_guests: Mapped[int] = mapped_column(SmallInteger)
    extra_guest_price: Mapped[int]
    weekly_percent: Mapped[int] = mapped_column(SmallInteger)
    """Off the nights of a stay of 7 nights or more."""
    monthly_percent: Mapped[int] = mapped_column(SmallInteger)
    """Off the nights of a stay of 28 nights or more, instead of the weekly one."""
    cleaning_fee: Mapped[int]
    deposit: Mapped[int]
    priced_until: Mapped[date]
    """Nights before this date are in the ring; a nightly job moves it on."""


event.listen(
    PropertyPrices.__table__,
    "after_create",
    DDL("ALTER TABLE property_prices ALTER nightly SET STORAGE PLAIN"),  # type: ignore[no-untyped-call]
)


class PropertyWords(Base):
    """What text search looks through: the words of one flat's names, places and descriptions, in every language.

    As `app.domain.search.words` writes them: ASCII, each once.
    """

    __tablename__ = "property_words"
    __table_args__ = (Index("ix_property_words_words", "words", postgresql_using="gin"),)

    property_id: Mapped[int] = mapped_column(
        ForeignKey("properties.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(TSVECTOR())


class KnownWord(Base):
    """Every word of `property_words`, to find what a misspelt one means. Words that nobody uses any more stay."""

    __tablename__ = "known_words"
    __table_args__ = (
        Index("ix_known_words_word", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
    )

    word: Mapped[str] = mapped_column(primary_key=True)
