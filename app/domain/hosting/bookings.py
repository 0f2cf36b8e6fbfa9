"""The bookings of a landlord's flats. What never came to be a stay (an expired hold) is not shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain.access.grants import KeysWindow
from app.domain.checkout import sharing
from app.domain.ledger.shares import Kept, share
from app.domain.pricing.quote import LineKind, Quote
from app.kit import clock
from app.models import ActorKind, AmendmentKind, Booking, BookingStatus
from app.models.sealed import key_ring, place_of

SHOWN = 200
PAST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class HostedBooking:
    """A booking as the landlord sees it. `keys` is the window of the guest's right to them, None without one."""

    id: int
    reference: str
    property_id: int
    title: str
    status: BookingStatus
    check_in: date
    check_out: date
    check_in_at: datetime
    check_out_at: datetime
    guests: int
    guest_name: str
    quote: Quote
    created_at: datetime
    answer_by: datetime | None
    hold_expires_at: datetime | None
    was_paid: bool
    keys: KeysWindow | None
    keys_seen_at: datetime | None
    commission_percent: int

    @property
    def nights(self) -> int:
        """How many nights."""
        return (self.check_out - self.check_in).days


@dataclass(frozen=True, slots=True)
class HostShare:
    """A landlord's share of a booking in tenge. `payable_at` is None once it is on the balance, or nothing was paid."""

    amount: int
    payable_at: datetime | None
    is_frozen: bool
    """A problem at arrival keeps it back."""


@dataclass(frozen=True, slots=True)
class Happening:
    """A step in a booking's life: a transition, or a change of its check-out that took effect."""

    at: datetime
    status: BookingStatus | None
    amendment: AmendmentKind | None
    by: ActorKind
    reason: str


@dataclass(frozen=True, slots=True)
class Agenda:
    """A flat's bookings by what they mean today."""

    requests: tuple[HostedBooking, ...]
    arriving: tuple[HostedBooking, ...]
    leaving: tuple[HostedBooking, ...]
    staying: tuple[HostedBooking, ...]
    upcoming: tuple[HostedBooking, ...]
    unpaid: tuple[HostedBooking, ...]
    past: tuple[HostedBooking, ...]

    @property
    def is_empty(self) -> bool:
        """Nothing at all?"""
        return not any(getattr(self, name) for name in self.__slots__)


_COLUMNS = """
    b.id, b.reference, b.property_id, coalesce(p.title ->> :lang, p.title ->> 'ru') AS title, b.status,
    b.check_in, b.check_out, b.check_in_at, b.check_out_at, b.guests, b.guest_id, b.quote, b.created_at, b.answer_by,
    b.hold_expires_at, b.confirmed_at, b.commission_percent, u.name_sealed, g.valid_from, g.valid_until, g.revealed_at
"""
_FROM = """
    FROM bookings b JOIN properties p ON p.id = b.property_id AND p.landlord_id = :landlord_id
    LEFT JOIN user_profiles u ON u.user_id = b.guest_id
    LEFT JOIN access_grants g ON g.booking_id = b.id AND g.revoked_at IS NULL
"""
_ONE = text(f"SELECT {_COLUMNS} {_FROM} WHERE b.reference = :reference")
_REQUESTS = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE b.status = 'requested' AND b.answer_by > :now ORDER BY b.answer_by LIMIT {SHOWN}"
)
_COMING = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE b.property_id = :property_id AND (b.status IN ('held', 'confirmed', 'checked_in')"
    " OR (b.status = 'requested' AND b.answer_by > :now) OR (b.status = 'completed' AND b.check_out >= :today))"
    f" ORDER BY b.check_in, b.id LIMIT {SHOWN}"
)
_PAST = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE b.property_id = :property_id AND b.confirmed_at IS NOT NULL"
    " AND b.status NOT IN ('confirmed', 'checked_in')"
    f" AND NOT (b.status = 'completed' AND b.check_out >= :today) ORDER BY b.check_in DESC, b.id LIMIT {PAST_SHOWN}"
)
_MOVING = text(
    f"SELECT {_COLUMNS} {_FROM} WHERE ((b.check_in BETWEEN :first AND :last"
    " AND (b.status IN ('confirmed', 'checked_in') OR (b.status = 'held' AND b.hold_expires_at > :now)))"
    " OR (b.check_out BETWEEN :first AND :last AND b.status IN ('confirmed', 'checked_in', 'completed')))"
    f" ORDER BY b.check_in_at, b.id LIMIT {SHOWN}"
)
_HISTORY = text(
    """
    SELECT at, to_status, NULL AS amendment, actor_kind, reason FROM booking_events WHERE booking_id = :id
    UNION ALL
    SELECT confirmed_at, NULL, kind, actor_kind, '' FROM booking_amendments
    WHERE booking_id = :id AND status = 'confirmed'
    ORDER BY at
    """
)


