"""Claims on deposits as pages and staff's lists show them, and who may see their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain.listings.cards import PhotoInfo
from app.models import Booking, ClaimPhoto, ClaimReason, DepositClaim, Property
from app.models.sealed import key_ring, place_of


@dataclass(frozen=True, slots=True)
class ClaimInfo:
    """A claim with its pictures. `landlord_gets` is None until staff has decided; tenge."""

    reference: str
    amount: int
    reason: ClaimReason
    text: str
    created_at: datetime
    landlord_gets: int | None
    photos: tuple[PhotoInfo, ...]


def claim_on(connection: Connection, booking_id: int) -> ClaimInfo | None:
    """The claim on a booking's deposit, with the landlord's words: for its landlord, its guest and staff."""
    row = connection.execute(_CLAIMS.where(DepositClaim.booking_id == booking_id)).one_or_none()
    return None if row is None else _info(connection, row)


def open_claims(connection: Connection, *, limit: int = 200) -> list[ClaimInfo]:
    """Claims that wait for staff, the oldest first."""
    statement = _CLAIMS.where(DepositClaim.decided_at.is_(None)).order_by(DepositClaim.created_at).limit(limit)
    return [_info(connection, row) for row in connection.execute(statement).all()]


def may_see(connection: Connection, key: str, person_id: UUID) -> bool:
    """Is this picture of a claim in this person's stay, or in their own flat? Staff is not asked for here."""
    statement = (
        select(Booking.guest_id, Property.landlord_id)
        .select_from(ClaimPhoto)
        .join(DepositClaim, DepositClaim.id == ClaimPhoto.claim_id)
        .join(Booking, Booking.id == DepositClaim.booking_id)
        .join(Property, Property.id == Booking.property_id)
        .where(ClaimPhoto.key == key)
    )
    row = connection.execute(statement).one_or_none()
    return row is not None and person_id in tuple(row)


def exists(connection: Connection, key: str) -> bool:
    """Does a claim show this picture?"""
    return connection.execute(select(ClaimPhoto.id).where(ClaimPhoto.key == key)).first() is not None


def unused(session: Session, keys: list[str]) -> set[str]:
    """Of these keys of claims' pictures those that no claim shows."""
    return set(keys) - set(session.scalars(select(ClaimPhoto.key).where(ClaimPhoto.key.in_(keys))))


def _info(connection: Connection, row: Any) -> ClaimInfo:
    columns = (ClaimPhoto.key, ClaimPhoto.width, ClaimPhoto.height, ClaimPhoto.blur)
    photos = connection.execute(select(*columns).where(ClaimPhoto.claim_id == row.id).order_by(ClaimPhoto.position))
    place = place_of("deposit_claims", "text_sealed", row.id)
    return ClaimInfo(
        reference=row.reference,
        amount=row.amount,
        reason=ClaimReason(row.reason),
        text="" if row.text_sealed is None else key_ring().open(row.text_sealed, place=place),
        created_at=row.created_at,
        landlord_gets=row.landlord_gets,
        photos=tuple(PhotoInfo(*photo) for photo in photos),
    )


_CLAIMS = select(
    DepositClaim.id,
    Booking.reference,
    DepositClaim.amount,
    DepositClaim.reason,
    DepositClaim.text_sealed,
    DepositClaim.created_at,
    DepositClaim.landlord_gets,
).join(Booking, Booking.id == DepositClaim.booking_id)
