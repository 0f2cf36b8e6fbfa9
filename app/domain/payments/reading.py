"""The staff's two lists: refunds that are open, payments to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Connection


@dataclass(frozen=True, slots=True)
class OpenRefund:
    """Money that has not reached its guest. `failure` is the provider's code of the last refusal."""

    id: UUID
    reference: str
    status: str
    cause: str
    amount: int
    created_at: datetime
    failure: str | None


@dataclass(frozen=True, slots=True)
class FlaggedPayment:
    """A payment that a person must look at. `captured` is what the provider took, in tenge."""

    id: UUID
    reference: str
    review_reason: str
    captured: int
    created_at: datetime


_OPEN_REFUNDS = text(
    "SELECT r.id, b.reference, r.status, r.cause, r.amount, r.created_at, (SELECT t.failure FROM refund_transfers t"
    " WHERE t.refund_id = r.id AND t.failure IS NOT NULL ORDER BY t.created_at DESC LIMIT 1) AS failure"
    " FROM refunds r JOIN bookings b ON b.id = r.booking_id WHERE r.status <> 'done' ORDER BY r.created_at LIMIT 1000"
)
_FLAGGED = text(
    "SELECT p.id, b.reference, p.review_reason, p.captured, p.created_at FROM payments p"
    " JOIN bookings b ON b.id = p.booking_id WHERE p.review_reason IS NOT NULL AND p.reviewed_at IS NULL"
    " ORDER BY p.created_at DESC LIMIT 1000"
)


def open_refunds(connection: Connection) -> list[OpenRefund]:
    """Refunds on their way or waiting for the bank, the oldest first; a thousand at most."""
    return [OpenRefund(*row) for row in connection.execute(_OPEN_REFUNDS)]


def flagged(connection: Connection) -> list[FlaggedPayment]:
    """Payments that nobody of the staff has looked at since they were flagged, the newest first; a thousand at most."""
    return [FlaggedPayment(*row) for row in connection.execute(_FLAGGED)]
