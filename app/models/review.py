"""What guests say after a stay."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Review(Base):
    """One review per completed booking; the landlord may reply once."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_1_to_5"),
        CheckConstraint("length(text) BETWEEN 1 AND 4000", name="text_length"),
        CheckConstraint("length(reply) BETWEEN 1 AND 4000", name="reply_length"),
        CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name="reply_has_moment"),
        Index("ix_reviews_property_id", "property_id", text("created_at DESC")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("bookings.id"), unique=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    rating: Mapped[int] = mapped_column(SmallInteger)
    text: Mapped[str]
    created_at: Mapped[datetime]
    reply: Mapped[str | None]
    replied_at: Mapped[datetime | None]


class ReviewPhoto(Base):
    """A guest's picture, re-encoded by us: files are `<key>-<width>.webp`."""

    __tablename__ = "review_photos"
    __table_args__ = (
        UniqueConstraint("review_id", "position"),
        CheckConstraint("position BETWEEN 0 AND 5", name="at_most_six"),
        CheckConstraint("width > 0 AND height > 0", name="size_positive"),
        CheckConstraint("key ~ '^[a-z0-9-]{1,80}$'", name="key_form"),
        CheckConstraint("length(blur) <= 600", name="blur_small"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(SmallInteger)
    key: Mapped[str]
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    blur: Mapped[str]
