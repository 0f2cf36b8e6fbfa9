"""Callbacks: written as rows when something happens, due at a moment, tried until the portal takes them."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from app.local.standins.kaspi.faults import KaspiFaults

EventName = Literal["payment.paid", "payment.failed", "payment.expired", "refund.done", "refund.failed"]

_LONGEST_PAUSE = 30.0
_GIVE_UP_AFTER = 15 * 60.0


@dataclass(frozen=True)
class Event:
    """Something that happened at `at` (unix seconds) and is to be told. `amount` is whole tenge."""

    name: EventName
    payment_id: str
    order_id: str
    amount: int
    transaction_id: str | None
    at: float


@dataclass(frozen=True)
class Callback:
    """A row of `kaspi_callbacks`: one delivery of one event."""

    id: int
    event_id: str
    event: str
    payment_id: str
    body: str
    state: str
    first_due_at: float
    due_at: float
    attempts: int
    last_attempt_at: float | None
    last_answer: str


def announce(db: sqlite3.Connection, faults: KaspiFaults, event: Event, *, now: float) -> None:
    """Write the deliveries of an event, as many, as late and as wrong as the switches say."""
    due_at = now + faults.callback_delay_seconds
    _insert(db, faults, replace(event, amount=max(0, event.amount + faults.callback_amount_error)), due_at)
    if faults.callback_out_of_order and event.name == "payment.paid":
        older = replace(event, name="payment.failed", transaction_id=None, at=event.at - 5)
        _insert(db, faults, older, due_at + 1)


def _insert(db: sqlite3.Connection, faults: KaspiFaults, event: Event, due_at: float) -> None:
    event_id = f"evt_{secrets.token_hex(10)}"
    document = asdict(event)
    document |= {"event": document.pop("name"), "amount": f"{event.amount}.00"}
    document |= {"event_id": event_id, "at": datetime.fromtimestamp(event.at, UTC).isoformat()}
    state = "lost" if faults.callback_lost else "waiting"
    row = (event_id, event.name, event.payment_id, json.dumps(document), state, due_at, due_at)
    db.executemany(
        "INSERT INTO kaspi_callbacks (event_id, event, payment_id, body, state, first_due_at, due_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [row] * faults.callback_copies,
    )


def waiting(db: sqlite3.Connection, *, now: float) -> list[Callback]:
    """The deliveries that are due, oldest first."""
    rows = db.execute(
        "SELECT * FROM kaspi_callbacks WHERE state = 'waiting' AND due_at <= ? ORDER BY due_at, id LIMIT 500", (now,)
    )
    return [Callback(**dict(row)) for row in rows]


def recent(db: sqlite3.Connection, limit: int) -> list[Callback]:
    """The latest deliveries, newest first."""
    rows = db.execute("SELECT * FROM kaspi_callbacks ORDER BY id DESC LIMIT ?", (limit,))
    return [Callback(**dict(row)) for row in rows]


def of_payment(db: sqlite3.Connection, payment_id: str) -> list[Callback]:
    """Every delivery about a payment, in the order in which they were written."""
    rows = db.execute("SELECT * FROM kaspi_callbacks WHERE payment_id = ? ORDER BY id", (payment_id,))
    return [Callback(**dict(row)) for row in rows]


def record(db: sqlite3.Connection, callback: Callback, *, was_taken: bool, answer: str, now: float) -> None:
    """Note an attempt. One that was not taken is tried again ever more seldom, for a quarter of an hour."""
    attempts = callback.attempts + 1
    if was_taken:
        state, due_at = "delivered", callback.due_at
    elif now - callback.first_due_at > _GIVE_UP_AFTER:
        state, due_at = "given_up", callback.due_at
    else:
        state, due_at = "waiting", now + min(_LONGEST_PAUSE, 0.5 * 2.0**attempts)
    db.execute(
        "UPDATE kaspi_callbacks SET state = ?, due_at = ?, attempts = ?, last_attempt_at = ?, last_answer = ? "
        "WHERE id = ?",
        (state, due_at, attempts, now, answer, callback.id),
    )


def send_again(db: sqlite3.Connection, callback_id: int, *, now: float) -> None:
    """Make a delivery due now, whatever became of it before."""
    db.execute(
        "UPDATE kaspi_callbacks SET state = 'waiting', due_at = ?, first_due_at = ? WHERE id = ?",
        (now, now, callback_id),
    )
