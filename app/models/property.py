"""Flats and their pictures."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Coordinates, LocalizedText, Point, one_of


class PropertyStatus(StrEnum):
    """Listing life: draft → in_review → published ⇄ paused; rejected; blocked by staff."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    PAUSED = "paused"
    REJECTED = "rejected"
    BLOCKED = "blocked"


class PropertyClass(StrEnum):
    """How a flat is positioned."""

    ECONOMY = "economy"
    COMFORT = "comfort"
    BUSINESS = "business"
    PREMIUM = "premium"


class CancellationPolicy(StrEnum):
    """How much comes back after a cancellation; copied to the booking when it is made."""

    FLEXIBLE = "flexible"
    MODERATE = "moderate"
    STRICT = "strict"


class Property(Base):
    """A flat. Prices are whole tenge; times are local."""

    __tablename__ = "properties"
    __table_args__ = (
        one_of("status", PropertyStatus),
        one_of("property_class", PropertyClass),
        one_of("cancellation_policy", CancellationPolicy),
        CheckConstraint("title ? 'ru' AND description ? 'ru'", name="has_russian_text"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
        CheckConstraint("rooms BETWEEN 1 AND 20 AND beds BETWEEN 1 AND 40", name="rooms_sensible"),
        CheckConstraint("max_guests BETWEEN 1 AND 40", name="max_guests_sensible"),
        CheckConstraint("area_m2 BETWEEN 8 AND 2000", name="area_sensible"),
        CheckConstraint("floor BETWEEN -2 AND floors_total AND floors_total <= 100", name="floor_in_building"),
        CheckConstraint("base_price BETWEEN 500 AND 10000000", name="base_price_sensible"),
        CheckConstraint("weekend_price BETWEEN 500 AND 10000000", name="weekend_price_sensible"),
        CheckConstraint("cleaning_fee BETWEEN 0 AND 1000000", name="cleaning_fee_sensible"),
        CheckConstraint("included_guests BETWEEN 1 AND max_guests", name="included_guests_fit"),
        CheckConstraint("extra_guest_price BETWEEN 0 AND 1000000", name="extra_guest_price_sensible"),
        CheckConstraint("one_night_surcharge BETWEEN 0 AND 1000000", name="one_night_surcharge_sensible"),
        CheckConstraint("deposit BETWEEN 0 AND 10000000", name="deposit_sensible"),
        CheckConstraint("min_nights >= 1 AND max_nights BETWEEN min_nights AND 365", name="nights_limits"),
        CheckConstraint(
            "extract(epoch FROM check_out_time) + cleaning_minutes * 60 <= extract(epoch FROM check_in_time)",
            name="cleaning_fits",
        ),
        CheckConstraint("cleaning_minutes >= 0", name="cleaning_not_negative"),
        CheckConstraint("rating_sum BETWEEN rating_count AND 5 * rating_count", name="rating_possible"),
        Index("ix_properties_status", "status"),
        Index("ix_properties_location", "location", postgresql_using="gist"),
        Index("ix_properties_landlord_id", "landlord_id"),
        Index("ix_properties_city_id", "city_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    landlord_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    city_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("cities.id"))
    district_id: Mapped[int | None] = mapped_column(SmallInteger, ForeignKey("districts.id"))
    status: Mapped[str]
    property_class: Mapped[str]
    slug: Mapped[str]
    title: Mapped[LocalizedText]
    description: Mapped[LocalizedText]
    street: Mapped[str]
    """Shown to everyone; the building only to a guest who has paid (the flat's number is among the keys)."""
    building: Mapped[str]
    location: Mapped[Coordinates] = mapped_column(Point())
    rooms: Mapped[int] = mapped_column(SmallInteger)
    beds: Mapped[int] = mapped_column(SmallInteger)
    max_guests: Mapped[int] = mapped_column(SmallInteger)
    area_m2: Mapped[int] = mapped_column(SmallInteger)
    floor: Mapped[int] = mapped_column(SmallInteger)
    floors_total: Mapped[int] = mapped_column(SmallInteger)
    amenities: Mapped[int]
    """Bit mask over `app.domain.listings.amenities.AMENITIES`."""
    base_price: Mapped[int]
    weekend_price: Mapped[int | None]
    """Friday and Saturday nights; None: as any other night."""
    cleaning_fee: Mapped[int]
    included_guests: Mapped[int] = mapped_column(SmallInteger)
    """As many guests sleep here at the night's price; each one more pays `extra_guest_price` a night."""
    extra_guest_price: Mapped[int]
    one_night_surcharge: Mapped[int]
    """Added once to a stay of one night."""
    deposit: Mapped[int]
    """Refundable; 0: none."""
    check_in_time: Mapped[time]
    check_out_time: Mapped[time]
    cleaning_minutes: Mapped[int] = mapped_column(SmallInteger)
    self_check_in: Mapped[bool]
    instant_booking: Mapped[bool]
    """Without it a guest sends a request that the landlord answers."""
    cut_off_time: Mapped[time | None]
    """Last local minute at which tonight can be booked; None: 23:59 with self check-in, else 20:00."""
    min_nights: Mapped[int] = mapped_column(SmallInteger)
    max_nights: Mapped[int] = mapped_column(SmallInteger)
    cancellation_policy: Mapped[str]
    rating_sum: Mapped[int] = mapped_column(Integer, default=0)
    rating_count: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class Photo(Base):
    """One picture of a flat. Files are `<key>-<width>.webp` in three widths; pictures may share a key."""

    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("property_id", "position"),
        CheckConstraint("position >= 0", name="position_not_negative"),
        CheckConstraint("width > 0 AND height > 0", name="size_positive"),
        CheckConstraint("key ~ '^[a-z0-9-]{1,80}$'", name="key_form"),
        CheckConstraint("length(blur) <= 600", name="blur_small"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    key: Mapped[str]
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    blur: Mapped[str]
    """A data: URI of a few pixels, shown until the picture is there."""
