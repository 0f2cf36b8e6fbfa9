"""What the tests of stays share: a paid stay, other people, counts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.availability import occupancy
from app.domain.checkout import amendments
from app.domain.checkout.settle import settle
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import (
    AuditEntry,
    Booking,
    BookingAmendment,
    Notification,
    OutboxItem,
    Payment,
    Property,
    PropertySearch,
    Refund,
    RefundTransfer,
)
from tests import factories
from tests.domain.stay_invariants import Facts


@dataclass(frozen=True)
class Paid:
    """A paid stay and who is about it."""

    id: int
    reference: str
    guest: UUID
    landlord: UUID
    flat: int
    stay: Stay
    check_in_at: datetime
    check_out_at: datetime


def paid_stay(days: int = 10, nights: int = 5, *, now: datetime, **terms: Any) -> Paid:
    """A stay that begins so many days from now, paid now, in a flat of its own with these terms."""
    with transaction() as session:
        prop, guest = factories.make_property(session, **terms), factories.make_user(session)
        stay = factories.stay_in(days, nights, now=now)
        booking = factories.make_paid_booking(session, prop, guest, stay, now=now)
        return Paid(
            booking.id,
            booking.reference,
            guest,
            prop.landlord_id,
            prop.id,
            stay,
            booking.check_in_at,
            booking.check_out_at,
        )


@contextlib.contextmanager
def refused(code: str, **params: object) -> Iterator[Session]:
    """What is done in this transaction is refused with exactly this code (and these parameters)."""
    with pytest.raises(DomainError) as caught, transaction() as session:
        yield session
    assert caught.value.code == code
    for name, value in params.items():
        assert caught.value.params[name] == value


def extend(session: Session, paid: Paid, nights: int, *, now: datetime) -> BookingAmendment:
    """Ask for so many nights more than the stay has now."""
    until = session.get_one(Booking, paid.id).check_out + timedelta(days=nights)
    return amendments.extend(session, paid.reference, until, guest_id=paid.guest, total_shown=None, now=now)


def shorten(session: Session, paid: Paid, nights: int, *, now: datetime) -> int:
    """Give up the last nights; what comes back in tenge."""
    until = session.get_one(Booking, paid.id).check_out - timedelta(days=nights)
    back = amendments.shorten(session, paid.reference, until, guest_id=paid.guest, back_shown=None, now=now)
    return back.total


def payment_for(session: Session, amendment: BookingAmendment) -> Payment:
    """The newest payment of an extension."""
    statement = select(Payment).where(Payment.amendment_id == amendment.id).order_by(Payment.created_at.desc())
    return session.scalars(statement.limit(1)).one()


def pay_extension(session: Session, amendment: BookingAmendment, *, now: datetime) -> Payment:
    """Kaspi says that an extension was paid."""
    payment = payment_for(session, amendment)
    settle(session, factories.paid_event(payment, at=now), now=now)
    session.flush()
    return payment


def free(flat: int, stay: Stay) -> bool:
    """May the stay be had, by the ring and by the timeline alike? Raises AssertionError when they differ."""
    with transaction() as session:
        prop = session.get_one(Property, flat)
        shown = str(session.get_one(PropertySearch, flat).busy)
        by_ring = all(shown[night.toordinal() % 512] == "0" for night in stay.dates())
        window = occupancy.HouseTimes.of(prop).window(stay)
        taken = "SELECT count(*) FROM occupancies WHERE property_id = %s AND during && tstzrange(%s, %s)"
        cursor = session.connection().exec_driver_sql(taken, (flat, window.lower, window.upper))
        by_timeline = cursor.scalar_one() == 0
    assert by_ring == by_timeline
    return by_ring


def night(day: date) -> Stay:
    """One night."""
    return Stay(day, day + timedelta(days=1))


def refunds_of(session: Session, booking_id: int) -> list[int]:
    """What is owed for a booking, in the order it came."""
    statement = select(Refund.amount).where(Refund.booking_id == booking_id).order_by(Refund.created_at)
    return list(session.scalars(statement))


def sent_for(session: Session, refund: Refund) -> list[tuple[str, datetime | None]]:
    """The outbox items that send a refund, and when they were done."""
    transfers = select(RefundTransfer.id).where(RefundTransfer.refund_id == refund.id)
    subjects = [str(transfer_id) for transfer_id in session.scalars(transfers)]
    items = select(OutboxItem.kind, OutboxItem.done_at).where(OutboxItem.subject_id.in_(subjects))
    return [(kind, done_at) for kind, done_at in session.execute(items)]


def told(session: Session, booking_id: int) -> list[str]:
    """The kinds of messages about a booking."""
    return sorted(session.scalars(select(Notification.kind).where(Notification.booking_id == booking_id)))


def audited(session: Session, action: str, subject: object) -> int:
    """How often the audit trail says that this was done."""
    statement = select(func.count()).where(AuditEntry.action == action, AuditEntry.subject_id == str(subject))
    return session.scalar(statement) or 0


def check(database_url: str, *flats: int, now: datetime) -> None:
    """Every invariant of these flats."""
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        Facts(connection, flats).check(now=now)
