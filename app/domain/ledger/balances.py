"""What the ledger's accounts hold: balances and statements. Tenge; what we owe is negative, as in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from app.models import Account, LedgerEntry, PostingKind


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of an account and the balance after it."""

    at: datetime
    kind: PostingKind
    booking_id: int | None
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class MonthEarned:
    """A landlord's money in tenge. `owed` is negative for one who owes us, `earned` when more was refunded."""

    owed: int
    earned: int
    stays: int
    """Bookings that `earned` comes from."""


def totals(connection: Connection) -> dict[Account, int]:
    """The balance of every account; they sum to zero."""
    statement = select(LedgerEntry.account, func.sum(LedgerEntry.amount)).group_by(LedgerEntry.account)
    found = {account: int(total) for account, total in connection.execute(statement)}
    return {account: found.get(account, 0) for account in Account}


def of_landlord(connection: Connection, landlord_id: UUID, account: Account = Account.LANDLORD_PAYABLE) -> int:
    """What a landlord is owed (negative) or owes us (positive)."""
    statement = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(
        LedgerEntry.landlord_id == landlord_id, LedgerEntry.account == account
    )
    return int(connection.execute(statement).scalar_one())


def month_of_landlord(connection: Connection, landlord_id: UUID, *, begin: datetime, end: datetime) -> MonthEarned:
    """What a landlord is owed now, and what stays brought them in [begin, end): one statement."""
    inside = (LedgerEntry.kind == PostingKind.STAY_EARNED) & (LedgerEntry.at >= begin) & (LedgerEntry.at < end)
    statement = select(
        func.coalesce(func.sum(LedgerEntry.amount), 0),
        func.coalesce(func.sum(LedgerEntry.amount).filter(inside), 0),
        func.count(LedgerEntry.booking_id.distinct()).filter(inside),
    ).where(LedgerEntry.landlord_id == landlord_id, LedgerEntry.account == Account.LANDLORD_PAYABLE)
    balance, earned, stays = connection.execute(statement).one()
    return MonthEarned(owed=-int(balance), earned=-int(earned), stays=stays)


def of_booking(connection: Connection, booking_id: int) -> dict[Account, int]:
    """What each account holds of one booking."""
    statement = (
        select(LedgerEntry.account, func.sum(LedgerEntry.amount))
        .where(LedgerEntry.booking_id == booking_id)
        .group_by(LedgerEntry.account)
    )
    return {Account(account): int(total) for account, total in connection.execute(statement)}


def statement_of_landlord(
    connection: Connection, landlord_id: UUID, *, begin: datetime, end: datetime
) -> Iterator[Line]:
    """The movements of a landlord's account in [begin, end), oldest first, each with the balance after it."""
    mine = (LedgerEntry.landlord_id == landlord_id, LedgerEntry.account == Account.LANDLORD_PAYABLE)
    before = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(*mine, LedgerEntry.at < begin)
    balance = int(connection.execute(before).scalar_one())
    columns = (LedgerEntry.at, LedgerEntry.kind, LedgerEntry.booking_id, LedgerEntry.amount)
    inside = select(*columns).where(*mine, LedgerEntry.at >= begin, LedgerEntry.at < end)
    for row in connection.execute(inside.order_by(LedgerEntry.at, LedgerEntry.id)):
        balance += row.amount
        yield Line(row.at, PostingKind(row.kind), row.booking_id, row.amount, balance)
