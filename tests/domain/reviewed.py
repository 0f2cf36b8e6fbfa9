"""A completed stay that may be reviewed: what the tests of reviews share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.db import transaction
from app.domain.reviews.writing import write
from app.models import Property, PropertySearch
from tests import factories


class Stay:
    """A completed stay and the people of it."""

    def __init__(self, *, left: int = 1, now: datetime | None = None, of: Stay | None = None) -> None:
        with transaction() as session:
            self.guest_id = factories.make_user(session)
            prop = factories.make_property(session) if of is None else session.get_one(Property, of.property_id)
            booking = factories.make_completed_booking(session, prop, self.guest_id, left=left, now=now)
            self.property_id: int = prop.id
            self.landlord_id: UUID = prop.landlord_id
            self.booking_id: int = booking.id
            self.reference: str = booking.reference

    def write(self, now: datetime, *, guest_id: UUID | None = None, stars: int = 5, **changes: object) -> int:
        values: dict[str, object] = {"rating": stars, "text": "Чисто и тихо.", "photos": [], "now": now}
        with transaction() as session:
            return write(session, self.reference, guest_id=guest_id or self.guest_id, **(values | changes)).id  # type: ignore[arg-type]

    def rating(self) -> tuple[int, int, int, int]:
        with transaction() as session:
            prop = session.get_one(Property, self.property_id)
            row = session.get_one(PropertySearch, self.property_id)
            return prop.rating_sum, prop.rating_count, row.rating, row.score
