"""The order of locks: property_search → user → booking → payment → ledger → outbox, ids ascending."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.availability import occupancy
from app.domain.checkout.limits import lock_guest
from app.kit.errors import DomainError, ErrorKind
from app.models import Booking, Property


def lock_booking(session: Session, booking_id: int, *, guest_id: UUID | None = None) -> tuple[Property, Booking]:
    """Lock a booking the right way: its flat's timeline first, then the guest whose limits matter, if one is given.

    Raises DomainError `booking_unknown` (404).
    """
    property_id = session.scalar(select(Booking.property_id).where(Booking.id == booking_id))
    locked = None if property_id is None else occupancy.lock_property(session, property_id)
    if locked is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    if guest_id is not None:
        lock_guest(session, guest_id)
    statement = select(Booking).where(Booking.id == booking_id).with_for_update()
    return locked[0], session.scalars(statement.execution_options(populate_existing=True)).one()


def lock_own(session: Session, reference: str, guest_id: UUID, *, with_guest: bool = False) -> tuple[Property, Booking]:
    """Lock a guest's own booking; `with_guest`: and the guest, whose limits matter.

    Raises DomainError `booking_unknown` (404), also for anyone else's.
    """
    booking_id = booking_id_of(session, reference)
    prop, booking = lock_booking(session, booking_id, guest_id=guest_id if with_guest else None)
    if booking.guest_id != guest_id:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return prop, booking


def lock_hosted(session: Session, reference: str, landlord_id: UUID) -> tuple[Property, Booking]:
    """Lock a booking of a landlord's own flat. Raises DomainError `booking_unknown` (404)."""
    prop, booking = lock_booking(session, booking_id_of(session, reference))
    if prop.landlord_id != landlord_id:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return prop, booking


def booking_id_of(session: Session, reference: str) -> int:
    """The id behind a reference, unlocked. Raises DomainError `booking_unknown` (404)."""
    booking_id = session.scalar(select(Booking.id).where(Booking.reference == reference))
    if booking_id is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return booking_id
