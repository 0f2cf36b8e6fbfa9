"""May this guest have this stay, and what does it cost? The same answer before the locks and under them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.availability.stay_rules import check_stay
from app.domain.checkout.limits import MAX_LIVE_HOLDS, MAX_SAME_NIGHTS, SAME_NIGHTS_WINDOW
from app.domain.checkout.look import HoldRequest, Look
from app.domain.pricing import promo
from app.domain.pricing.promo import UsablePromo
from app.domain.pricing.quote import Quote, quote
from app.kit.errors import DomainError, ErrorKind
from app.models import PropertyStatus


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes: what the stay costs, and the promo code that is part of it."""

    price: Quote
    promo: UsablePromo | None


def check_welcome(seen: Look | None, request: HoldRequest, *, guest_id: UUID, now: datetime) -> Look:
    """Refuse what neither a hold nor a request may ask for; the look, which is there then.

    Raises DomainError: `property_unknown` (404), `account_blocked`, `own_property` (403), a stay's rule (422).
    """
    if seen is None or seen.status != PropertyStatus.PUBLISHED:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    if not seen.is_guest_welcome:
        raise DomainError("account_blocked", ErrorKind.FORBIDDEN)
    if seen.landlord_id == guest_id:
        raise DomainError("own_property", ErrorKind.FORBIDDEN)
    check_stay(request.stay, request.guests, seen.rules, now=now)
    return seen


def decide_hold(
    session: Session, seen: Look | None, request: HoldRequest, *, guest_id: UUID, now: datetime, locked: bool
) -> Decision | None:
    """Refuse a hold, or say what the stay costs; None when the guest holds exactly this stay already.

    `locked`: the flat and the guest are, and a promo code may be after them. Nights that only lapsed holds can be in
    the way of are not refused here: the constraint has the last word.
    """
    seen = check_welcome(seen, request, guest_id=guest_id, now=now)
    if not seen.is_instant:
        raise DomainError("needs_request", ErrorKind.CONFLICT)
    if seen.own_hold_id is not None:
        return None
    if seen.live_holds >= MAX_LIVE_HOLDS:
        raise DomainError("too_many_holds", ErrorKind.LIMIT, holds=MAX_LIVE_HOLDS)
    if seen.same_nights >= MAX_SAME_NIGHTS:
        raise DomainError("same_nights_again", ErrorKind.LIMIT, minutes=SAME_NIGHTS_WINDOW.seconds // 60)
    decision = price_of(session, seen, request, guest_id=guest_id, now=now, locked=locked)
    if not seen.is_free(request.stay) and not seen.has_lapsed:
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    return decision


def price_of(
    session: Session, seen: Look, request: HoldRequest, *, guest_id: UUID, now: datetime, locked: bool = True
) -> Decision:
    """Our own price of the stay. Raises DomainError for a promo code, or `price_changed` (409, with `total`)."""
    code = None
    if request.promo_code:
        code = promo.usable(session, request.promo_code, request.stay, guest_id=guest_id, now=now, locked=locked)
    price = quote(seen.tariff, request.stay, guests=request.guests, promo=code.promo if code else None)
    if request.total_shown is not None and request.total_shown != price.total:
        raise DomainError("price_changed", ErrorKind.CONFLICT, total=price.total)
    return Decision(price, code)
