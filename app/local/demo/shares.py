"""The money of stays that are a day old, shared: what the clock would have done by now had the product been running.

One by one in the product's own way it would take it minutes, and the doctor would complain meanwhile. So what is kept
of each stay is asked of the product, and the postings are copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.bookings.refunds import PAID_COLUMNS
from app.domain.checkout import sharing
from app.domain.ledger.shares import Kept, share
from app.local.demo.copying import copy_rows
from app.models import Account, PostingKind

_COLUMNS = ("posting_id", "kind", "account", "amount", "booking_id", "landlord_id", "event_key", "at")
_DUE = "b.settle_at <= :now AND b.frozen_at IS NULL"
_UNSHARED = (
    f"SELECT {PAID_COLUMNS}, b.settle_at, b.commission_percent, p.landlord_id FROM bookings b"  # noqa: S608  # our constants
    f" JOIN properties p ON p.id = b.property_id WHERE {_DUE} ORDER BY b.settle_at, b.id"
)


def share_past(session: Session, *, now: datetime) -> int:
    """Share what is due by `now`, each stay at its own moment and for the first time; how many stays."""
    session.flush()
    due = session.execute(text(_UNSHARED), {"now": now}).all()
    kept = sharing.kept_of_all(session, due)
    copy_rows(session, "ledger_entries", _COLUMNS, (line for row in due for line in _lines(row, kept[row.id])))
    session.execute(text(f"UPDATE bookings b SET settle_at = NULL WHERE {_DUE}"), {"now": now})  # noqa: S608  # our own
    return len(due)


def _lines(row: Row[tuple[Any, ...]], kept: Kept) -> Iterator[tuple[object, ...]]:
    """A stay's posting as domain/ledger/posting.py writes it."""
    shares = share(kept, commission_percent=row.commission_percent)
    amounts = {
        Account.GUEST_PREPAYMENTS: shares.landlord + shares.platform,
        Account.LANDLORD_PAYABLE: -shares.landlord,
        Account.PLATFORM_REVENUE: -shares.platform,
    }
    posting, kind = uuid4(), PostingKind.STAY_EARNED.value
    for account, amount in amounts.items():
        landlord = row.landlord_id if account is Account.LANDLORD_PAYABLE else None
        yield posting, kind, account.value, amount, row.id, landlord, f"booking:{row.id}:1", row.settle_at
