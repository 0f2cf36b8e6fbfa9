"""What a hold has to know about the flat, the guest and what stands in the way; and the locks under which it is true.

The same look is taken twice: before the locks, to turn away at once whoever has no chance (fifty guests at one flat
would otherwise queue for its lock to learn that it is gone), and under them, to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.availability import ring
from app.domain.availability.occupancy import HouseTimes
from app.domain.availability.stay_rules import HouseRules
from app.domain.checkout.limits import SAME_NIGHTS_WINDOW
from app.domain.pricing.rates import TARIFF_COLUMNS, tariff_of_values
from app.domain.pricing.tariff import Tariff
from app.kit import clock
from app.kit.period import Stay
from app.models import PayMethod


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What a guest asks for. `total_shown` (tenge) is what the page said, to notice a price that changed since.

    `method` is how a held stay will most likely be paid; the guest may choose another way afterwards.
    """

    property_id: int
    stay: Stay
    guests: int
    total_shown: int | None = None
    promo_code: str | None = None
    method: PayMethod = PayMethod.LINK


@dataclass(frozen=True, slots=True)
class Look:
    """A flat and a guest as one statement saw them."""

    status: str
    landlord_id: UUID
    city_id: int
    is_instant: bool
    rules: HouseRules
    tariff: Tariff
    times: HouseTimes
    cancellation_policy: str
    ring: str
    """Busy nights: see `app.domain.availability.ring`."""
    has_lapsed: bool
    """Is there a hold of this flat, of a booking or an extension, that ran out and was not ended yet?"""
    is_guest_welcome: bool
    """Does the account exist, and is it not blocked?"""
    own_hold_id: int | None
    """The guest's live hold of exactly this stay."""
    live_holds: int
    same_nights: int
    """How often the guest held any of these nights lately without paying."""

    def is_free(self, stay: Stay) -> bool:
        """Does the ring say that every night of the stay is free?"""
        return ring.is_free(self.ring, stay.check_in, stay.check_out)


_LOOK = text(
    f"""
    SELECT p.status, p.landlord_id, s.city_id, p.max_guests, p.min_nights, p.max_nights, p.self_check_in,
        p.cut_off_time, p.instant_booking, p.check_in_time, p.check_out_time, p.cleaning_minutes,
        p.cancellation_policy, s.busy,
        {TARIFF_COLUMNS},
        EXISTS (SELECT FROM bookings l
            WHERE l.property_id = p.id AND l.status = 'held' AND l.hold_expires_at <= :now)
        OR EXISTS (SELECT FROM booking_amendments a JOIN bookings l ON l.id = a.booking_id
            WHERE a.status = 'held' AND a.hold_expires_at <= :now AND l.property_id = p.id) AS has_lapsed,
        EXISTS (SELECT FROM users u WHERE u.id = :guest_id AND u.blocked_at IS NULL) AS is_guest_welcome,
        mine.own_hold_id, mine.same_nights, mine.live_holds + (
            SELECT count(*) FROM booking_amendments a JOIN bookings b ON b.id = a.booking_id
            WHERE a.status = 'held' AND a.hold_expires_at > :now AND b.guest_id = :guest_id) AS live_holds
    FROM property_search s
    JOIN properties p ON p.id = s.property_id
    CROSS JOIN (
        SELECT
            max(b.id) FILTER (WHERE b.property_id = :property_id AND b.status = 'held' AND b.hold_expires_at > :now
                AND b.check_in = :check_in AND b.check_out = :check_out AND b.guests = :guests) AS own_hold_id,
            count(*) FILTER (WHERE b.status = 'held' AND b.hold_expires_at > :now) AS live_holds,
            count(*) FILTER (WHERE b.property_id = :property_id AND b.check_in < :check_out AND b.check_out > :check_in
                AND b.created_at > :since AND b.confirmed_at IS NULL) AS same_nights
        FROM bookings b WHERE b.guest_id = :guest_id
    ) AS mine
    WHERE s.property_id = :property_id
    """  # noqa: S608  # fixed texts
)

_LOCK = text(
    """
    WITH flat AS (SELECT property_id FROM property_search WHERE property_id = :property_id FOR UPDATE),
    guest AS (SELECT u.id FROM flat CROSS JOIN users u WHERE u.id = :guest_id FOR NO KEY UPDATE OF u)
    SELECT nextval('bookings_id_seq') FROM guest
    """
)
"""The guest is joined to the locked flat: that is the order of the locks."""


def look(session: Session, request: HoldRequest, *, guest_id: UUID, now: datetime) -> Look | None:
    """The flat, the guest and what is between them, as of now; None when there is no such flat (or it has no lock)."""
    wanted = {
        "property_id": request.property_id,
        "guest_id": guest_id,
        "check_in": request.stay.check_in,
        "check_out": request.stay.check_out,
        "guests": request.guests,
        "now": now,
        "since": now - SAME_NIGHTS_WINDOW,
        "yesterday": clock.local_date(now) - timedelta(days=1),
    }
    row = session.connection().execute(_LOOK, wanted).one_or_none()
    return None if row is None else _look_of(row)


def lock(session: Session, request: HoldRequest, *, guest_id: UUID) -> int | None:
    """Lock the flat's timeline, then the guest, until the transaction ends; None when one of them is not there.

    The guest is locked so that their limit of live holds cannot be outrun in parallel. What was read before is as of
    before the wait: look again. Returns the number of the booking to be.
    """
    wanted = {"property_id": request.property_id, "guest_id": guest_id}
    number: int | None = session.connection().execute(_LOCK, wanted).scalar_one_or_none()
    return number


def _look_of(row: Row[Any]) -> Look:
    tariff = tariff_of_values(row._asdict())
    return Look(
        status=row.status,
        landlord_id=row.landlord_id,
        city_id=row.city_id,
        is_instant=row.instant_booking,
        rules=HouseRules(
            row.max_guests,
            row.min_nights,
            row.max_nights,
            row.self_check_in,
            row.cut_off_time,
            tariff.date_minimums,
        ),
        tariff=tariff,
        times=HouseTimes(row.check_in_time, row.check_out_time, timedelta(minutes=row.cleaning_minutes)),
        cancellation_policy=row.cancellation_policy,
        ring=row.busy,
        has_lapsed=row.has_lapsed,
        is_guest_welcome=row.is_guest_welcome,
        own_hold_id=row.own_hold_id,
        live_holds=row.live_holds,
        same_nights=row.same_nights,
    )
