"""One posting function a business event. Assets are positive, what is owed is negative; amounts are whole tenge.

The database holds the rest: entries cannot be changed, a posting that does not sum to zero does not commit, and the
same event of the provider cannot be posted twice.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.models import Account, LedgerEntry, PostingKind


def payment_captured(
    session: Session, *, payment_id: UUID, booking_id: int, transaction_id: int, amount: int, at: datetime
) -> None:
    """Kaspi took `amount` from a guest for a stay: it holds the money, we owe the guest the stay."""
    _post(
        session,
        PostingKind.PAYMENT_CAPTURED,
        {Account.KASPI_CLEARING: amount, Account.GUEST_PREPAYMENTS: -amount},
        booking_id=booking_id,
        payment_id=payment_id,
        transaction_id=transaction_id,
        at=at,
    )


def _post(
    session: Session,
    kind: PostingKind,
    amounts: dict[Account, int],
    *,
    booking_id: int,
    payment_id: UUID | None,
    transaction_id: int | None,
    at: datetime,
) -> None:
    posting_id = uuid4()
    session.add_all(
        LedgerEntry(
            posting_id=posting_id,
            kind=kind,
            account=account,
            amount=amount,
            booking_id=booking_id,
            payment_id=payment_id,
            transaction_id=transaction_id,
            at=at,
        )
        for account, amount in amounts.items()
    )
