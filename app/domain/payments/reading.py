"""Small look-ups that go with payments."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Booking


def return_path(session: Session, booking_id: int) -> str:
    """Where on the portal the payer comes back to."""
    reference = session.scalars(select(Booking.reference).where(Booking.id == booking_id)).one()
    return f"/checkout/{reference}"
