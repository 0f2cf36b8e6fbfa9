"""One posting function a business event. What we have and what it cost is positive, what is owed or earned negative.

Amounts are whole tenge. The database holds the rest: entries cannot be changed, a posting that does not sum to zero
does not commit, and the same event (`event_key`, or the provider's transaction) cannot be posted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, DateTime, Text, column, func, literal, select, true, values
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from app.models import OF_LANDLORDS, Account, LedgerEntry, PostingKind


@dataclass(frozen=True, slots=True)
class Subject:
    """What a posting is about; `landlord_id` is needed where a landlord's account is among its lines."""

    booking_id: int | None = None
    landlord_id: UUID | None = None
    payment_id: UUID | None = None
    transaction_id: int | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """What Kaspi kept for one movement, in tenge."""

    event_key: str
    amount: int
    at: datetime


def payment_captured(
    session: Session, *, payment_id: UUID, booking_id: int, transaction_id: int, amount: int, at: datetime
) -> None:
    """Kaspi took `amount` from a guest: it holds the money, we owe the guest a stay (or the money)."""
    _post(
        session,
        PostingKind.PAYMENT_CAPTURED,
        {Account.KASPI_CLEARING: amount, Account.GUEST_PREPAYMENTS: -amount},
        Subject(booking_id, payment_id=payment_id, transaction_id=transaction_id),
        event_key=None,
        at=at,
    )


def deposit_taken(session: Session, *, payment_id: UUID, booking_id: int, amount: int, at: datetime) -> None:
    """`amount` of a payment that became a stay is a deposit: it is the guest's unless something is claimed."""
    _post(
        session,
        PostingKind.DEPOSIT_TAKEN,
        {Account.GUEST_PREPAYMENTS: amount, Account.DEPOSITS: -amount},
        Subject(booking_id, payment_id=payment_id),
        event_key=f"payment:{payment_id}",
        at=at,
    )


def stay_earned(
    session: Session, *, booking_id: int, landlord_id: UUID, landlord: int, platform: int, number: int, at: datetime
) -> None:
    """A guest's money for a stay becomes the landlord's and the platform's; negative shares take back what was shared.

    `number` counts the sharings of this booking, from 1.
    """
    _post(
        session,
        PostingKind.STAY_EARNED,
        {
            Account.GUEST_PREPAYMENTS: landlord + platform,
            Account.LANDLORD_PAYABLE: -landlord,
            Account.PLATFORM_REVENUE: -platform,
        },
        Subject(booking_id, landlord_id),
        event_key=f"booking:{booking_id}:{number}",
        at=at,
    )


def refund_owed(
    session: Session, *, refund_id: UUID, booking_id: int, prepayments: int, deposit: int, at: datetime
) -> None:
    """A guest is to get back so much of what they paid for the stay, and so much of their deposit."""
    _post(
        session,
        PostingKind.REFUND_OWED,
        {
            Account.GUEST_PREPAYMENTS: prepayments,
            Account.DEPOSITS: deposit,
            Account.REFUNDS_PAYABLE: -prepayments - deposit,
        },
        Subject(booking_id),
        event_key=f"refund:{refund_id}",
        at=at,
    )


def refund_paid(
    session: Session, *, transfer_id: UUID, booking_id: int, payment_id: UUID, amount: int, at: datetime, by_bank: bool
) -> None:
    """The money is back with the guest: through Kaspi, or from our bank account."""
    _post(
        session,
        PostingKind.REFUND_PAID,
        {Account.REFUNDS_PAYABLE: amount, (Account.BANK if by_bank else Account.KASPI_CLEARING): -amount},
        Subject(booking_id, payment_id=payment_id),
        event_key=f"transfer:{transfer_id}",
        at=at,
    )


def provider_refunded(
    session: Session, *, booking_id: int, payment_id: UUID, amount: int, event_key: str, at: datetime
) -> None:
    """Kaspi gave money back to the guest without our asking (someone did it in Kaspi's own cabinet)."""
    _post(
        session,
        PostingKind.PROVIDER_REFUNDED,
        {Account.GUEST_PREPAYMENTS: amount, Account.KASPI_CLEARING: -amount},
        Subject(booking_id, payment_id=payment_id),
        event_key=event_key,
        at=at,
    )


def deposit_claimed(
    session: Session, *, claim_id: object, booking_id: int, landlord_id: UUID, amount: int, at: datetime
) -> None:
    """Staff decided that so much of a deposit is the landlord's."""
    _post(
        session,
        PostingKind.DEPOSIT_CLAIMED,
        {Account.DEPOSITS: amount, Account.LANDLORD_PAYABLE: -amount},
        Subject(booking_id, landlord_id),
        event_key=f"claim:{claim_id}",
        at=at,
    )


