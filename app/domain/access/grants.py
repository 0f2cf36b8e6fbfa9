"""A booking's right to the keys: from 24 hours before check-in until check-out, revealed by asking, always audited."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain import audit, notifications
from app.domain.access import photos
from app.domain.access.details import TOLD, AccessDetails, BookingCodes, merged
from app.domain.actor import SYSTEM, Actor
from app.kit.errors import DomainError, ErrorKind
from app.models import (
    AccessGrant,
    AccessInstructions,
    ActorKind,
    Booking,
    BookingStatus,
    CodeMode,
    NotificationKind,
    Property,
)

OPENS_BEFORE_CHECK_IN = timedelta(hours=24)
_STANDING = (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)


class KeysState(StrEnum):
    """What the guest of a booking may see of the keys now."""

    HIDDEN = "hidden"
    """Not paid, or cancelled."""
    NOT_YET = "not_yet"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class KeysWindow:
    """When the keys of a paid booking can be seen (UTC)."""

    opens_at: datetime
    closes_at: datetime

    def state(self, now: datetime) -> KeysState:
        """Half-open: at `opens_at` yes, at `closes_at` no."""
        if now < self.opens_at:
            return KeysState.NOT_YET
        return KeysState.OPEN if now < self.closes_at else KeysState.CLOSED


def window_of(check_in_at: datetime, check_out_at: datetime) -> KeysWindow:
    """From 24 h before check-in until check-out; for a later booking that begins in the past: at once."""
    return KeysWindow(check_in_at - OPENS_BEFORE_CHECK_IN, check_out_at)


def grant(session: Session, booking: Booking, *, now: datetime) -> None:
    """Give a booking that was just paid its right to the keys, and send them if it is time.

    Where the landlord wants a code for each booking, a new one is made for the digital lock.
    """
    window = window_of(booking.check_in_at, booking.check_out_at)
    mode = session.scalar(select(AccessInstructions.mode).where(AccessInstructions.property_id == booking.property_id))
    row = AccessGrant(
        booking_id=booking.id, valid_from=window.opens_at, valid_until=window.closes_at, issue=1, created_at=now
    )
    if mode == CodeMode.PER_BOOKING:
        row.codes = BookingCodes(smart_lock=new_code()).model_dump_json()
    session.add(row)
    audit.record(session, "access.granted", actor=SYSTEM, subject=("booking", booking.id), now=now)
    if window.state(now) is KeysState.OPEN:
        _send(session, row, booking, now=now)


def reissue(session: Session, booking: Booking, *, codes: BookingCodes | None, actor: Actor, now: datetime) -> None:
    """Give a paid booking other codes (None: a new one for the digital lock) and send them if the old ones were.

    That the old ones were seen stays known: it decides about a no-show. The caller has locked the booking and knows
    that `actor` may. Raises DomainError `keys_not_paid` (403).
    """
    row = session.get(AccessGrant, booking.id, with_for_update=True, populate_existing=True)
    if row is None or row.revoked_at is not None:
        raise DomainError("keys_not_paid", ErrorKind.FORBIDDEN)
    row.codes = (codes or BookingCodes(smart_lock=new_code())).model_dump_json()
    row.issue += 1
    audit.record(session, "access.reissued", actor=actor, subject=("booking", booking.id), now=now, issue=row.issue)
    if KeysWindow(row.valid_from, row.valid_until).state(now) is KeysState.OPEN:
        _send(session, row, booking, now=now)
    else:
        row.sent_at = None


def issue_changed(
    session: Session, property_id: int, before: AccessDetails, after: AccessDetails, *, actor: Actor, now: datetime
) -> int:
    """Tell those who may open the flat now that its shared codes are others: a new issue of each grant, sent once.

    Guests whose own codes apply instead hear nothing, nor do those whose keys are not open yet: they will get the new
    ones. The flat is locked. How many were told.
    """
    statement = (
        select(AccessGrant, Booking)
        .join(Booking, Booking.id == AccessGrant.booking_id)
        .where(Booking.property_id == property_id, Booking.status.in_(_STANDING))
        .where(AccessGrant.revoked_at.is_(None), AccessGrant.valid_from <= now, AccessGrant.valid_until > now)
        .order_by(Booking.id)
        .with_for_update()
    )
    told = 0
    for row, booking in session.execute(statement.execution_options(populate_existing=True)).all():
        own = None if row.codes is None else BookingCodes.model_validate_json(row.codes)
        known, valid = merged(before, own), merged(after, own)
        if any(getattr(known, name) != getattr(valid, name) for name in TOLD):
            row.issue += 1
            subject = ("booking", booking.id)
            audit.record(session, "access.reissued", actor=actor, subject=subject, now=now, issue=row.issue)
            _send(session, row, booking, now=now)
            told += 1
    return told


def prolong(session: Session, booking: Booking, *, now: datetime) -> None:
    """Let the keys of a stay whose end has moved work until the new check-out. The caller has locked the booking."""
    row = session.get(AccessGrant, booking.id, with_for_update=True, populate_existing=True)
    if row is None or row.revoked_at is not None:
        raise DomainError("keys_not_paid", ErrorKind.FORBIDDEN)
    row.valid_until = booking.check_out_at
    audit.record(session, "access.moved", actor=SYSTEM, subject=("booking", booking.id), now=now)


def revoke(session: Session, booking_id: int, *, now: datetime) -> None:
    """End a booking's right to the keys. Does nothing when it has none."""
    statement = (
        update(AccessGrant)
        .where(AccessGrant.booking_id == booking_id, AccessGrant.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(AccessGrant.booking_id)
    )
    if session.execute(statement).first() is not None:
        audit.record(session, "access.revoked", actor=SYSTEM, subject=("booking", booking_id), now=now)


def new_code() -> str:
    """Six random digits for a digital lock."""
    return f"{secrets.randbelow(1_000_000):06d}"


def send_due(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Send the keys whose time has come and that were not sent yet; how many."""
    statement = (
        select(AccessGrant, Booking)
        .join(Booking, Booking.id == AccessGrant.booking_id)
        .where(AccessGrant.sent_at.is_(None), AccessGrant.revoked_at.is_(None))
        .where(AccessGrant.valid_from <= now, AccessGrant.valid_until > now)
        .where(Booking.status.in_(_STANDING))
        .order_by(AccessGrant.valid_from)
        .limit(limit)
        .with_for_update(of=AccessGrant, skip_locked=True)
    )
    rows = session.execute(statement).all()
    for row, booking in rows:
        _send(session, row, booking, now=now)
    return len(rows)


def reveal(session: Session, reference: str, *, guest_id: UUID, now: datetime) -> AccessDetails:
    """Show the keys of a booking to its guest and audit it, with how many pictures of the way in came with them.

    Raises DomainError: `booking_unknown` (404) for anyone but the booking's guest, `keys_not_paid`, `keys_too_early`,
    `keys_closed` (403).
    """
    booking, row = _own_grant(session, reference, guest_id)
    row = _check_open(booking, row, now=now)
    details = _details(session, booking, row)
    row.revealed_at = row.revealed_at or now
    row.seen_issue = row.issue
    _record_reveal(session, booking, actor=Actor.guest(guest_id), now=now)
    return details


def entry_photo(session: Session, reference: str, photo_id: UUID, *, guest_id: UUID, now: datetime) -> bytes:
    """One picture of the way in (WebP) for the guest who may see the keys now. The reveal was audited before.

    Raises DomainError as `reveal`, and `photo_unknown` (404).
    """
    booking, row = _own_grant(session, reference, guest_id)
    _check_open(booking, row, now=now)
    return photos.image_of(session, booking.property_id, photo_id)


def reveal_to_host(session: Session, reference: str, *, actor: Actor, reason: str, now: datetime) -> AccessDetails:
    """Show the keys of a booking to its flat's landlord, or to staff with a reason, and audit it. No window applies.

    Raises DomainError: `booking_unknown` (404) for another landlord, `reason_missing` (422), `keys_not_paid` (403).
    """
    statement = (
        select(Booking, AccessGrant, Property.landlord_id)
        .join(AccessGrant, AccessGrant.booking_id == Booking.id, isouter=True)
        .join(Property, Property.id == Booking.property_id)
        .where(Booking.reference == reference)
    )
    found = session.execute(statement).one_or_none()
    if found is None or (actor.kind is not ActorKind.STAFF and found.landlord_id != actor.user_id):
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    if actor.kind is ActorKind.STAFF and not reason.strip():
        raise DomainError("reason_missing")
    booking, row, _ = found
    if row is None:
        raise DomainError("keys_not_paid", ErrorKind.FORBIDDEN)
    _record_reveal(session, booking, actor=actor, now=now, reason=reason.strip()[:200])
    return _details(session, booking, row)


def open_details(session: Session, booking: Booking, row: AccessGrant | None, *, now: datetime) -> AccessDetails:
    """The keys of a booking if they may be shown now (to whom is the caller's matter). Raises as `reveal`."""
    return _details(session, booking, _check_open(booking, row, now=now))


def _own_grant(session: Session, reference: str, guest_id: UUID) -> tuple[Booking, AccessGrant | None]:
    statement = select(Booking, AccessGrant).join(AccessGrant, AccessGrant.booking_id == Booking.id, isouter=True)
    found = session.execute(statement.where(Booking.reference == reference, Booking.guest_id == guest_id)).one_or_none()
    if found is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    booking, row = found
    return booking, row


def _check_open(booking: Booking, row: AccessGrant | None, *, now: datetime) -> AccessGrant:
    if row is None or row.revoked_at is not None or not BookingStatus(booking.status).is_paid:
        raise DomainError("keys_not_paid", ErrorKind.FORBIDDEN)
    state = KeysWindow(row.valid_from, row.valid_until).state(now)
    if state is KeysState.NOT_YET:
        raise DomainError("keys_too_early", ErrorKind.FORBIDDEN, opens_at=row.valid_from)
    if state is KeysState.CLOSED:
        raise DomainError("keys_closed", ErrorKind.FORBIDDEN)
    return row


def _record_reveal(session: Session, booking: Booking, *, actor: Actor, now: datetime, **details: str) -> None:
    pictures = photos.count_of(session, booking.property_id)
    subject = ("booking", booking.id)
    audit.record(session, "access.revealed", actor=actor, subject=subject, now=now, photos=pictures, **details)


def _details(session: Session, booking: Booking, row: AccessGrant) -> AccessDetails:
    instructions = session.get(AccessInstructions, booking.property_id)
    details = AccessDetails() if instructions is None else AccessDetails.model_validate_json(instructions.details)
    return merged(details, None if row.codes is None else BookingCodes.model_validate_json(row.codes))


def _send(session: Session, row: AccessGrant, booking: Booking, *, now: datetime) -> None:
    """Intend the keys' message. The codes themselves are read when it is sent, and never kept with it."""
    notifications.tell_user(
        session,
        NotificationKind.KEYS,
        booking.guest_id,
        dedup_key=f"keys:{booking.id}" if row.issue == 1 else f"keys:{booking.id}:{row.issue}",
        now=now,
        booking_id=booking.id,
    )
    row.sent_at = now
    audit.record(session, "access.sent", actor=SYSTEM, subject=("booking", booking.id), now=now)
