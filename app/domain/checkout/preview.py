"""What a change of a booking would cost or give back, for the page that asks before it happens. Nothing is locked.

The same functions price the change when it is made; what was shown is compared with it then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.availability import ring
from app.domain.bookings import refunds
from app.domain.bookings.cancellation import RefundQuote, changes_for_worse
from app.domain.checkout.amendments import quote_extension, quote_shortening, shortest_stay
from app.domain.pricing.quote import Quote
from app.domain.pricing.rates import tariff_of
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import Booking, BookingStatus, Property, PropertySearch, PropertyStatus, RefundCause

_STANDING = (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)


@dataclass(frozen=True, slots=True)
class CancellationPreview:
    """What cancelling now gives back; up to `same_until` (UTC) that stays so, and `later` (tenge) is what it is then.

    Both are None when nothing gets worse any more.
    """

    price: RefundQuote
    same_until: datetime | None
    later: int | None


@dataclass(frozen=True, slots=True)
class ExtensionPreview:
    """Days on which a longer stay could end; for the chosen one the price of what it adds, or why it cannot be had."""

    check_outs: tuple[date, ...]
    chosen: date | None = None
    price: Quote | None = None
    problem: DomainError | None = None


@dataclass(frozen=True, slots=True)
class ShorteningPreview:
    """Days on which a shorter stay could end; for the chosen one what comes back, or why it cannot be done."""

    check_outs: tuple[date, ...]
    chosen: date | None = None
    price: RefundQuote | None = None
    problem: DomainError | None = None


def cancellation(session: Session, reference: str, *, guest_id: UUID, now: datetime) -> CancellationPreview:
    """What cancelling a paid booking gives back. Raises DomainError `booking_unknown` (404), `wrong_state` (409)."""
    booking, _ = _own(session, reference, guest_id)
    if booking.status not in _STANDING:
        raise DomainError("wrong_state", ErrorKind.CONFLICT, status=booking.status)
    stay = refunds.paid_stay(session.connection(), booking.id)
    worse = changes_for_worse(stay.paid, stay.terms, now=now)
    return CancellationPreview(
        stay.ending(RefundCause.CANCELLED_BY_GUEST, now=now),
        None if worse is None else worse[0],
        None if worse is None else worse[1].total,
    )


def cancellation_by_staff(session: Session, reference: str, *, now: datetime) -> RefundQuote:
    """What a cancellation by staff gives back. Raises DomainError `booking_unknown` (404), `wrong_state` (409)."""
    booking = session.scalars(select(Booking).where(Booking.reference == reference)).one_or_none()
    if booking is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    if not _may_change(booking, now=now):
        raise DomainError("wrong_state", ErrorKind.CONFLICT, status=booking.status)
    return refunds.paid_stay(session.connection(), booking.id).ending(RefundCause.CANCELLED_BY_STAFF, now=now)


def extension(
    session: Session, reference: str, check_out: date | None, *, guest_id: UUID, now: datetime
) -> ExtensionPreview:
    """A longer stay, by a night when no day is chosen. Raises DomainError `booking_unknown` (404)."""
    booking, prop = _own(session, reference, guest_id)
    ends = _later_ends(session, booking, prop, now=now)
    chosen = check_out or (ends[0] if ends else None)
    if chosen is None:
        return ExtensionPreview(ends)
    try:
        price = quote_extension(session, prop, booking, chosen, now=now)
    except DomainError as error:
        return ExtensionPreview(ends, chosen, problem=error)
    if chosen not in ends:
        return ExtensionPreview(ends, chosen, problem=DomainError("dates_taken", ErrorKind.CONFLICT))
    return ExtensionPreview(ends, chosen, price)


def shortening(
    session: Session, reference: str, check_out: date | None, *, guest_id: UUID, now: datetime
) -> ShorteningPreview:
    """A shorter stay, by a night when no day is chosen. Raises DomainError `booking_unknown` (404)."""
    booking, prop = _own(session, reference, guest_id)
    ends = _earlier_ends(session, booking, prop, now=now)
    chosen = check_out or (ends[-1] if ends else None)
    if chosen is None:
        return ShorteningPreview(ends)
    try:
        return ShorteningPreview(ends, chosen, quote_shortening(session, prop, booking, chosen, now=now))
    except DomainError as error:
        return ShorteningPreview(ends, chosen, problem=error)


def _later_ends(session: Session, booking: Booking, prop: Property, *, now: datetime) -> tuple[date, ...]:
    """As far as the nights are free, the flat accepts so many, and the calendar reaches."""
    if not _may_change(booking, now=now) or prop.status != PropertyStatus.PUBLISHED:
        return ()
    busy = str(session.scalar(select(PropertySearch.busy).where(PropertySearch.property_id == prop.id)))
    last = min(
        booking.check_in + timedelta(days=prop.max_nights), clock.local_date(now) + timedelta(days=ring.HORIZON_DAYS)
    )
    ends, night = [], booking.check_out
    while night < last and not ring.is_busy(busy, night):
        night += timedelta(days=1)
        ends.append(night)
    return tuple(ends)


def _earlier_ends(session: Session, booking: Booking, prop: Property, *, now: datetime) -> tuple[date, ...]:
    """From the shortest stay that may be left up to a night less, without the nights that have begun."""
    if not _may_change(booking, now=now):
        return ()
    least = shortest_stay(prop, tariff_of(session, prop, now=now), booking.check_in)
    nights = (booking.check_out - booking.check_in).days
    days = [booking.check_in + timedelta(days=count) for count in range(least, nights)]
    return tuple(day for day in days if clock.at_local(day, prop.check_out_time) > now)


def _may_change(booking: Booking, *, now: datetime) -> bool:
    return booking.status in _STANDING and booking.check_out_at > now


def _own(session: Session, reference: str, guest_id: UUID) -> tuple[Booking, Property]:
    statement = (
        select(Booking, Property)
        .join(Property, Property.id == Booking.property_id)
        .where(Booking.reference == reference, Booking.guest_id == guest_id)
    )
    found = session.execute(statement).one_or_none()
    if found is None:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    return found[0], found[1]