def requests_of(connection: Connection, landlord_id: UUID, *, language: str, now: datetime) -> list[HostedBooking]:
    """The requests that wait for this landlord's answer, the most urgent first."""
    rows = connection.execute(_REQUESTS, {"landlord_id": landlord_id, "lang": language, "now": now})
    return [_booking(row) for row in rows]


def moving_between(
    connection: Connection, landlord_id: UUID, *, first: date, last: date, language: str, now: datetime
) -> list[HostedBooking]:
    """The bookings of all this landlord's flats whose guests arrive or leave on one of these days (the last included).

    Those who still pay may arrive; nobody leaves without having stayed.
    """
    params = {"landlord_id": landlord_id, "first": first, "last": last, "lang": language, "now": now}
    return [_booking(row) for row in connection.execute(_MOVING, params)]


def share_of(session: Session, found: HostedBooking) -> HostShare:
    """What a booking brings its landlord after commission: of what was paid and kept, or will be paid."""
    payable_at, is_frozen = None, False
    if found.was_paid:
        booking = session.get_one(Booking, found.id, populate_existing=True)
        kept = sharing.kept_of(session, booking)
        payable_at, is_frozen = booking.settle_at, booking.frozen_at is not None
    else:
        cleaning, fee = (found.quote.amount_of(kind) for kind in (LineKind.CLEANING, LineKind.SERVICE_FEE))
        kept = Kept(found.quote.accommodation, cleaning, fee)
    amount = share(kept, commission_percent=found.commission_percent).landlord
    return HostShare(amount, payable_at, is_frozen)


def booking_of(connection: Connection, landlord_id: UUID, reference: str, *, language: str) -> HostedBooking | None:
    """One booking of this landlord's flats; None for anyone else's."""
    params = {"landlord_id": landlord_id, "reference": reference, "lang": language}
    row = connection.execute(_ONE, params).one_or_none()
    return None if row is None else _booking(row)


def agenda_of(connection: Connection, landlord_id: UUID, property_id: int, *, language: str, now: datetime) -> Agenda:
    """A flat's bookings: all that are to come or end today, and the latest of those that are over."""
    today = clock.local_date(now)
    params: dict[str, Any] = {"landlord_id": landlord_id, "property_id": property_id, "lang": language}
    params |= {"now": now, "today": today}
    coming = [_booking(row) for row in connection.execute(_COMING, params)]
    past = [_booking(row) for row in connection.execute(_PAST, params)]
    return sort_out(coming, past, today=today)


def sort_out(coming: list[HostedBooking], past: list[HostedBooking], *, today: date) -> Agenda:
    """What each booking means on this local date. Pure."""
    paid = [each for each in coming if each.status.is_paid]
    return Agenda(
        requests=tuple(each for each in coming if each.status is BookingStatus.REQUESTED),
        arriving=tuple(each for each in paid if each.check_in == today),
        leaving=tuple(each for each in paid if each.check_out == today),
        staying=tuple(each for each in paid if each.check_in < today < each.check_out),
        upcoming=tuple(each for each in paid if each.check_in > today),
        unpaid=tuple(each for each in coming if each.status is BookingStatus.HELD),
        past=tuple(past),
    )


def history_of(connection: Connection, booking_id: int) -> list[Happening]:
    """What happened to a booking, in order."""
    return [
        Happening(
            at,
            None if status is None else BookingStatus(status),
            None if amendment is None else AmendmentKind(amendment),
            ActorKind(by),
            reason,
        )
        for at, status, amendment, by, reason in connection.execute(_HISTORY, {"id": booking_id})
    ]


def _booking(row: Row[tuple[Any, ...]]) -> HostedBooking:
    place = place_of("user_profiles", "name_sealed", row.guest_id)
    return HostedBooking(
        id=row.id,
        reference=row.reference,
        property_id=row.property_id,
        title=row.title,
        status=BookingStatus(row.status),
        check_in=row.check_in,
        check_out=row.check_out,
        check_in_at=row.check_in_at,
        check_out_at=row.check_out_at,
        guests=row.guests,
        guest_name="" if row.name_sealed is None else key_ring().open(row.name_sealed, place=place),
        quote=Quote.from_json((row.check_out - row.check_in).days, row.quote),
        created_at=row.created_at,
        answer_by=row.answer_by,
        hold_expires_at=row.hold_expires_at,
        was_paid=row.confirmed_at is not None,
        keys=None if row.valid_from is None else KeysWindow(row.valid_from, row.valid_until),
        keys_seen_at=row.revealed_at,
        commission_percent=row.commission_percent,
    )
