"""Whose flat it is. A landlord who asks about another's is told that there is none."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.availability import occupancy
from app.kit.errors import DomainError, ErrorKind
from app.models import Property


def lock_flat(session: Session, property_id: int, landlord_id: UUID) -> tuple[Property, str]:
    """Lock an own flat; its data and its ring of busy nights. Raises DomainError `property_unknown` (404)."""
    locked = occupancy.lock_property(session, property_id)
    if locked is None or locked[0].landlord_id != landlord_id:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    return locked


def check_between(field: str, value: int, least: int, most: int) -> None:
    """Raises DomainError `value_out_of_range` (422, with `field`) for a number that the table would refuse."""
    if not least <= value <= most:
        raise DomainError("value_out_of_range", field=field, least=least, most=most)
