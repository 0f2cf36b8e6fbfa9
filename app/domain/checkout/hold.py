"""Holding a stay for a guest who is about to pay.

Whoever has no chance is refused by an unlocked look. Under the flat's and the guest's lock the rules are checked again,
lapsed holds in the way are released, the nights are taken, the price is quoted by us and stored, the payment is
intended. Whatever a client says about prices is only compared, never used.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, make_transient_to_detached

from app.domain import changes, outbox
from app.domain.actor import Actor
from app.domain.availability import occupancy
from app.domain.availability.taking import take_with
from app.domain.bookings import state_machine
from app.domain.checkout import telling
from app.domain.checkout.decide import decide_hold
from app.domain.checkout.lapse import release_lapsed
from app.domain.checkout.limits import HOLD
from app.domain.checkout.look import HoldRequest, lock, look
from app.domain.checkout.new_booking import new_booking, row_of
from app.domain.payments import lifecycle as payments
from app.domain.pricing import promo
from app.domain.rows import NewRow
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.models import (
    Booking,
    BookingStatus,
    Channel,
    OccupancyKind,
    OutboxItem,
    OutboxKind,
    Payment,
    PayMethod,
    Property,
)


def hold(session: Session, request: HoldRequest, *, guest_id: UUID, channel: Channel, now: datetime) -> Booking:
    """Take the nights for 15 minutes and intend the payment. The same request again gives the guest's live hold back.

    Raises DomainError: `property_unknown` (404), `own_property` (403), a stay's rule (422), `needs_request` (409: this
    flat is asked for first), `price_changed` (409, with `total`), `dates_taken` (409), `too_many_holds`,
    `same_nights_again` (429), `account_blocked` (403), a promo code's rule (422).
    """
    session.flush()  # what follows is SQL of its own, which sees only what has been sent
    seen = look(session, request, guest_id=guest_id, now=now)
    # No queueing for a lock to be refused under it, and no lock of a promo code before the flat's.
    decide_hold(session, seen, request, guest_id=guest_id, now=now, locked=False)
    number = lock(session, request, guest_id=guest_id)
    seen = look(session, request, guest_id=guest_id, now=now)
    decision = decide_hold(session, seen, request, guest_id=guest_id, now=now, locked=True)
    if seen is None or number is None:
        raise DomainError("property_unknown", ErrorKind.NOT_FOUND)
    if decision is None:
        return session.get_one(Booking, seen.own_hold_id, populate_existing=True)
    if not seen.is_free(request.stay):
        prop = session.get_one(Property, request.property_id, populate_existing=True)
        release_lapsed(session, prop, seen.times.window(request.stay), now=now)
    booking = new_booking(
        number,
        seen,
        request,
        decision.price,
        guest_id=guest_id,
        channel=channel,
        now=now,
        hold_expires_at=now + HOLD,
    )
    _write(session, booking, seen.times.window(request.stay), request.method, now=now)
    changes.nights(session, booking.property_id, seen.city_id)
    if decision.promo is not None:
        promo.redeem(session, decision.promo, booking, decision.price, now=now)
    return booking


def _write(session: Session, booking: Booking, during: Range[datetime], method: PayMethod, *, now: datetime) -> None:
    """The nights, the booking, its history, the intended payment and the work it makes: one statement, or nothing.

    Afterwards the booking is the session's, as if it had been read. Raises DomainError `dates_taken` (409).
    """
    payment = payments.intent_row(booking.id, booking.total, expires_at=now + HOLD, now=now, method=method)
    others: list[NewRow] = [
        row_of(booking),
        *state_machine.birth(booking.id, BookingStatus.HELD, actor=Actor.guest(booking.guest_id), now=now),
        *telling.held(booking, now=now),
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
