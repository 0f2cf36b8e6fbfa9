"""The day's statement: every payment and refund of an Almaty day, page by page."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from app.kit import clock

PAGE_SIZE = 100


@dataclass(frozen=True)
class Line:
    """Money that moved. `amount` is whole tenge, positive for refunds too; `at` is unix seconds."""

    transaction_id: str
    payment_id: str
    order_id: str
    kind: str
    amount: int
    at: float

    def to_wire(self) -> dict[str, object]:
        """The line as the gateway writes it."""
        at = datetime.fromtimestamp(self.at, UTC).isoformat()
        return asdict(self) | {"amount": f"{self.amount}.00", "at": at}


def lines(db: sqlite3.Connection, day: date) -> list[Line]:
    """What moved on `day`, oldest first."""
    begin = clock.at_local(day, time.min).timestamp()
    end = clock.at_local(day + timedelta(days=1), time.min).timestamp()
    rows = db.execute(
        "SELECT transaction_id, payment_id, order_id, 'payment' AS kind, amount, paid_at AS at "
        "FROM kaspi_payments WHERE paid_at >= :begin AND paid_at < :end "
        "UNION ALL SELECT r.transaction_id, payment_id, order_id, 'refund', r.amount, settled_at "
        "FROM kaspi_refunds r JOIN kaspi_payments USING (payment_id) "
        "WHERE r.status = 'done' AND settled_at >= :begin AND settled_at < :end ORDER BY at, 1",
        {"begin": begin, "end": end},
    )
    return [Line(**dict(row)) for row in rows]


def spoil(honest: list[Line]) -> list[Line]:
    """A statement that disagrees: the first line lost, the second 1 000 ₸ too high, and one that nobody knows."""
    if not honest:
        return honest
    stranger = replace(
        honest[-1],
        transaction_id="tr_stranger",
        payment_id="pay_stranger",
        order_id="order_stranger",
        kind="payment",
        amount=77_700,
    )
    altered = [replace(line, amount=line.amount + 1_000) for line in honest[1:2]]
    return [*altered, *honest[2:], stranger]
