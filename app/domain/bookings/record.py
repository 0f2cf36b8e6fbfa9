"""A booking as support looks at it: states, dates, sums and history. Nobody's name, phone or words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.engine import Connection

from app.domain.bookings.changes import Change, OwedRefund, changes_of, refunds_of
from app.kit.money import Tenge
from app.models import ActorKind, BookingStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One transition. `before` is None for the first one; the reason is a code, or what staff wrote."""

    at: datetime
    before: BookingStatus | None
    after: BookingStatus
    by: ActorKind
    reason: str


@dataclass(frozen=True, slots=True)
class KeysRecord:
    """The grant: from when to when (UTC), which issue, and what happened to it."""

    opens_at: datetime
    closes_at: datetime
    issue: int
    sent_at: datetime | None
    seen_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class BookingRecord:
    """Everything about a booking that is nobody's personal data. `total` is what it was booked for (tenge)."""

    reference: str
    status: BookingStatus
    property_id: int
    check_in: date
    check_out: date
    guests: int
    total: Tenge
    hold_expires_at: datetime | None
    answer_by: datetime | None
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    refunds: tuple[OwedRefund, ...]
    keys: KeysRecord | None


_BOOKING = text(
    "SELECT b.id, b.reference, b.status, b.property_id, b.check_in, b.check_out, b.guests, b.total, b.hold_expires_at,"
    " b.answer_by, g.valid_from, g.valid_until, g.issue, g.sent_at, g.revealed_at, g.revoked_at"
    " FROM bookings b LEFT JOIN access_grants g ON g.booking_id = b.id WHERE b.reference = :reference"
)
_STEPS = text(
    "SELECT at, from_status, to_status, actor_kind, reason FROM booking_events WHERE booking_id = :id ORDER BY id"
)


def record_of(connection: Connection, reference: str) -> BookingRecord | None:
    """The booking of this reference; None when there is none."""
    row = connection.execute(_BOOKING, {"reference": reference}).one_or_none()
    if row is None:
        return None
    keys = None
    if row.valid_from is not None:
        keys = KeysRecord(row.valid_from, row.valid_until, row.issue, row.sent_at, row.revealed_at, row.revoked_at)
    steps = tuple(
        Step(at, None if before is None else BookingStatus(before), BookingStatus(after), ActorKind(by), reason)
        for at, before, after, by, reason in connection.execute(_STEPS, {"id": row.id})
    )
    return BookingRecord(
        reference=row.reference,
        status=BookingStatus(row.status),
        property_id=row.property_id,
        check_in=row.check_in,
        check_out=row.check_out,
        guests=row.guests,
        total=Tenge(row.total),
        hold_expires_at=row.hold_expires_at,
        answer_by=row.answer_by,
        steps=steps,
        changes=changes_of(connection, row.id),
        refunds=refunds_of(connection, row.id),
        keys=keys,
    )
