"""Holding a stay for a guest who is about to pay.

Whoever has no chance is refused by an unlocked look. Under the flat's and the guest's lock the rules are checked again,
lapsed holds in the way are released, the nights are taken, the price is quoted by us and stored, the payment is
intended. Whatever a client says about prices is only compared, never used.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, make_transient_to_detached

from app.domain import outbox
from app.domain.actor import Actor
from app.domain.availability import occupancy
from app.domain.availability.occupancy import HouseTimes
from app.domain.availability.stay_rules import check_stay
from app.domain.availability.taking import take_with
from app.domain.bookings import state_machine
from app.domain.checkout.expire import expire_lapsed
from app.domain.checkout.look import SAME_NIGHTS_WINDOW, HoldRequest, Look, lock, look, wait_for_others
from app.domain.payments import lifecycle as payments
from app.domain.pricing.quote import Quote, quote
from app.domain.rows import NewRow
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.kit.reference import new_reference
from app.models import (
    Booking,
    BookingStatus,
    Channel,
    Occupancy,
    OccupancyKind,
    OutboxItem,
    OutboxKind,
    Payment,
    Property,
    PropertyStatus,
)

HOLD = timedelta(minutes=15)
MAX_LIVE_HOLDS = 2
MAX_SAME_NIGHTS = 2
"""A slow guest gets a second chance at the same nights; a squatter does not get a third."""

_BOOKING_COLUMNS = tuple(inspect(Booking).columns.keys())


def hold(session: Session, request: HoldRequest, *, guest_id: UUID, channel: Channel, now: datetime) -> Booking:
    """Take the nights for 15 minutes and intend the payment. The same request again gives the guest's live hold back.

    Raises DomainError: `property_unknown` (404), `own_property` (403), a stay's rule (422), `price_changed` (409, with
    `total`), `dates_taken` (409), `too_many_holds`, `same_nights_again` (429), `account_blocked` (403).
    """
    session.flush()  # what follows is SQL of its own, which sees only what has been sent
    seen = look(session, request, guest_id=guest_id, now=now)
    _decide(seen, request, guest_id=guest_id, now=now)  # no queueing for a lock to be refused under it
    number = lock(session, request, guest_id=guest_id, is_waiting=False)
    if number is None:
        wait_for_others(session, request)
        _decide(look(session, request, guest_id=guest_id, now=now), request, guest_id=guest_id, now=now)
        number = lock(session, request, guest_id=guest_id, is_waiting=True)
    seen = look(session, request, guest_id=guest_id, now=now)
    price = _decide(seen, request, guest_id=guest_id, now=now)
    if seen is None or number is None:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    if price is None:
        return session.get_one(Booking, seen.own_hold_id, populate_existing=True)
    if not seen.is_free(request.stay):
        _release_lapsed(session, request, seen.times, now=now)
    booking = _new_booking(number, seen, request, price, guest_id=guest_id, channel=channel, now=now)
    _write(session, booking, seen.times.window(request.stay), now=now)
    return booking


def _decide(seen: Look | None, request: HoldRequest, *, guest_id: UUID, now: datetime) -> Quote | None:
    """Refuse, or say what the stay costs; None when the guest holds exactly this stay already.

    Nights that only lapsed holds can be in the way of are not refused here: the constraint has the last word.
    """
    if seen is None or seen.status != PropertyStatus.PUBLISHED:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    if not seen.is_guest_welcome:
        raise DomainError("account_blocked", ErrorKind.FORBIDDEN)
    if seen.landlord_id == guest_id:
        raise DomainError("own_property", ErrorKind.FORBIDDEN)
    check_stay(request.stay, request.guests, seen.rules, now=now)
    if seen.own_hold_id is not None:
        return None
    if seen.live_holds >= MAX_LIVE_HOLDS:
        raise DomainError("too_many_holds", ErrorKind.LIMIT, holds=MAX_LIVE_HOLDS)
    if seen.same_nights >= MAX_SAME_NIGHTS:
        raise DomainError("same_nights_again", ErrorKind.LIMIT, minutes=SAME_NIGHTS_WINDOW.seconds // 60)
    price = quote(seen.tariff, request.stay)
    if request.total_shown is not None and request.total_shown != price.total:
        raise DomainError("price_changed", ErrorKind.CONFLICT, total=price.total)
    if not seen.is_free(request.stay) and not seen.has_lapsed:
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    return price


def _release_lapsed(session: Session, request: HoldRequest, times: HouseTimes, *, now: datetime) -> None:
    """Free what lapsed holds still keep of these nights, without waiting for the sweep."""
    prop = session.get_one(Property, request.property_id, populate_existing=True)
    statement = (
        select(Booking)
        .join(Occupancy, Occupancy.booking_id == Booking.id)
        .where(Occupancy.property_id == prop.id, Occupancy.during.overlaps(times.window(request.stay)))
        .where(Booking.status == BookingStatus.HELD, Booking.hold_expires_at <= now)
        .order_by(Booking.id)
        .with_for_update(of=Booking)
    )
    for booking in session.scalars(statement).all():
        expire_lapsed(session, prop, booking, now=now)
    session.flush()


def _new_booking(
    number: int,
    seen: Look,
    request: HoldRequest,
    price: Quote,
    *,
    guest_id: UUID,
    channel: Channel,
    now: datetime,
) -> Booking:
    return Booking(
        id=number,
        reference=new_reference(),
        property_id=request.property_id,
        guest_id=guest_id,
        status=BookingStatus.HELD,
        channel=channel,
        check_in=request.stay.check_in,
        check_out=request.stay.check_out,
        check_in_at=seen.times.check_in_at(request.stay),
        check_out_at=seen.times.check_out_at(request.stay),
        guests=request.guests,
        quote=price.as_json(),
        total=price.total,
        cancellation_policy=seen.cancellation_policy,
        hold_expires_at=now + HOLD,
        created_at=now,
        confirmed_at=None,
    )


def _write(session: Session, booking: Booking, during: Range[datetime], *, now: datetime) -> None:
    """The nights, the booking, its history, the intended payment and the work it makes: one statement, or nothing.

    Afterwards the booking is the session's, as if it had been read. Raises DomainError `dates_taken` (409).
    """
    payment = payments.intent_row(booking.id, booking.total, expires_at=now + HOLD, now=now)
    others: list[NewRow] = [
        (Booking, {column: getattr(booking, column) for column in _BOOKING_COLUMNS}),
        *state_machine.birth(booking.id, BookingStatus.HELD, actor=Actor.guest(booking.guest_id), now=now),
        (Payment, payment),
        (OutboxItem, outbox.row(OutboxKind.CREATE_PAYMENT, payment["id"], now=now)),
    ]
    nights = Stay(booking.check_in, booking.check_out).dates()
    occupied = occupancy.row(booking.property_id, during, kind=OccupancyKind.BOOKING, booking_id=booking.id, now=now)
    keys = take_with(session, occupied, nights, others)
    if keys is None:
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    outbox.wake(session, OutboxKind.CREATE_PAYMENT, keys[-1])  # the last of the others is the outbox item
    make_transient_to_detached(booking)
    session.add(booking)
