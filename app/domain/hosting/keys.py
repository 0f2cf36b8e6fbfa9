"""A landlord gives the guest of a booking other codes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.access import grants
from app.domain.access.details import BookingCodes
from app.domain.actor import Actor
from app.domain.checkout.locking import lock_hosted
from app.kit.errors import DomainError, ErrorKind
from app.models import BookingStatus

CODE_LENGTH = 40
_ALIVE = (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)


def reissue(
    session: Session,
    reference: str,
    *,
    landlord_id: UUID,
    now: datetime,
    intercom: str = "",
    key_safe: str = "",
    smart_lock: str = "",
) -> None:
    """Replace a paid booking's codes by these; without any a new one is made for the digital lock.

    The flat's own codes apply where none is given. The guest gets them anew if the keys are open.
    Raises DomainError `booking_unknown` (404), `wrong_state` (409), `code_too_long` (422).
    """
    _, booking = lock_hosted(session, reference, landlord_id)
    if booking.status not in _ALIVE:
        raise DomainError("wrong_state", ErrorKind.CONFLICT, status=booking.status)
    given = {"intercom": intercom.strip(), "key_safe": key_safe.strip(), "smart_lock": smart_lock.strip()}
    if any(len(code) > CODE_LENGTH for code in given.values()):
        raise DomainError("code_too_long", length=CODE_LENGTH)
    codes = BookingCodes(**given) if any(given.values()) else None
    grants.reissue(session, booking, codes=codes, actor=Actor.landlord(landlord_id), now=now)
