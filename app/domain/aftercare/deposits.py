"""Deposits: back to the guest by themselves 48 hours after check-out, unless the landlord claims before; staff decides.

A booking says when its deposit is due (`deposit_due_at`, set when the stay is over). On a cancellation the deposit is
part of that refund, and such a stay is never over in this sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.domain.aftercare.problems import cleaned
from app.domain.bookings.state_machine import DEPOSIT_BACK_AFTER
from app.domain.checkout import refunding, sharing
from app.domain.checkout.locking import booking_id_of, lock_booking
from app.domain.ledger import posting
from app.domain.listings.cards import PhotoInfo
from app.kit.errors import DomainError, ErrorKind
from app.models import Booking, BookingStatus, ClaimPhoto, ClaimReason, DepositClaim

MOST_PHOTOS = 6
LONGEST = 2000
"""Characters of what the landlord tells."""
_STAYED = (BookingStatus.CHECKED_IN, BookingStatus.COMPLETED)


def due(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Bookings whose deposits may go back, those first that wait longest. A claim that is open keeps one out."""
    is_claimed = select(DepositClaim.id).where(DepositClaim.booking_id == Booking.id).exists()
    statement = (
        select(Booking.id)
        .where(Booking.deposit_due_at <= now, ~is_claimed)
        .order_by(Booking.deposit_due_at)
        .limit(limit)
    )
    return list(session.scalars(statement))


def give_back(session: Session, booking_id: int, *, now: datetime) -> int:
    """Owe the guest the deposit of a stay whose time has come; the amount, 0 when there was nothing to give back."""
    prop, booking = lock_booking(session, booking_id)
    if booking.deposit_due_at is None or booking.deposit_due_at > now or claim_of(session, booking.id) is not None:
        return 0
    booking.deposit_due_at = None
    amount = sharing.kept_of(session, booking).deposit
    refunding.owe_deposit(session, prop, booking, amount, now=now)
    return amount


def claim_refusal(
    status: BookingStatus, check_out_at: datetime, deposit: int, *, is_claimed: bool, now: datetime
) -> DomainError | None:
    """Why a landlord cannot claim (pages say it before), or None when they can. Pure."""
    if status not in _STAYED or deposit <= 0:
        return DomainError("claim_not_possible", ErrorKind.CONFLICT)
    if is_claimed:
        return DomainError("claim_exists", ErrorKind.CONFLICT)
    if now < check_out_at:
        return DomainError("claim_too_early", ErrorKind.CONFLICT, opens_at=check_out_at)
    if now >= check_out_at + DEPOSIT_BACK_AFTER:
        return DomainError("claim_too_late", ErrorKind.CONFLICT)
    return None


def check_claim(session: Session, reference: str, *, landlord_id: UUID, now: datetime) -> tuple[Booking, int]:
    """The locked booking and the deposit that may be claimed now (tenge).

    Raises DomainError `booking_unknown` (404) for anyone else's flat, and those of `claim_refusal` (409).
    """
    prop, booking = lock_booking(session, booking_id_of(session, reference))
    if prop.landlord_id != landlord_id:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    deposit = sharing.kept_of(session, booking).deposit
    is_claimed = claim_of(session, booking.id) is not None
    status = BookingStatus(booking.status)
    refused = claim_refusal(status, booking.check_out_at, deposit, is_claimed=is_claimed, now=now)
    if refused is not None:
        raise refused
    return booking, deposit


def claim(
    session: Session,
    reference: str,
    *,
    landlord_id: UUID,
    amount: int,
    reason: str,
    text: str,
    photos: Sequence[PhotoInfo],
    now: datetime,
) -> DepositClaim:
    """The landlord claims some of the deposit: it stays where it is until staff has decided. One a booking.

    `photos` are stored already (app/integrations/photo_storage.py): here they get their rows.
    Raises DomainError those of `check_claim`, `claim_amount_wrong` (with `deposit`), `claim_reason_missing`,
    `claim_photo_missing`, `too_many_photos`, `text_too_long` (422).
    """
    booking, deposit = check_claim(session, reference, landlord_id=landlord_id, now=now)
    if not 1 <= amount <= deposit:
        raise DomainError("claim_amount_wrong", deposit=deposit)
    if reason not in set(ClaimReason):
        raise DomainError("claim_reason_missing")
    if not photos:
        raise DomainError("claim_photo_missing")
    if len(photos) > MOST_PHOTOS:
        raise DomainError("too_many_photos", most=MOST_PHOTOS)
    made = DepositClaim(id=uuid4(), booking_id=booking.id, amount=amount, reason=ClaimReason(reason), created_at=now)
    made.text = cleaned(text, LONGEST) or None
    session.add(made)
    session.flush()
    session.add_all(
        ClaimPhoto(claim_id=made.id, position=position, **photo._asdict()) for position, photo in enumerate(photos)
    )
    _note(session, "deposit.claimed", Actor.landlord(landlord_id), booking, now, amount=amount, reason=reason)
    return made


def decide(session: Session, reference: str, *, landlord_gets: int, staff_id: UUID, now: datetime) -> DepositClaim:
    """Staff decides how much of a claimed deposit is the landlord's (tenge); the rest goes back to the guest.

    Raises DomainError `booking_unknown`, `claim_unknown` (404), `claim_decided` (409), `claim_amount_wrong` (422).
    """
    prop, booking = lock_booking(session, booking_id_of(session, reference))
    found = claim_of(session, booking.id)
    if found is None:
        raise DomainError("claim_unknown", ErrorKind.NOT_FOUND)
    if found.decided_at is not None:
        raise DomainError("claim_decided", ErrorKind.CONFLICT)
    if not 0 <= landlord_gets <= found.amount:
        raise DomainError("claim_amount_wrong", deposit=found.amount)
    rest = sharing.kept_of(session, booking).deposit - landlord_gets
    found.decided_at, found.decided_by, found.landlord_gets = now, staff_id, landlord_gets
    booking.deposit_due_at = None
    posting.deposit_claimed(
        session,
        claim_id=found.id,
        booking_id=booking.id,
        landlord_id=prop.landlord_id,
        amount=landlord_gets,
        at=now,
    )
    refunding.owe_deposit(session, prop, booking, rest, now=now)
    _note(session, "deposit.decided", Actor.staff(staff_id), booking, now, landlord_gets=landlord_gets)
    return found


def claim_of(session: Session, booking_id: int) -> DepositClaim | None:
    """The claim on a booking's deposit."""
    return session.scalars(select(DepositClaim).where(DepositClaim.booking_id == booking_id)).one_or_none()


def _note(session: Session, action: str, actor: Actor, booking: Booking, now: datetime, **details: int | str) -> None:
    audit.record(session, action, actor=actor, subject=("booking", booking.id), now=now, **details)
