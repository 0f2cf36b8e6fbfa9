"""The day's statement: every payment and refund of an Almaty day, page by page."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle

from app.kit import clock
from app.local.standins.kaspi.faults import KaspiFaults

PAGE_SIZE = 100

_FEE_PER_10_000 = 95
"""0.95 %: what Kaspi keeps of a payment, rounded half up to whole tenge."""


@dataclass(frozen=True)
class Line:
    """Money that moved. `amount` is whole tenge, positive for refunds too; `at` is unix seconds.

    `fee` is what Kaspi keeps of a payment and `net` what is left; a refund costs nothing.
    """

    transaction_id: str
    payment_id: str
    order_id: str
    kind: str
    amount: int
    at: float
    fee_error: int = 0

    @property
    def fee(self) -> int:
        """Whole tenge."""
        honest = (self.amount * _FEE_PER_10_000 + 5_000) // 10_000 if self.kind == "payment" else 0
        return honest + self.fee_error

    def to_wire(self) -> dict[str, object]:
        """The line as the gateway writes it."""
        return {
            "transaction_id": self.transaction_id,
            "payment_id": self.payment_id,
            "order_id": self.order_id,
            "kind": self.kind,
            "amount": f"{self.amount}.00",
            "fee": f"{self.fee}.00",
            "net": f"{self.amount - self.fee}.00",
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(),
        }


def lines(db: sqlite3.Connection, day: date) -> list[Line]:
    """What moved on `day`, oldest first."""
    begin = clock.at_local(day, time.min).timestamp()
    end = clock.at_local(day + timedelta(days=1), time.min).timestamp()
    rows = db.execute(
        "SELECT m.transaction_id, payment_id, order_id, kind, m.amount, at FROM kaspi_movements m "
        "JOIN kaspi_payments USING (payment_id) WHERE at >= :begin AND at < :end ORDER BY at, 1",
        {"begin": begin, "end": end},
    )
    return [Line(**dict(row)) for row in rows]


def _twice(line: Line) -> list[Line]:
    return [line, line]


def _dearer(line: Line) -> list[Line]:
    return [replace(line, amount=line.amount + 1_000)]


def _with_a_larger_fee(line: Line) -> list[Line]:
    return [replace(line, fee_error=line.fee_error + 100)]


def _without(_line: Line) -> list[Line]:
    return []


def spoil(honest: list[Line], faults: KaspiFaults) -> list[Line]:
    """The statement as the switches want it.

    Each switch has a payment of its own, the latest ones first; when there are fewer payments than switches, one has
    several of these mistakes.
    """
    wanted: list[tuple[bool, Callable[[Line], list[Line]]]] = [
        (faults.statement_amount, _dearer),
        (faults.statement_fee, _with_a_larger_fee),
        (faults.statement_duplicate, _twice),
        (faults.statement_missing, _without),
    ]
    latest = [line.transaction_id for line in reversed(honest) if line.kind == "payment"]
    turns = cycle(latest)
    told = honest
    for spoils in [how for is_on, how in wanted if is_on and latest]:
        victim = next(turns)
        told = [one for line in told for one in (spoils(line) if line.transaction_id == victim else [line])]
    return [*told, _stranger(honest[-1])] if faults.statement_unknown and honest else told


def _stranger(like: Line) -> Line:
    return replace(
        like,
        transaction_id="tr_stranger",
        payment_id="pay_stranger",
        order_id="order_stranger",
        kind="payment",
        amount=77_700,
    )
