"""Pictures of the way in: sealed like codes, kept in the database, never in the folder of public photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, undefer

from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import Sized
from app.models import ENTRY_PHOTOS_MOST, AccessPhoto, Booking

CAPTION_LENGTH = 200


@dataclass(frozen=True, slots=True)
class EntryPhoto:
    """A picture of the way in without the picture: pixels, and what the landlord wrote under it (may be empty)."""

    id: UUID
    width: int
    height: int
    caption: str


def photos_of(session: Session, property_id: int) -> tuple[EntryPhoto, ...]:
    """A flat's pictures in their order. Who may know of them is the caller's matter."""
    return tuple(EntryPhoto(row.id, row.width, row.height, row.caption or "") for row in _rows(session, property_id))


def count_of(session: Session, property_id: int) -> int:
    """How many pictures a flat has."""
    return session.scalar(select(func.count()).where(AccessPhoto.property_id == property_id)) or 0


def image_of(session: Session, property_id: int, photo_id: UUID) -> bytes:
    """One picture of this flat, a WebP file. Raises DomainError `photo_unknown` (404)."""
    statement = select(AccessPhoto).where(AccessPhoto.id == photo_id, AccessPhoto.property_id == property_id)
    row = session.scalars(statement.options(undefer(AccessPhoto.image_sealed))).one_or_none()
    if row is None:
        raise DomainError("photo_unknown", ErrorKind.NOT_FOUND)
    return row.image


def opened_of_booking(session: Session, reference: str) -> list[tuple[EntryPhoto, bytes]]:
    """The pictures of a booking's flat with their WebP files, for who was just shown its keys."""
    property_id = session.scalars(select(Booking.property_id).where(Booking.reference == reference)).one()
    return [(each, image_of(session, property_id, each.id)) for each in photos_of(session, property_id)]


def add(session: Session, property_id: int, pictures: Sequence[Sized], *, now: datetime) -> None:
    """Put pictures behind those that are there; the flat is locked.

    Raises DomainError `too_many_photos` (422, with `most`) when there would be more than six.
    """
    there = count_of(session, property_id)
    if there + len(pictures) > ENTRY_PHOTOS_MOST:
        raise DomainError("too_many_photos", most=ENTRY_PHOTOS_MOST)
    for position, picture in enumerate(pictures, start=there):
        session.add(
            AccessPhoto(
                id=uuid4(),
                property_id=property_id,
                position=position,
                image=picture.data,
                width=picture.width,
                height=picture.height,
                created_at=now,
            )
        )
    session.flush()


def describe(session: Session, property_id: int, photo_id: UUID, caption: str) -> None:
    """Write under a picture, or nothing. Raises DomainError `photo_unknown` (404), `caption_too_long` (422)."""
    caption = " ".join(caption.split())
    if len(caption) > CAPTION_LENGTH:
        raise DomainError("caption_too_long", length=CAPTION_LENGTH)
    _one(_rows(session, property_id), photo_id).caption = caption or None


def move_forward(session: Session, property_id: int, photo_id: UUID) -> None:
    """Show a picture one place earlier; the first one stays. The flat is locked. Raises `photo_unknown` (404)."""
    rows = _rows(session, property_id)
    index = rows.index(_one(rows, photo_id))
    if index:
        rows[index - 1], rows[index] = rows[index], rows[index - 1]
        _number(session, rows)


def remove(session: Session, property_id: int, photo_id: UUID) -> None:
    """Delete a picture; those behind it move up. The flat is locked. Raises DomainError `photo_unknown` (404)."""
    rows = _rows(session, property_id)
    row = _one(rows, photo_id)
    session.delete(row)
    session.flush()
    _number(session, [each for each in rows if each is not row])


def _number(session: Session, rows: Sequence[AccessPhoto]) -> None:
    """Positions in this order, in one statement: the rule of one picture a place is checked at its end."""
    if not rows:
        return
    places = {row.id: position for position, row in enumerate(rows)}
    session.execute(
        update(AccessPhoto)
        .where(AccessPhoto.id.in_(places))
        .values(position=case(places, value=AccessPhoto.id))
        .execution_options(synchronize_session=False)
    )


def _rows(session: Session, property_id: int) -> list[AccessPhoto]:
    statement = select(AccessPhoto).where(AccessPhoto.property_id == property_id).order_by(AccessPhoto.position)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def _one(rows: Sequence[AccessPhoto], photo_id: UUID) -> AccessPhoto:
    found = next((row for row in rows if row.id == photo_id), None)
    if found is None:
        raise DomainError("photo_unknown", ErrorKind.NOT_FOUND)
    return found
