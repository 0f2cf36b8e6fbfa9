"""Changing a stay: more nights, paid like a booking of their own, or fewer, given up under the policy.

Quotes never change, so each change is an amendment with its own. An extension holds only the nights it adds and leaves
the booking as it is until it is paid; a shortening takes effect at once. Both move the check-out; the keys' right moves
with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.access import grants
from app.domain.actor import Actor
from app.domain.availability import occupancy
from app.domain.availability.occupancy import HouseTimes
from app.domain.availability.ring import HORIZON_DAYS
from app.domain.bookings import refunds
from app.domain.bookings.cancellation import RefundQuote
from app.domain.checkout import refunding, sharing, telling
from app.domain.checkout.lapse import drop_amendment, release_lapsed
from app.domain.checkout.limits import HOLD, refuse_third_hold
from app.domain.checkout.locking import lock_own
from app.domain.payments import lifecycle as payments
from app.domain.payments.ways import BY_LINK, PayWay
from app.domain.pricing.quote import Quote, quote_added_nights
from app.domain.pricing.rates import tariff_of
from app.domain.pricing.tariff import Tariff
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.kit.period import Stay
from app.models import (
    AmendmentKind,
    AmendmentStatus,
    Booking,
    BookingAmendment,
    BookingStatus,
    Property,
    PropertyStatus,
    RefundCause,
)

_CHANGEABLE = (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)


def quote_extension(session: Session, prop: Property, booking: Booking, check_out: date, *, now: datetime) -> Quote:
    """What staying until `check_out` adds. Raises DomainError as `extend` does for what needs no look at others."""
    _check_changeable(booking, now=now)
    if prop.status != PropertyStatus.PUBLISHED:
        raise DomainError("property_unknown", ErrorKind.CONFLICT)
    if check_out <= booking.check_out:
        raise DomainError("not_longer")
    nights = (check_out - booking.check_in).days
    if nights > prop.max_nights:
        raise DomainError("too_many_nights", ErrorKind.INVALID, nights=prop.max_nights)
    if check_out > clock.local_date(now) + timedelta(days=HORIZON_DAYS):
        raise DomainError("too_far_ahead", ErrorKind.INVALID, days=HORIZON_DAYS)
    tariff = tariff_of(session, prop, now=now)
    added = Stay(booking.check_out, check_out)
    return quote_added_nights(tariff, added, guests=booking.guests, nights_in_all=nights)


def extend(
    session: Session,
    reference: str,
    check_out: date,
    *,
    guest_id: UUID,
    total_shown: int | None,
    now: datetime,
    way: PayWay = BY_LINK,
) -> BookingAmendment:
    """Hold the nights up to `check_out` for 15 minutes and intend their payment; the booking stays as it is till then.

    The hold ends with the stay at the latest: what is over cannot become longer. The same extension again gives the
    live one back. Raises DomainError: `booking_unknown` (404), `wrong_state`,
    `dates_taken`, `price_changed`, `change_waits` (another extension waits for its payment), `property_unknown` (the
    flat is not on offer any more) (409), `not_longer`, `too_many_nights`, `too_far_ahead` (422), `too_many_holds`
    (429).
    """
    prop, booking = lock_own(session, reference, guest_id, with_guest=True)
    price = quote_extension(session, prop, booking, check_out, now=now)
    live = held_amendment(session, booking.id)
    if live is not None and live.hold_expires_at is not None and live.hold_expires_at > now:
        if live.check_out == check_out:
            return live
        raise DomainError("change_waits", ErrorKind.CONFLICT)
    if total_shown is not None and total_shown != price.total:
        raise DomainError("price_changed", ErrorKind.CONFLICT, total=price.total)
    refuse_third_hold(session, guest_id, now=now)
    added = Stay(booking.check_out, check_out)
    release_lapsed(session, prop, HouseTimes.of(prop).window(added), now=now)
    if live is not None:
        session.refresh(live)
        if live.status == AmendmentStatus.HELD:  # lapsed, but its payment may still bring money
            raise DomainError("change_waits", ErrorKind.CONFLICT)
    by = Actor.guest(guest_id)
    amendment = _add(
        session, booking, AmendmentKind.EXTENSION, check_out, price, night_prices=price.night_prices, by=by, now=now
    )
    if not occupancy.occupy_for_amendment(session, prop, added, amendment, now=now):
        raise DomainError("dates_taken", ErrorKind.CONFLICT)
    until = min(now + HOLD, booking.check_out_at)
    payments.intend(session, booking.id, price.total, expires_at=until, now=now, amendment_id=amendment.id, way=way)
    return amendment


def confirm_extension(
    session: Session, prop: Property, booking: Booking, amendment: BookingAmendment, *, now: datetime
) -> bool:
    """The money for an extension is here: move the check-out. False when its nights are someone else's by now.

    Both rows are locked. The extension may have lapsed; its nights are taken again if they are free.
    """
    added = Stay(amendment.check_out_before, amendment.check_out)
    if booking.status not in _CHANGEABLE or booking.check_out != amendment.check_out_before:
        return False
    if amendment.status != AmendmentStatus.HELD and not occupancy.occupy_for_amendment(
        session, prop, added, amendment, now=now
    ):
        return False
    amendment.status = AmendmentStatus.CONFIRMED
    amendment.hold_expires_at = None
    amendment.confirmed_at = now
    _move_check_out(session, prop, booking, amendment.check_out, now=now)
    sharing.plan_extension(booking, now=now)
    occupancy.join(session, prop, booking.id, Stay(booking.check_in, booking.check_out))
    _note(session, prop, booking, amendment, by=Actor.guest(booking.guest_id), now=now)
    return True


def shorten(
    session: Session, reference: str, check_out: date, *, guest_id: UUID, back_shown: int | None, now: datetime
) -> RefundQuote:
    """Give up the nights from `check_out` on: they are free at once, and what the policy says comes back.

    Raises DomainError: `booking_unknown` (404), `wrong_state`, `refund_changed` (with `back`), `change_waits` (409),
    `not_shorter`, `too_few_nights`, `night_has_begun` (422).
    """
    prop, booking = lock_own(session, reference, guest_id, with_guest=True)
    price, nights_given_up = _price_shortening(session, prop, booking, check_out, now=now)
    if held_amendment(session, booking.id) is not None:
        raise DomainError("change_waits", ErrorKind.CONFLICT)
    if back_shown is not None and price.total != back_shown:
        raise DomainError("refund_changed", ErrorKind.CONFLICT, back=price.total)
    by = Actor.guest(guest_id)
    amendment = _add(
        session, booking, AmendmentKind.SHORTENING, check_out, price, night_prices=nights_given_up, by=by, now=now
    )
    _move_check_out(session, prop, booking, check_out, now=now)
    occupancy.shorten(session, prop, booking.id, Stay(booking.check_in, check_out), now=now)
    refunding.owe(session, prop, booking, RefundCause.SHORTENED, price, now=now, amendment_id=amendment.id)
    _note(session, prop, booking, amendment, by=by, now=now)
    return price


def quote_shortening(
    session: Session, prop: Property, booking: Booking, check_out: date, *, now: datetime
) -> RefundQuote:
    """What leaving on `check_out` gives back. Raises DomainError as `shorten` does for what is to be seen here."""
    return _price_shortening(session, prop, booking, check_out, now=now)[0]


def _price_shortening(
    session: Session, prop: Property, booking: Booking, check_out: date, *, now: datetime
) -> tuple[RefundQuote, tuple[int, ...]]:
    """What comes back, and what each of the nights that are given up was sold for."""
    _check_changeable(booking, now=now)
    if check_out >= booking.check_out:
        raise DomainError("not_shorter")
    tariff = tariff_of(session, prop, now=now)
    least = shortest_stay(prop, tariff, booking.check_in)
    if (check_out - booking.check_in).days < least:
        raise DomainError("too_few_nights", ErrorKind.INVALID, nights=least)
    if clock.at_local(check_out, prop.check_out_time) <= now:
        raise DomainError("night_has_begun")
    given_up = (booking.check_out - check_out).days
    stay = refunds.paid_stay(session.connection(), booking.id)
    return stay.shortening(given_up, tariff, now=now), stay.night_prices[-given_up:]


def shortest_stay(prop: Property, tariff: Tariff, check_in: date) -> int:
    """The fewest nights of a stay that begins on this date: what could not be booked cannot be left of a booking."""
    minimums = [least for first, until, least in tariff.date_minimums if first <= check_in < until]
    return max([prop.min_nights, *minimums])


def held_amendment(session: Session, booking_id: int) -> BookingAmendment | None:
    """The extension that waits for its payment, live or lapsed, locked."""
    statement = select(BookingAmendment).where(
        BookingAmendment.booking_id == booking_id, BookingAmendment.status == AmendmentStatus.HELD
    )
    return session.scalars(statement.with_for_update()).one_or_none()


def drop_held(session: Session, prop: Property, booking_id: int, *, now: datetime) -> None:
    """The booking ends: an extension that waits for its payment ends with it."""
    amendment = held_amendment(session, booking_id)
    if amendment is not None:
        drop_amendment(session, prop, amendment, AmendmentStatus.CANCELLED, now=now)


def _check_changeable(booking: Booking, *, now: datetime) -> None:
    if booking.status not in _CHANGEABLE or booking.check_out_at <= now:
        raise DomainError("wrong_state", ErrorKind.CONFLICT, status=booking.status)


def _add(
    session: Session,
    booking: Booking,
    kind: AmendmentKind,
    check_out: date,
    price: Quote | RefundQuote,
    *,
    night_prices: Sequence[int],
    by: Actor,
    now: datetime,
) -> BookingAmendment:
    """An extension waits for its payment; a shortening takes effect at once."""
    status = AmendmentStatus.HELD if kind is AmendmentKind.EXTENSION else AmendmentStatus.CONFIRMED
    amendment = BookingAmendment(
        booking_id=booking.id,
        kind=kind,
        status=status,
        check_out_before=booking.check_out,
        check_out=check_out,
        quote=price.as_json(),
        night_prices=list(night_prices),
        total=price.total,
        hold_expires_at=min(now + HOLD, booking.check_out_at) if status is AmendmentStatus.HELD else None,
        actor_kind=by.kind,
        actor_id=by.user_id,
        created_at=now,
        confirmed_at=now if status is AmendmentStatus.CONFIRMED else None,
    )
    session.add(amendment)
    session.flush()
    return amendment


def _move_check_out(session: Session, prop: Property, booking: Booking, check_out: date, *, now: datetime) -> None:
    booking.check_out = check_out
    booking.check_out_at = HouseTimes.of(prop).check_out_at(Stay(booking.check_in, check_out))
    grants.prolong(session, booking, now=now)


def _note(
    session: Session, prop: Property, booking: Booking, amendment: BookingAmendment, *, by: Actor, now: datetime
) -> None:
    """The audit trail and the people learn of a change that took effect."""
    audit.record(
        session, f"booking.{amendment.kind}", actor=by, subject=("booking", booking.id), now=now, amendment=amendment.id
    )
    telling.changed(session, prop, booking, amendment, now=now)
