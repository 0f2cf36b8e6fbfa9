"""Payments of both surfaces: opened by the merchant, looked at, paid or declined by the payer, or left to expire.

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

Surface = Literal["gateway", "qr", "link", "push"]
"""How the payer comes to the payment; all but `gateway` are ways of Kaspi Pay QR."""

CONFIRM_SECONDS = 65
"""What Kaspi Pay QR calls PaymentConfirmationTimeout: how long the payer may think once the QR or link is open."""
BILL_SECONDS = 86_400
"""How long a bill pushed to a phone waits; a merchant that wants it sooner gone cancels it."""

_PAYABLE = ("created", "pending")


class OrderConflictError(Exception):
    """The order id already names a payment of another amount."""


@dataclass(frozen=True)
class Order:
    """What a merchant asks to be paid. `expires_in` is in seconds; `phone` is the payer's when a bill is pushed."""

    order_id: str
    amount: int
    expires_in: int
    description: str = ""
    return_url: str = ""
    phone: str = ""
    trade_point: int | None = None


@dataclass(frozen=True)
class Payment:
    """A row of `kaspi_payments`.

    `amount` was asked for, `paid_amount` is one payment of the payer, `collected` all of them. `ending` tells how a
    failed payment failed when it was not the payer's no.
    """

    payment_id: str
    surface: Surface
    token: str
    order_id: str
    amount: int
    description: str
    return_url: str
    phone: str
    trade_point: int | None
    status: str
    ending: str
    created_at: float
    expires_at: float
    paid_at: float | None
    paid_amount: int | None
    transaction_id: str | None
    collected: int
    refunded: int

    @property
    def is_payable(self) -> bool:
        """Whether the payer may still decide."""
        return self.status in _PAYABLE

    @property
    def is_paid(self) -> bool:
        """Whether money was taken, given back since or not."""
        return self.paid_at is not None

    @property
    def returnable(self) -> int:
        """Tenge that were taken and not given back."""
        return self.collected - self.refunded


def open_order(db: sqlite3.Connection, order: Order, *, now: float) -> Payment:
    """Open a payment at the gateway, or return the one that this order already has. Raises OrderConflictError."""
    row = db.execute(
        "SELECT * FROM kaspi_payments WHERE surface = 'gateway' AND order_id = ?", (order.order_id,)
    ).fetchone()
    if row is None:
        return open_new(db, "gateway", f"pay_{secrets.token_hex(10)}", order, now=now)
    existing = Payment(**dict(row))
    if existing.amount != order.amount:
        raise OrderConflictError(order.order_id)
    return existing


