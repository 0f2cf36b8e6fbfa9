"""Payments: opened by the merchant, looked at, paid or declined by the payer, or left to expire.

Every function works inside the caller's SQLite transaction, so a change of state and the callbacks that announce
it are kept or lost together.
"""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Literal

from app.local.standins.kaspi import callbacks
from app.local.standins.kaspi.faults import KaspiFaults

_PAYABLE = ("created", "pending")


class OrderConflictError(Exception):
    """The order id already names a payment of another amount."""


@dataclass(frozen=True)
class Order:
    """What a merchant asks to be paid. `expires_in` is in seconds."""

    order_id: str
    amount: int
    description: str
    return_url: str
    expires_in: int


@dataclass(frozen=True)
class Payment:
    """A row of `kaspi_payments`."""

    payment_id: str
    token: str
    order_id: str
    amount: int
    description: str
    return_url: str
    status: str
    created_at: float
    expires_at: float
    paid_at: float | None
    transaction_id: str | None
    refunded: int

    @property
    def is_payable(self) -> bool:
        """Whether the payer may still decide."""
        return self.status in _PAYABLE


def open_payment(db: sqlite3.Connection, order: Order, *, now: float) -> Payment:
    """Open a payment, or return the one that this order already has. Raises OrderConflictError."""
    existing = _one(db, "order_id", order.order_id)
    if existing is not None:
        if existing.amount != order.amount:
            raise OrderConflictError(order.order_id)
        return existing
    payment = Payment(
        payment_id=f"pay_{secrets.token_hex(10)}",
        token=secrets.token_urlsafe(16),
        order_id=order.order_id,
        amount=order.amount,
        description=order.description,
        return_url=order.return_url,
        status="created",
        created_at=now,
        expires_at=now + order.expires_in,
        paid_at=None,
        transaction_id=None,
        refunded=0,
    )
    names = ", ".join(vars(payment))
    places = ", ".join(f":{name}" for name in vars(payment))
    db.execute(f"INSERT INTO kaspi_payments ({names}) VALUES ({places})", vars(payment))  # noqa: S608  our own names
    return payment


def find(db: sqlite3.Connection, payment_id: str) -> Payment | None:
    """The payment with this id."""
    return _one(db, "payment_id", payment_id)


def find_by_token(db: sqlite3.Connection, token: str) -> Payment | None:
    """The payment that a payer's link leads to."""
    return _one(db, "token", token)


def recent(db: sqlite3.Connection, limit: int) -> list[Payment]:
    """The latest payments, newest first."""
    rows = db.execute("SELECT * FROM kaspi_payments ORDER BY created_at DESC, rowid DESC LIMIT ?", (limit,))
    return [Payment(**dict(row)) for row in rows]


def look(db: sqlite3.Connection, payment: Payment) -> None:
    """The payer opened the page: a fresh payment becomes pending."""
    db.execute(
        "UPDATE kaspi_payments SET status = 'pending' WHERE payment_id = ? AND status = 'created'",
        (payment.payment_id,),
    )


def decide(
    db: sqlite3.Connection, token: str, choice: Literal["pay", "decline"], faults: KaspiFaults, *, now: float
) -> Payment | None:
    """The payer pays or declines. A payment that is no longer payable stays as it is. None: no such payment."""
    expire_due(db, faults, now=now)
    payment = find_by_token(db, token)
    if payment is None or not payment.is_payable:
        return payment
    if choice == "decline":
        db.execute("UPDATE kaspi_payments SET status = 'failed' WHERE token = ?", (token,))
        _announce(db, faults, payment, "payment.failed", now=now)
    else:
        transaction_id = f"tr_{secrets.token_hex(8)}"
        db.execute(
            "UPDATE kaspi_payments SET status = 'paid', paid_at = ?, transaction_id = ? WHERE token = ?",
            (now, transaction_id, token),
        )
        _announce(db, faults, payment, "payment.paid", transaction_id=transaction_id, now=now)
    return find_by_token(db, token)


def expire_due(db: sqlite3.Connection, faults: KaspiFaults, *, now: float) -> int:
    """Close every payment whose time is over; returns how many."""
    rows = db.execute(
        "SELECT * FROM kaspi_payments WHERE status IN ('created', 'pending') AND expires_at <= ?", (now,)
    ).fetchall()
    for row in rows:
        payment = Payment(**dict(row))
        db.execute("UPDATE kaspi_payments SET status = 'expired' WHERE payment_id = ?", (payment.payment_id,))
        _announce(db, faults, payment, "payment.expired", now=now)
    return len(rows)


def _announce(
    db: sqlite3.Connection,
    faults: KaspiFaults,
    payment: Payment,
    name: callbacks.EventName,
    *,
    transaction_id: str | None = None,
    now: float,
) -> None:
    event = callbacks.Event(name, payment.payment_id, payment.order_id, payment.amount, transaction_id, now)
    callbacks.announce(db, faults, event, now=now)


def _one(db: sqlite3.Connection, column: Literal["order_id", "payment_id", "token"], value: str) -> Payment | None:
    row = db.execute(f"SELECT * FROM kaspi_payments WHERE {column} = ?", (value,)).fetchone()  # noqa: S608  a literal
    return None if row is None else Payment(**dict(row))
