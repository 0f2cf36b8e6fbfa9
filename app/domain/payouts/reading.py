"""What a landlord sees of their money: what comes when, what was paid, whose money waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.domain.bookings.refunds import PAID_COLUMNS
from app.domain.checkout import sharing
from app.domain.ledger.shares import share
from app.models import Booking, Payout, PayoutBatch, PayoutStatus

SHOWN = 100
COMING_SHOWN = 20


@dataclass(frozen=True, slots=True)
class PayoutInfo:
    """A payout as its landlord or staff sees it, in tenge."""

    id: UUID
    day: date
    amount: int
    status: PayoutStatus
    iban_last4: str
    ended_at: datetime | None
    """When the bank confirmed or returned it."""
    return_reason: str | None


@dataclass(frozen=True, slots=True)
class ComingShare:
    """What a paid stay will bring, as it stands now, and from when on; `is_frozen`: a problem keeps it back."""

    reference: str
    amount: int
    payable_at: datetime
    is_frozen: bool


_COMING = text(
    f"SELECT {PAID_COLUMNS}, b.reference, b.settle_at, b.frozen_at, b.commission_percent"  # noqa: S608  # our constants
    " FROM bookings b JOIN properties p ON p.id = b.property_id"
    f" WHERE p.landlord_id = :landlord_id AND b.settle_at IS NOT NULL ORDER BY b.settle_at LIMIT {COMING_SHOWN}"
)


def payouts_of_landlord(connection: Connection, landlord_id: UUID) -> list[PayoutInfo]:
    """A landlord's payouts, the newest first."""
    return _infos(connection, Payout.landlord_id == landlord_id)


def payouts_of_day(connection: Connection, day: date) -> list[PayoutInfo]:
    """The payouts of a day's batch."""
    return _infos(connection, PayoutBatch.day == day, limit=None)


def coming_shares(session: Session, landlord_id: UUID) -> list[ComingShare]:
    """What paid stays will bring this landlord as things are, the nearest first: after commission and refunds.

    A cancelled stay of which nothing is kept brings nothing and is left out.
    """
    rows = session.execute(_COMING, {"landlord_id": landlord_id}).all()
    kept = sharing.kept_of_all(session, rows)
    shares = [
        ComingShare(
            reference=row.reference,
            amount=share(kept[row.id], commission_percent=row.commission_percent).landlord,
            payable_at=row.settle_at,
            is_frozen=row.frozen_at is not None,
        )
        for row in rows
    ]
    return [each for each in shares if each.amount]


def references_of(connection: Connection, booking_ids: Sequence[int]) -> dict[int, str]:
    """The references of bookings, to link a statement's lines to them."""
    rows = connection.execute(select(Booking.id, Booking.reference).where(Booking.id.in_(booking_ids)))
    return {row.id: row.reference for row in rows}


def _infos(connection: Connection, condition: ColumnElement[bool], *, limit: int | None = SHOWN) -> list[PayoutInfo]:
    columns = (Payout.id, PayoutBatch.day, Payout.amount, Payout.status, Payout.iban_last4, Payout.return_reason)
    moments = (Payout.confirmed_at, Payout.returned_at)
    statement = select(*columns, *moments).join(PayoutBatch, PayoutBatch.id == Payout.batch_id)
    statement = statement.where(condition).order_by(PayoutBatch.day.desc(), Payout.id).limit(limit)
    return [
        PayoutInfo(
            id=row.id,
            day=row.day,
            amount=row.amount,
            status=PayoutStatus(row.status),
            iban_last4=row.iban_last4,
            ended_at=row.confirmed_at or row.returned_at,
            return_reason=row.return_reason,
        )
        for row in connection.execute(statement)
    ]
