"""A landlord says how one gets into a flat: codes, Wi-Fi, directions and pictures. All of it sealed.

Looking at what is kept is audited like any other reveal. A change is audited by the names of the fields, never by what
is in them; guests whose keys are open hear of codes that are others now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.access import grants, photos
from app.domain.access.details import AccessDetails, changed, details_from
from app.domain.access.photos import EntryPhoto
from app.domain.actor import Actor
from app.domain.hosting.owning import lock_flat
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import Sized
from app.models import AccessInstructions, CodeMode, Property


@dataclass(frozen=True, slots=True)
class Entry:
    """How one gets into a flat."""

    details: AccessDetails
    mode: CodeMode
    photos: tuple[EntryPhoto, ...]


def reveal(session: Session, property_id: int, *, landlord_id: UUID, now: datetime) -> Entry:
    """What is kept of an own flat, to be looked at and changed; audited. Empty where nothing is kept yet.

    Raises DomainError `property_unknown` (404).
    """
    _check_own(session, property_id, landlord_id)
    row = session.get(AccessInstructions, property_id)
    entry = Entry(_details(row), _mode(row), photos.photos_of(session, property_id))
    if row is not None or entry.photos:
        _record(session, "entry.revealed", property_id, landlord_id, now=now, photos=len(entry.photos))
    return entry


def change(
    session: Session,
    property_id: int,
    given: Mapping[str, str],
    mode: CodeMode | None,
    *,
    landlord_id: UUID,
    now: datetime,
) -> int:
    """Keep what was typed, by field of `AccessDetails`; how many guests are told of other codes.

    `mode` None leaves it as it is; bookings that exist keep the codes made for them.
    Raises DomainError `property_unknown` (404), `text_too_long` (with `field`), `keys_empty` (422).
    """
    lock_flat(session, property_id, landlord_id)
    details = details_from(given)
    row = session.get(AccessInstructions, property_id, with_for_update=True, populate_existing=True)
    before, mode = _details(row), mode or _mode(row)
    fields = changed(before, details)
    if row is not None and not fields and row.mode == mode:
        return 0
    if row is None:
        row = AccessInstructions(property_id=property_id)
        session.add(row)
    row.details, row.mode, row.updated_at = details.as_json(), mode, now
    session.flush()
    told = grants.issue_changed(session, property_id, before, details, actor=Actor.landlord(landlord_id), now=now)
    names = ",".join(fields)
    _record(session, "entry.changed", property_id, landlord_id, now=now, fields=names, mode=mode.value, told=told)
    return told


def add_photos(
    session: Session, property_id: int, pictures: Sequence[Sized], *, landlord_id: UUID, now: datetime
) -> None:
    """Add pictures of the way in. Raises DomainError `property_unknown` (404), `too_many_photos` (422)."""
    lock_flat(session, property_id, landlord_id)
    photos.add(session, property_id, pictures, now=now)
    _record(session, "entry.photos_added", property_id, landlord_id, now=now, photos=len(pictures))


def describe_photo(
    session: Session, property_id: int, photo_id: UUID, caption: str, *, landlord_id: UUID, now: datetime
) -> None:
    """Write under a picture. Raises DomainError `property_unknown`, `photo_unknown` (404), `caption_too_long` (422)."""
    lock_flat(session, property_id, landlord_id)
    photos.describe(session, property_id, photo_id, caption)
    _record(session, "entry.photo_described", property_id, landlord_id, now=now, photo=str(photo_id))


def move_photo(session: Session, property_id: int, photo_id: UUID, *, landlord_id: UUID, now: datetime) -> None:
    """Show a picture one place earlier. Raises DomainError `property_unknown`, `photo_unknown` (404)."""
    lock_flat(session, property_id, landlord_id)
    photos.move_forward(session, property_id, photo_id)
    _record(session, "entry.photo_moved", property_id, landlord_id, now=now, photo=str(photo_id))


def remove_photo(session: Session, property_id: int, photo_id: UUID, *, landlord_id: UUID, now: datetime) -> None:
    """Delete a picture. Raises DomainError `property_unknown`, `photo_unknown` (404)."""
    lock_flat(session, property_id, landlord_id)
    photos.remove(session, property_id, photo_id)
    _record(session, "entry.photo_removed", property_id, landlord_id, now=now, photo=str(photo_id))


def photo(session: Session, property_id: int, photo_id: UUID, *, landlord_id: UUID) -> bytes:
    """One picture (WebP) for the flat's landlord; the reveal was audited before.

    Raises DomainError `property_unknown`, `photo_unknown` (404).
    """
    _check_own(session, property_id, landlord_id)
    return photos.image_of(session, property_id, photo_id)


def _check_own(session: Session, property_id: int, landlord_id: UUID) -> None:
    if session.scalar(select(Property.landlord_id).where(Property.id == property_id)) != landlord_id:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)


def _details(row: AccessInstructions | None) -> AccessDetails:
    return AccessDetails() if row is None else AccessDetails.model_validate_json(row.details)


def _mode(row: AccessInstructions | None) -> CodeMode:
    return CodeMode.SHARED if row is None else CodeMode(row.mode)


def _record(
    session: Session, action: str, property_id: int, landlord_id: UUID, *, now: datetime, **details: str | int
) -> None:
    actor, subject = Actor.landlord(landlord_id), ("property", property_id)
    audit.record(session, action, actor=actor, subject=subject, now=now, **details)
