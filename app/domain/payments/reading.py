"""Small look-ups that go with payments."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Booking


def reference_of(session: Session, booking_id: int) -> str:
    """The reference of a payment's booking, for the payer's screen and the way back to the portal."""
    return session.scalars(select(Booking.reference).where(Booking.id == booking_id)).one()