def payout_sent(session: Session, *, payout_id: UUID, landlord_id: UUID, amount: int, at: datetime) -> None:
    """A payout was handed to the bank."""
    amounts = {Account.LANDLORD_PAYABLE: amount, Account.PAYOUTS_IN_TRANSIT: -amount}
    _post_payout(session, PostingKind.PAYOUT_SENT, amounts, payout_id, landlord_id, at=at)


def payout_confirmed(session: Session, *, payout_id: UUID, landlord_id: UUID, amount: int, at: datetime) -> None:
    """The bank carried a payout out."""
    amounts = {Account.PAYOUTS_IN_TRANSIT: amount, Account.BANK: -amount}
    _post_payout(session, PostingKind.PAYOUT_CONFIRMED, amounts, payout_id, landlord_id, at=at)


def payout_returned(
    session: Session, *, payout_id: UUID, landlord_id: UUID, amount: int, was_confirmed: bool, at: datetime
) -> None:
    """The bank refused a payout, or gave it back after it was confirmed: the landlord is owed the money again."""
    come_from = Account.BANK if was_confirmed else Account.PAYOUTS_IN_TRANSIT
    amounts = {come_from: amount, Account.LANDLORD_PAYABLE: -amount}
    _post_payout(session, PostingKind.PAYOUT_RETURNED, amounts, payout_id, landlord_id, at=at)


def kaspi_fees(session: Session, fees: Sequence[Fee]) -> list[int]:
    """Kaspi kept these amounts for its work, as its statement says; those that were posted now, not before.

    One statement, and none of it in Python, since a day has a hundred thousand of them.
    """
    columns = (column("event_key", Text()), column("amount", BigInteger()), column("at", DateTime(timezone=True)))
    kept = (
        func.unnest(
            literal([fee.event_key for fee in fees], ARRAY(Text())),
            literal([fee.amount for fee in fees], ARRAY(BigInteger())),
            literal([fee.at for fee in fees], ARRAY(DateTime(timezone=True))),
        )
        .table_valued(*columns, name="told")
        .render_derived()
    )
    each = select(func.gen_random_uuid().label("posting_id"), *kept.c).cte("kept").prefix_with("MATERIALIZED")
    sides = values(column("account", Text()), column("sign", BigInteger()), name="sides").data(
        [(Account.KASPI_FEES.value, 1), (Account.KASPI_CLEARING.value, -1)]
    )
    lines = select(
        each.c.posting_id,
        literal(PostingKind.KASPI_FEE.value),
        each.c.event_key,
        sides.c.account,
        sides.c.sign * each.c.amount,
        each.c.at,
    ).join_from(each, sides, true())
    names = ["posting_id", "kind", "event_key", "account", "amount", "at"]
    posted = insert(LedgerEntry).from_select(names, lines).on_conflict_do_nothing().returning(LedgerEntry.amount)
    return [amount for amount in session.scalars(posted) if amount > 0]


def kaspi_settled(session: Session, *, event_key: str, amount: int, at: datetime) -> None:
    """Kaspi paid `amount` of what it holds to our bank account."""
    amounts = {Account.BANK: amount, Account.KASPI_CLEARING: -amount}
    _post(session, PostingKind.KASPI_SETTLED, amounts, Subject(), event_key=event_key, at=at)


def _post_payout(
    session: Session,
    kind: PostingKind,
    amounts: dict[Account, int],
    payout_id: UUID,
    landlord_id: UUID,
    *,
    at: datetime,
) -> None:
    _post(session, kind, amounts, Subject(landlord_id=landlord_id), event_key=f"payout:{payout_id}", at=at)


def _post(
    session: Session,
    kind: PostingKind,
    amounts: dict[Account, int],
    subject: Subject,
    *,
    event_key: str | None,
    at: datetime,
) -> None:
    posting_id = uuid4()
    session.add_all(
        LedgerEntry(
            posting_id=posting_id,
            kind=kind,
            event_key=event_key,
            account=account,
            amount=amount,
            booking_id=subject.booking_id,
            landlord_id=subject.landlord_id if account in OF_LANDLORDS else None,
            payment_id=subject.payment_id,
            transaction_id=subject.transaction_id,
            at=at,
        )
        for account, amount in amounts.items()
        if amount
    )
