"""Cities and their districts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Coordinates, LocalizedText, Point

_NAMES = "{0} ?& ARRAY['ru','kk','en']"


class City(Base):
    """A city in which flats are rented; `slug` is its address on the portal (`/almaty`)."""

    __tablename__ = "cities"
    __table_args__ = (
        CheckConstraint(_NAMES.format("names"), name="names_complete"),
        CheckConstraint(_NAMES.format("names_in"), name="names_in_complete"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    names: Mapped[LocalizedText]
    names_in: Mapped[LocalizedText]
    """«в Алматы», «Алматыда», “in Almaty”."""
    location: Mapped[Coordinates] = mapped_column(Point())
    position: Mapped[int] = mapped_column(SmallInteger)


class District(Base):
    """A district or a well-known neighbourhood of a city."""

    __tablename__ = "districts"
    __table_args__ = (
        UniqueConstraint("city_id", "slug"),
        CheckConstraint(_NAMES.format("names"), name="names_complete"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    city_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("cities.id"))
    slug: Mapped[str]
    names: Mapped[LocalizedText]
    location: Mapped[Coordinates] = mapped_column(Point())
