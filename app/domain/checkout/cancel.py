"""Ending a stay before its time: by the guest, the landlord or the staff, and the no-show.

Each exit says what it does to the dates, the keys, the money and the people. The guest has seen the refund line by
line before: what was shown comes back with the confirmation, and a refund that is another one by now is shown anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import notifications
from app.domain.access import grants
from app.domain.actor import Actor
from app.domain.availability import occupancy
from app.domain.bookings import refunds, state_machine
from app.domain.bookings.cancellation import RefundQuote
from app.domain.checkout import refunding
from app.domain.checkout.amendments import drop_held
from app.domain.checkout.locking import booking_id_of, lock_booking
from app.domain.payments import lifecycle as payments
from app.kit.errors import DomainError, ErrorKind
from app.models import (
    AccessGrant,
    ActorKind,
    Booking,
    BookingStatus,
    NotificationKind,
    PaymentStatus,
    Property,
    RefundCause,
)

NO_SHOW_WITHIN = timedelta(hours=24)
"""So long after check-in a landlord may report that nobody came."""

_BY: dict[ActorKind, tuple[BookingStatus, RefundCause]] = {
    ActorKind.GUEST: (BookingStatus.CANCELLED_BY_GUEST, RefundCause.CANCELLED_BY_GUEST),
    ActorKind.LANDLORD: (BookingStatus.CANCELLED_BY_LANDLORD, RefundCause.CANCELLED_BY_LANDLORD),
    ActorKind.STAFF: (BookingStatus.CANCELLED_BY_STAFF, RefundCause.CANCELLED_BY_STAFF),
}
_UNPAID = (BookingStatus.REQUESTED, BookingStatus.HELD)


def cancel(
    session: Session, reference: str, *, actor: Actor, now: datetime, reason: str = "", back_shown: int | None = None
) -> RefundQuote | None:
    """End a booking; what comes back, None when nothing was paid yet. `back_shown` (tenge) is what the page said.

    A guest's or the staff's cancellation frees the dates; after a landlord's they stay blocked. The keys' right ends,
    an unpaid extension lapses, the refund is owed, both sides are told.
    Raises DomainError `booking_unknown` (404) for anyone else, `wrong_state` (409), `refund_changed` (409, with
    `back`), `reason_missing` (422) for landlords and staff without one.
    """
    prop, booking = lock_booking(session, booking_id_of(session, reference))
    _check_right(prop, booking, actor)
    if actor.kind in {ActorKind.LANDLORD, ActorKind.STAFF} and not reason.strip():
        raise DomainError("reason_missing")
    target, cause = _BY[actor.kind]
    unpaid = booking.status in _UNPAID
    is_over = not unpaid and booking.check_out_at <= now  # the clock has not completed it yet
    if is_over or not state_machine.may_become(BookingStatus(booking.status), target):
        raise DomainError("wrong_state", ErrorKind.CONFLICT, status=booking.status)
    price = None if unpaid else refunds.paid_stay(session.connection(), booking.id).ending(cause, now=now)
    if price is not None and back_shown is not None and price.total != back_shown:
        raise DomainError("refund_changed", ErrorKind.CONFLICT, back=price.total)
    noted = "before_payment" if unpaid else reason.strip()[:200]
    state_machine.transition(session, booking, target, actor=actor, now=now, reason=noted)
    if actor.kind is ActorKind.LANDLORD:
        occupancy.keep_blocked(session, booking.id)
    _end(session, prop, booking, cause, price, now=now)
    _tell(session, prop, booking, price, by=actor, now=now, reason=noted)
    return price


def report_no_show(session: Session, reference: str, *, actor: Actor, now: datetime) -> RefundQuote:
    """The landlord reports within 24 h of check-in that nobody came: the nights that are left are free again.

    Raises DomainError `booking_unknown` (404), `wrong_state` (409), `no_show_too_late` (409), `keys_were_seen` (409)
    when a code was revealed.
    """
    prop, booking = lock_booking(session, booking_id_of(session, reference))
    if actor.kind is not ActorKind.LANDLORD or prop.landlord_id != actor.user_id:
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)
    revealed_at = session.scalar(select(AccessGrant.revealed_at).where(AccessGrant.booking_id == booking.id))
    refusal = no_show_refusal(BookingStatus(booking.status), booking.check_in_at, revealed_at, now=now)
    if refusal is not None:
        raise refusal
    price = refunds.paid_stay(session.connection(), booking.id).ending(RefundCause.NO_SHOW, now=now)
    state_machine.transition(session, booking, BookingStatus.NO_SHOW, actor=actor, now=now, reason="reported")
    _end(session, prop, booking, RefundCause.NO_SHOW, price, now=now)
    _tell(session, prop, booking, price, by=actor, now=now)
    return price


def no_show_refusal(
    status: BookingStatus, check_in_at: datetime, revealed_at: datetime | None, *, now: datetime
) -> DomainError | None:
    """Why a no-show cannot be reported (pages say it before), or None when it can. Pure."""
    if status is not BookingStatus.CHECKED_IN:
        return DomainError("wrong_state", ErrorKind.CONFLICT, status=status.value)
    if now > check_in_at + NO_SHOW_WITHIN:
        return DomainError("no_show_too_late", ErrorKind.CONFLICT)
    if revealed_at is not None:
        return DomainError("keys_were_seen", ErrorKind.CONFLICT)
    return None


def _check_right(prop: Property, booking: Booking, actor: Actor) -> None:
    owner = {ActorKind.GUEST: booking.guest_id, ActorKind.LANDLORD: prop.landlord_id}.get(actor.kind)
    if actor.kind is not ActorKind.STAFF and (owner is None or owner != actor.user_id):
        raise DomainError("booking_unknown", ErrorKind.NOT_FOUND)


def _end(
    session: Session, prop: Property, booking: Booking, cause: RefundCause, price: RefundQuote | None, *, now: datetime
) -> None:
    drop_held(session, prop, booking.id, now=now)
    occupancy.release_booking(session, prop, booking.id, now=now)
    payments.close_open(session, booking.id, status=PaymentStatus.EXPIRED)
    grants.revoke(session, booking.id, now=now)
    if price is not None:
        refunding.owe(session, prop, booking, cause, price, now=now)


def _tell(
    session: Session,
    prop: Property,
    booking: Booking,
    price: RefundQuote | None,
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """The guest hears of the end of what was paid, and the landlord's reason if it is one of the list.

    The landlord hears of an end that was not the landlord's own.
    """
    if price is None:
        return
    notifications.tell_user(
        session,
        NotificationKind.BOOKING_CANCELLED,
        booking.guest_id,
        dedup_key=f"cancelled:{booking.id}",
        now=now,
        params={
            "back": str(price.total),
            "by": by.kind.value,
            "reason": reason if by.kind is ActorKind.LANDLORD else "",
        },
        booking_id=booking.id,
    )
    if by.kind is not ActorKind.LANDLORD:
        notifications.tell_user(
            session,
            NotificationKind.CANCELLED_TO_LANDLORD,
            prop.landlord_id,
            dedup_key=f"cancelled-landlord:{booking.id}",
            now=now,
            booking_id=booking.id,
        )
