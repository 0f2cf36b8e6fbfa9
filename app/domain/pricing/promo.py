"""Promo codes: may this guest use this code for this stay, and how often was it used.

A use is a booking that lives: held, requested, paid or over. A hold that ran out, a declined request and a cancelled
stay give the use back. Checking locks the code's row, so that its last use cannot be had twice.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.pricing.quote import LineKind, Promo, Quote
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.models import Booking, BookingStatus, PromoCode, PromoRedemption

_LIVING = [
    *(BookingStatus.REQUESTED, BookingStatus.HELD, BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN),
    *(BookingStatus.COMPLETED, BookingStatus.NO_SHOW),
]
_PAID = [BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.COMPLETED, BookingStatus.NO_SHOW]


@dataclass(frozen=True, slots=True)
class UsablePromo:
    """A code that this guest may use for this stay."""

    id: int
    code: str
    promo: Promo


def written(code: str) -> str:
    """The code as it is kept: capitals, no spaces around."""
    return unicodedata.normalize("NFC", code).strip().upper()


def usable(
    session: Session, code: str, stay: Stay, *, guest_id: UUID | None, now: datetime, locked: bool = True
) -> UsablePromo:
    """The code, if it may be used for this stay now; `guest_id` None: as far as that can be said without knowing who.

    With a guest it is locked until the transaction ends, unless it is only to be shown; in the order of locks it comes
    after the guest. Raises DomainError (422), in this order: `promo_unknown`, `promo_not_now` (outside its dates),
    `promo_other_dates` (the stay's nights), `promo_too_short` (with `nights`), `promo_used_up`, `promo_used_before`,
    `promo_first_only`.
    """
    wanted = written(code)
    if not wanted.replace("-", "").isalnum():  # no code has other signs, and the database takes not every one
        raise DomainError("promo_unknown")
    statement = select(PromoCode).where(PromoCode.code == wanted)
    is_locked = locked and guest_id is not None
    row = session.scalars(statement.with_for_update() if is_locked else statement).one_or_none()
    if row is None:
        raise DomainError("promo_unknown")
    if not row.valid_from <= now < row.valid_until:
        raise DomainError("promo_not_now")
    if (row.stay_from and stay.check_in < row.stay_from) or (row.stay_until and stay.check_out > row.stay_until):
        raise DomainError("promo_other_dates")
    if stay.nights < row.min_nights:
        raise DomainError("promo_too_short", ErrorKind.INVALID, nights=row.min_nights)
    _refuse_used_up(session, row, guest_id)
    return UsablePromo(row.id, row.code, Promo(row.percent, row.amount, row.max_amount))


def redeem(session: Session, usable_promo: UsablePromo, booking: Booking, price: Quote, *, now: datetime) -> None:
    """Note that a booking was made with the code."""
    off = -price.amount_of(LineKind.PROMO_CODE)
    if off > 0:
        session.add(
            PromoRedemption(
                booking_id=booking.id,
                promo_code_id=usable_promo.id,
                guest_id=booking.guest_id,
                amount=off,
                created_at=now,
            )
        )


def _refuse_used_up(session: Session, row: PromoCode, guest_id: UUID | None) -> None:
    uses = (
        select(func.count(), func.count().filter(PromoRedemption.guest_id == guest_id))
        .join(Booking, Booking.id == PromoRedemption.booking_id)
        .where(PromoRedemption.promo_code_id == row.id, Booking.status.in_(_LIVING))
    )
    in_all, by_guest = session.execute(uses).one()
    if row.uses_limit is not None and in_all >= row.uses_limit:
        raise DomainError("promo_used_up")
    if guest_id is None:
        return
    if row.uses_per_guest is not None and by_guest >= row.uses_per_guest:
        raise DomainError("promo_used_before")
    if row.first_booking_only:
        asked_with_a_code = and_(Booking.status == BookingStatus.REQUESTED, PromoRedemption.booking_id.is_not(None))
        stayed = (
            select(Booking.id)
            .join(PromoRedemption, PromoRedemption.booking_id == Booking.id, isouter=True)
            .where(Booking.guest_id == guest_id)
            .where(or_(Booking.status.in_([*_PAID, BookingStatus.HELD]), asked_with_a_code))
        )
        if session.execute(stayed.limit(1)).first() is not None:
            raise DomainError("promo_first_only")
