"""Refunds of both surfaces: asked for by the merchant, settled at once or two seconds later, as the switches say."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from app.local.standins.kaspi import callbacks, payments
from app.local.standins.kaspi.faults import KaspiFaults

SETTLE_AFTER = 2.0
"""Seconds between "accepted" and the end of a refund that is not settled at once."""


class RefundRefusedError(Exception):
    """The gateway will not do it; the text is its error code."""


@dataclass(frozen=True)
class Refund:
    """A row of `kaspi_refunds`."""

    refund_id: str
    payment_id: str
    amount: int
    status: str
    settles_at: float
    settles_as: str
    settled_at: float | None
    transaction_id: str


def ask(
    db: sqlite3.Connection, faults: KaspiFaults, *, payment_id: str, refund_id: str, amount: int, now: float
) -> Refund:
    """Begin a refund at the gateway, or return the one that already has this id. Raises RefundRefusedError."""
    existing = _find(db, refund_id)
    if existing is not None:
        if (existing.payment_id, existing.amount) != (payment_id, amount):
            raise RefundRefusedError("refund_id_conflict")
        return existing
    payment = payments.find(db, payment_id)
    if payment is None or payment.surface != "gateway":
        raise RefundRefusedError("payment_not_found")
    if not payment.is_paid or payment.returnable == 0:
        raise RefundRefusedError("payment_not_refundable")
    if amount > payment.returnable - _in_flight(db, payment_id):
        raise RefundRefusedError("refund_exceeds_payment")
    if faults.no_partial_refund and amount != payment.paid_amount:
        raise RefundRefusedError("partial_refund_not_allowed")
    is_immediate = faults.refund_outcome in {"done", "refused"}
    return begin(
        db,
        faults,
        payment,
        refund_id,
        amount,
        settles_as="done" if faults.refund_outcome in {"done", "accepted"} else "failed",
        settles_at=now if is_immediate else now + SETTLE_AFTER,
        now=now,
    )


def begin(
    db: sqlite3.Connection,
    faults: KaspiFaults,
    payment: payments.Payment,
    refund_id: str,
    amount: int,
    *,
    settles_as: Literal["done", "failed"],
    settles_at: float,
    now: float,
) -> Refund:
    """Write down a refund that nothing speaks against, and settle it if its time has come."""
    transaction_id = payments.new_transaction_id(payment.surface)
    db.execute(
        "INSERT INTO kaspi_refunds VALUES (?, ?, ?, 'accepted', ?, ?, NULL, ?)",
        (refund_id, payment.payment_id, amount, settles_at, settles_as, transaction_id),
    )
    settle_due(db, faults, now=now)
    refund = _find(db, refund_id)
    if refund is None:
        raise LookupError(refund_id)
    return refund


def settle_due(db: sqlite3.Connection, faults: KaspiFaults, *, now: float) -> int:
    """Bring accepted refunds whose time has come to their end; returns how many."""
    rows = db.execute("SELECT * FROM kaspi_refunds WHERE status = 'accepted' AND settles_at <= ?", (now,)).fetchall()
    for row in rows:
        _settle(db, faults, Refund(**dict(row)), now)
    return len(rows)


def _settle(db: sqlite3.Connection, faults: KaspiFaults, refund: Refund, now: float) -> None:
    db.execute(
        "UPDATE kaspi_refunds SET status = settles_as, settled_at = ? WHERE refund_id = ?", (now, refund.refund_id)
    )
    is_done = refund.settles_as == "done"
    if is_done:
        db.execute(
            "UPDATE kaspi_payments SET refunded = refunded + :amount, status = "
            "CASE WHEN refunded + :amount = collected THEN 'refunded' ELSE 'partially_refunded' END "
            "WHERE payment_id = :payment_id",
            {"amount": refund.amount, "payment_id": refund.payment_id},
        )
        db.execute(
            "INSERT INTO kaspi_movements VALUES (?, ?, 'refund', ?, ?)",
            (refund.transaction_id, refund.payment_id, refund.amount, now),
        )
    payment = payments.find(db, refund.payment_id)
    if payment is None:
        raise LookupError(refund.payment_id)
    if payment.surface == "gateway":
        _announce(db, faults, payment, refund, is_done=is_done, now=now)


def _announce(
    db: sqlite3.Connection,
    faults: KaspiFaults,
    payment: payments.Payment,
    refund: Refund,
    *,
    is_done: bool,
    now: float,
) -> None:
    event = callbacks.Event(
        "refund.done" if is_done else "refund.failed",
        payment.payment_id,
        payment.order_id,
        refund.amount,
        refund.transaction_id if is_done else None,
        now,
    )
    callbacks.announce(db, faults, event, now=now)


def _in_flight(db: sqlite3.Connection, payment_id: str) -> int:
    row = db.execute(
        "SELECT coalesce(sum(amount), 0) FROM kaspi_refunds WHERE payment_id = ? AND status = 'accepted'", (payment_id,)
    ).fetchone()
    return int(row[0])


def _find(db: sqlite3.Connection, refund_id: str) -> Refund | None:
    row = db.execute("SELECT * FROM kaspi_refunds WHERE refund_id = ?", (refund_id,)).fetchone()
    return None if row is None else Refund(**dict(row))
