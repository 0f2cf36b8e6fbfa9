"""Holding a stay for a guest who is about to pay.

Under the flat's lock: lapsed holds in the way are released, the rules are checked, the nights are taken, the price is
quoted by us and stored, the payment is intended. Whatever a client says about prices is only compared, never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.availability import occupancy, ring
from app.domain.availability.occupancy import HouseTimes
from app.domain.availability.stay_rules import HouseRules, check_stay
from app.domain.bookings import state_machine
from app.domain.checkout.expire import expire_lapsed
from app.domain.payments import lifecycle as payments
from app.domain.pricing.quote import Quote, Tariff, quote
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.kit.reference import new_reference
from app.models import Booking, BookingStatus, Channel, Occupancy, OccupancyKind, Property, PropertyStatus, User

HOLD = timedelta(minutes=15)
MAX_LIVE_HOLDS = 2
SAME_NIGHTS_WINDOW = timedelta(minutes=30)
MAX_SAME_NIGHTS = 2
"""A slow guest gets a second chance at the same nights; a squatter does not get a third."""


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What a guest asks for. `total_shown` (tenge) is what the page said, to notice a price that changed since."""

    property_id: int
    stay: Stay
    guests: int
    total_shown: int | None = None


def tariff_of(prop: Property) -> Tariff:
    """What a flat charges."""
    return Tariff(prop.base_price, prop.weekend_price, prop.cleaning_fee)


def rules_of(prop: Property) -> HouseRules:
    """What a flat accepts."""
    return HouseRules(prop.max_guests, prop.min_nights, prop.max_nights, prop.self_check_in)


def hold(session: Session, request: HoldRequest, *, guest_id: UUID, channel: Channel, now: datetime) -> Booking:
    """Take the nights for 15 minutes and intend the payment. The same request again gives the guest's live hold back.

    Raises DomainError: `property_unknown` (404), `own_property` (403), a stay's rule (422), `price_changed` (409, with
    `total`), `dates_taken` (409), `too_many_holds`, `same_nights_again` (429), `account_blocked` (403).
    """
    locked = occupancy.lock_property(session, request.property_id)
    if locked is None or locked[0].status != PropertyStatus.PUBLISHED:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    prop, busy = locked
    _lock_guest(session, guest_id)
    if prop.landlord_id == guest_id:
        raise DomainError("own_property", ErrorKind.FORBIDDEN)
    check_stay(request.stay, request.guests, rules_of(prop), now=now)
    existing = _live_hold(session, request, guest_id=guest_id, now=now)
    if existing is not None:
        return existing
    _refuse_squatting(session, request, guest_id=guest_id, now=now)
    price = quote(tariff_of(prop), request.stay)
    if request.total_shown is not None and request.total_shown != price.total:
        raise DomainError("price_changed", ErrorKind.CONFLICT, total=price.total)
    if not ring.is_free(busy, request.stay.check_in, request.stay.check_out):
        _release_lapsed(session, prop, request.stay, now=now)
    booking = _add_booking(session, prop, request, price, guest_id=guest_id, channel=channel, now=now)
    if not occupancy.occupy(session, prop, request.stay, kind=OccupancyKind.BOOKING, booking_id=booking.id, now=now):
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    state_machine.start(session, booking, actor=Actor.guest(guest_id), now=now)
    payments.intend(session, booking.id, booking.total, expires_at=now + HOLD, now=now)
    return booking


def _lock_guest(session: Session, guest_id: UUID) -> None:
    """One hold at a time per guest, so that their limit cannot be outrun in parallel."""
    blocked = session.execute(
        select(User.blocked_at).where(User.id == guest_id).with_for_update(key_share=True)
    ).one_or_none()
    if blocked is None or blocked[0] is not None:
        raise DomainError("account_blocked", ErrorKind.FORBIDDEN)


def _live_hold(session: Session, request: HoldRequest, *, guest_id: UUID, now: datetime) -> Booking | None:
    """The guest's own live hold of exactly this stay: a second click is not a second booking."""
    statement = select(Booking).where(
        Booking.property_id == request.property_id,
        Booking.guest_id == guest_id,
        Booking.status == BookingStatus.HELD,
        Booking.check_in == request.stay.check_in,
        Booking.check_out == request.stay.check_out,
        Booking.guests == request.guests,
        Booking.hold_expires_at > now,
    )
    return session.scalars(statement).one_or_none()


def _refuse_squatting(session: Session, request: HoldRequest, *, guest_id: UUID, now: datetime) -> None:
    live = func.count().filter(Booking.status == BookingStatus.HELD, Booking.hold_expires_at > now)
    again = func.count().filter(
        Booking.property_id == request.property_id,
        Booking.check_in < request.stay.check_out,
        Booking.check_out > request.stay.check_in,
        Booking.created_at > now - SAME_NIGHTS_WINDOW,
        Booking.confirmed_at.is_(None),
    )
    live_holds, same_nights = session.execute(select(live, again).where(Booking.guest_id == guest_id)).one()
    if live_holds >= MAX_LIVE_HOLDS:
        raise DomainError("too_many_holds", ErrorKind.LIMIT, holds=MAX_LIVE_HOLDS)
    if same_nights >= MAX_SAME_NIGHTS:
        raise DomainError("same_nights_again", ErrorKind.LIMIT, minutes=SAME_NIGHTS_WINDOW.seconds // 60)


def _release_lapsed(session: Session, prop: Property, stay: Stay, *, now: datetime) -> None:
    """Free what lapsed holds still keep of these nights, without waiting for the sweep."""
    window: Range[datetime] = HouseTimes.of(prop).window(stay)
    statement = (
        select(Booking)
        .join(Occupancy, Occupancy.booking_id == Booking.id)
        .where(Occupancy.property_id == prop.id, Occupancy.during.overlaps(window))
        .where(Booking.status == BookingStatus.HELD, Booking.hold_expires_at <= now)
        .order_by(Booking.id)
        .with_for_update(of=Booking)
    )
    for booking in session.scalars(statement).all():
        expire_lapsed(session, prop, booking, now=now)


def _add_booking(
    session: Session,
    prop: Property,
    request: HoldRequest,
    price: Quote,
    *,
    guest_id: UUID,
    channel: Channel,
    now: datetime,
) -> Booking:
    times = HouseTimes.of(prop)
    booking = Booking(
        reference=new_reference(),
        property_id=prop.id,
        guest_id=guest_id,
        status=BookingStatus.HELD,
        channel=channel,
        check_in=request.stay.check_in,
        check_out=request.stay.check_out,
        check_in_at=times.check_in_at(request.stay),
        check_out_at=times.check_out_at(request.stay),
        guests=request.guests,
        quote=price.as_json(),
        total=price.total,
        cancellation_policy=prop.cancellation_policy,
        hold_expires_at=now + HOLD,
        created_at=now,
    )
    session.add(booking)
    session.flush()
    return booking