def open_new(db: sqlite3.Connection, surface: Surface, payment_id: str, order: Order, *, now: float) -> Payment:
    """Open a payment, whether or not the merchant has used this order's id before."""
    payment = Payment(
        payment_id=payment_id,
        surface=surface,
        token=secrets.token_urlsafe(16),
        order_id=order.order_id,
        amount=order.amount,
        description=order.description,
        return_url=order.return_url,
        phone=order.phone,
        trade_point=order.trade_point,
        status="created",
        ending="",
        created_at=now,
        expires_at=now + order.expires_in,
        paid_at=None,
        paid_amount=None,
        transaction_id=None,
        collected=0,
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


def of_order(db: sqlite3.Connection, order_id: str) -> list[Payment]:
    """The payments that a merchant opened for an order of theirs, newest first."""
    rows = db.execute(
        "SELECT * FROM kaspi_payments WHERE order_id = ? ORDER BY created_at DESC, rowid DESC LIMIT 200", (order_id,)
    )
    return [Payment(**dict(row)) for row in rows]


def of_phone(db: sqlite3.Connection, phone: str) -> list[Payment]:
    """The bills pushed to a phone (+7…), newest first."""
    rows = db.execute(
        "SELECT * FROM kaspi_payments WHERE phone = ? AND phone != '' ORDER BY created_at DESC, rowid DESC LIMIT 200",
        (phone,),
    )
    return [Payment(**dict(row)) for row in rows]


def look(db: sqlite3.Connection, payment: Payment, faults: KaspiFaults, *, now: float) -> None:
    """The payer opened the page: a fresh payment becomes pending, and an opened QR or link must be confirmed soon."""
    if payment.status != "created":
        return
    if payment.surface == "qr" and faults.qr_discarded:
        _end(db, payment, "failed", ending="discarded")
        return
    is_timed = payment.surface in {"qr", "link"}
    db.execute(
        "UPDATE kaspi_payments SET status = 'pending', expires_at = ? WHERE payment_id = ?",
        (now + CONFIRM_SECONDS if is_timed else payment.expires_at, payment.payment_id),
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
        _end(db, payment, "failed")
        _announce(db, faults, payment, "payment.failed", payment.amount, now=now)
    else:
        _take_money(db, faults, payment, now)
    return find_by_token(db, token)


def cancel(db: sqlite3.Connection, payment: Payment) -> bool:
    """The merchant takes a pushed bill back; False when the payer was faster. A bill taken back stays so."""
    if payment.is_payable:
        _end(db, payment, "failed", ending="cancelled")
    return payment.is_payable or payment.ending == "cancelled"


def expire_due(db: sqlite3.Connection, faults: KaspiFaults, *, now: float) -> int:
    """Close every payment whose time is over; returns how many.

    A QR or link that was opened and not confirmed in time failed; whatever else ran out has expired.
    """
    rows = db.execute(
        "SELECT * FROM kaspi_payments WHERE status IN ('created', 'pending') AND expires_at <= ?", (now,)
    ).fetchall()
    for row in rows:
        payment = Payment(**dict(row))
        was_opened = payment.status == "pending" and payment.surface in {"qr", "link"}
        _end(db, payment, "failed" if was_opened else "expired")
        _announce(db, faults, payment, "payment.expired", payment.amount, now=now)
    return len(rows)


def _end(db: sqlite3.Connection, payment: Payment, status: str, *, ending: str = "") -> None:
    db.execute(
        "UPDATE kaspi_payments SET status = ?, ending = ? WHERE payment_id = ?", (status, ending, payment.payment_id)
    )


def _take_money(db: sqlite3.Connection, faults: KaspiFaults, payment: Payment, now: float) -> None:
    """One transaction, or two where the switch says so; Kaspi Pay QR has no way to tell of a second one."""
    amount = max(1, payment.amount + faults.paid_amount_error)
    is_twice = faults.paid_twice and payment.surface == "gateway"
    made = [new_transaction_id(payment.surface) for _ in range(2 if is_twice else 1)]
    db.execute(
        "UPDATE kaspi_payments SET status = 'paid', paid_at = ?, paid_amount = ?, transaction_id = ?, collected = ? "
        "WHERE payment_id = ?",
        (now, amount, made[0], amount * len(made), payment.payment_id),
    )
    for transaction_id in made:
        db.execute(
            "INSERT INTO kaspi_movements VALUES (?, ?, 'payment', ?, ?)",
            (transaction_id, payment.payment_id, amount, now),
        )
        _announce(db, faults, payment, "payment.paid", amount, transaction_id=transaction_id, now=now)


def new_transaction_id(surface: Surface) -> str:
    """An id for money that moves; Kaspi Pay QR numbers its transactions."""
    return f"tr_{secrets.token_hex(8)}" if surface == "gateway" else new_number()


def new_number() -> str:
    """An id of Kaspi Pay QR: ten digits, random, so that none comes again when the stand-ins start afresh."""
    return str(10**9 + secrets.randbelow(9 * 10**9))


def _announce(
    db: sqlite3.Connection,
    faults: KaspiFaults,
    payment: Payment,
    name: callbacks.EventName,
    amount: int,
    *,
    transaction_id: str | None = None,
    now: float,
) -> None:
    if payment.surface == "gateway":  # Kaspi Pay QR calls nobody back
        event = callbacks.Event(name, payment.payment_id, payment.order_id, amount, transaction_id, now)
        callbacks.announce(db, faults, event, now=now)


def _one(db: sqlite3.Connection, column: Literal["payment_id", "token"], value: str) -> Payment | None:
    row = db.execute(f"SELECT * FROM kaspi_payments WHERE {column} = ?", (value,)).fetchone()  # noqa: S608  a literal
    return None if row is None else Payment(**dict(row))
