"""Flats that people keep an eye on («избранное»)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Favourite(Base):
    """A flat that a person saved; it goes with their account.

    A person has few (app/domain/favourites), and they are only ever asked for by person: the key's index is enough.
    """

    __tablename__ = "favourites"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    property_id: Mapped[int] = mapped_column(ForeignKey("properties.id"), primary_key=True)
    created_at: Mapped[datetime]
