"""Asking first: flats without instant booking. A request blocks nothing; an accepted one becomes a hold."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import notifications
from app.domain.actor import SYSTEM, Actor
from app.domain.availability import occupancy
from app.domain.availability.occupancy import HouseTimes
from app.domain.availability.stay_rules import cut_off_at
from app.domain.bookings import state_machine
from app.domain.checkout.decide import check_welcome, price_of
from app.domain.checkout.lapse import release_lapsed
from app.domain.checkout.limits import refuse_many_requests
from app.domain.checkout.locking import lock_hosted
from app.domain.checkout.look import HoldRequest, lock, look
from app.domain.checkout.new_booking import new_booking
from app.domain.payments import lifecycle as payments
from app.domain.pricing import promo
from app.domain.search.rows import house_rules
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.models import Booking, BookingStatus, Channel, NotificationKind, OccupancyKind, Property

ANSWER = timedelta(hours=24)
"""How long a landlord may think."""
ACCEPTED_HOLD = timedelta(hours=12)
"""How long an accepted request waits for its payment, at most to the cut-off of its first day."""


def ask(session: Session, request: HoldRequest, *, guest_id: UUID, channel: Channel, now: datetime) -> Booking:
    """Ask the landlord for a stay at today's price. The same request again gives the open one back.

    Raises DomainError: as a hold does for the flat, the stay and the price, `books_instantly` (409), `dates_taken`
    (409), `too_many_requests` (429).
    """
    session.flush()
    number = lock(session, request, guest_id=guest_id)
    seen = check_welcome(look(session, request, guest_id=guest_id, now=now), request, guest_id=guest_id, now=now)
    if seen.is_instant or number is None:
        raise DomainError("books_instantly", ErrorKind.CONFLICT)
    existing = _open_request(session, request, guest_id=guest_id, now=now)
    if existing is not None:
        return existing
    refuse_many_requests(session, guest_id, now=now)
    if not seen.is_free(request.stay):
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    decision = price_of(session, seen, request, guest_id=guest_id, now=now)
    booking = new_booking(
        number,
        seen,
        request,
        decision.price,
        guest_id=guest_id,
        channel=channel,
        now=now,
        answer_by=min(now + ANSWER, cut_off_at(request.stay.check_in, seen.rules)),
    )
    session.add(booking)
    session.flush()
    for model, row in state_machine.birth(booking.id, BookingStatus.REQUESTED, actor=Actor.guest(guest_id), now=now):
        session.add(model(**row))
    if decision.promo is not None:
        promo.redeem(session, decision.promo, booking, decision.price, now=now)
    _tell(session, NotificationKind.REQUEST_RECEIVED, booking, seen.landlord_id, now=now)
    return booking


def accept(session: Session, reference: str, *, landlord_id: UUID, now: datetime) -> Booking:
    """Take the nights for the guest, who has 12 hours (at most to the cut-off) to pay.

    Raises DomainError `booking_unknown` (404), `wrong_state` (409), `request_over` (409: too late to answer),
    `dates_taken` (409).
    """
    prop, booking = _lock_request(session, reference, landlord_id, now=now)
    stay = Stay(booking.check_in, booking.check_out)
    until = min(now + ACCEPTED_HOLD, cut_off_at(booking.check_in, house_rules(prop)))
    if until <= now:  # the landlord has moved the cut-off forward since
        raise DomainError("request_over", ErrorKind.CONFLICT)
    release_lapsed(session, prop, HouseTimes.of(prop).window(stay), now=now)
    if not occupancy.occupy(session, prop, stay, kind=OccupancyKind.BOOKING, booking_id=booking.id, now=now):
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    actor = Actor.landlord(landlord_id)
    state_machine.transition(session, booking, BookingStatus.HELD, actor=actor, now=now, hold=until - now)
    payments.intend(session, booking.id, booking.total, expires_at=until, now=now)
    _tell(session, NotificationKind.REQUEST_ACCEPTED, booking, booking.guest_id, now=now)
    return booking


def decline(session: Session, reference: str, *, landlord_id: UUID, reason: str, now: datetime) -> None:
    """Say no; the guest hears why if the reason is one of the list.

    Raises DomainError `booking_unknown` (404), `wrong_state`, `request_over` (409).
    """
    _, booking = _lock_request(session, reference, landlord_id, now=now)
    actor = Actor.landlord(landlord_id)
    noted = reason.strip()[:200]
    state_machine.transition(session, booking, BookingStatus.DECLINED, actor=actor, now=now, reason=noted)
    _tell(session, NotificationKind.REQUEST_DECLINED, booking, booking.guest_id, now=now, reason=noted)


def expire_unanswered(session: Session, *, now: datetime, limit: int = 200) -> int:
    """End the requests that nobody answered in time; how many. They keep no nights, so no flat is locked."""
    statement = (
        select(Booking)
        .where(Booking.status == BookingStatus.REQUESTED, Booking.answer_by <= now)
        .order_by(Booking.answer_by)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    bookings = session.scalars(statement).all()
    for booking in bookings:
        state_machine.transition(session, booking, BookingStatus.EXPIRED, actor=SYSTEM, now=now, reason="no_answer")
        _tell(session, NotificationKind.REQUEST_DECLINED, booking, booking.guest_id, now=now)
    return len(bookings)


def _lock_request(session: Session, reference: str, landlord_id: UUID, *, now: datetime) -> tuple[Property, Booking]:
    prop, booking = lock_hosted(session, reference, landlord_id)
    if booking.status != BookingStatus.REQUESTED or booking.answer_by is None:
        raise DomainError("wrong_state", ErrorKind.CONFLICT, status=booking.status)
    if booking.answer_by <= now:
        raise DomainError("request_over", ErrorKind.CONFLICT)
    return prop, booking


def _open_request(session: Session, request: HoldRequest, *, guest_id: UUID, now: datetime) -> Booking | None:
    statement = select(Booking).where(
        Booking.property_id == request.property_id,
        Booking.guest_id == guest_id,
        Booking.status == BookingStatus.REQUESTED,
        Booking.check_in == request.stay.check_in,
        Booking.check_out == request.stay.check_out,
        Booking.guests == request.guests,
        Booking.answer_by > now,
    )
    return session.scalars(statement).one_or_none()


def _tell(
    session: Session, kind: NotificationKind, booking: Booking, user_id: UUID, *, now: datetime, reason: str = ""
) -> None:
    key, params = f"{kind}:{booking.id}", {"reason": reason} if reason else None
    notifications.tell_user(session, kind, user_id, dedup_key=key, now=now, params=params, booking_id=booking.id)
