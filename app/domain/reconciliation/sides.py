"""The values that a comparison works on: what our books have, and what it finds. Whole tenge."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.reconciliation.actions import suggest
from app.integrations.kaspi.port import StatementKind, StatementLine
from app.models import DiscrepancyKind, MovementKind, SuggestedAction


@dataclass(slots=True)
class Sums:
    """So many movements of so many tenge in all."""

    count: int = 0
    amount: int = 0

    def add(self, amount: int) -> None:
        """One more."""
        self.count += 1
        self.amount += amount


@dataclass(frozen=True, slots=True)
class OurPayment:
    """Money that our books have taken."""

    payment_id: UUID
    provider_id: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class OtherDay:
    """A payment that our books have on another day. `is_free`: no statement of that day is known to have it."""

    payment: OurPayment
    is_free: bool


@dataclass(frozen=True, slots=True)
class OurRefund:
    """Money that, by our books, Kaspi gave back; `key` is its event in the ledger."""

    key: str
    payment_id: UUID
    provider_id: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class Books:
    """Our side of a day, and what of other days the statement's lines may mean."""

    payments: Mapping[str, OurPayment] = field(default_factory=dict)
    """Of the day, by Kaspi's number of the transaction."""
    refunds: Sequence[OurRefund] = ()
    elsewhere: Mapping[str, OtherDay] = field(default_factory=dict)
    """Of other days, by Kaspi's number."""
    other_refunds: Sequence[OurRefund] = ()
    """Of the days around, that no statement of theirs is known to have."""
    sent: Sequence[OurRefund] = ()
    """Asked for, their end unknown to us."""
    returned: Mapping[str, int] = field(default_factory=dict)
    """All that was given back of a payment, by its provider id, where the statement tells such sums."""
    listed: Collection[str] = ()
    """Provider ids whose sum given back is an open discrepancy of another day: once is enough."""
    known: Mapping[str, UUID] = field(default_factory=dict)
    """Our payments behind lines that we have no money of, by provider id and by order id."""

    def payment_of(self, line: StatementLine) -> UUID | None:
        """Our payment that a line is about. None: nobody's, or the line's two numbers are of two payments."""
        ours = self.payments.get(line.transaction_id) if line.kind is StatementKind.PAYMENT else None
        if ours is not None:
            return ours.payment_id
        by_provider = self.known.get(line.provider_id)
        by_order = self.known.get(line.order_id) if line.order_id is not None else None
        if by_provider is not None and by_order is not None and by_provider != by_order:
            return None
        return by_provider or by_order


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference. `subject` names what it is about, the same in every run."""

    kind: DiscrepancyKind
    movement: MovementKind
    subject: str
    action: SuggestedAction
    transaction_id: str | None = None
    provider_id: str | None = None
    payment_id: UUID | None = None
    our_amount: int | None = None
    their_amount: int | None = None
    expected_fee: int | None = None
    their_fee: int | None = None
    line: StatementLine | None = None

    @property
    def at_stake(self) -> int:
        """By how many tenge the two books differ."""
        if self.kind is DiscrepancyKind.FEE_DIFFERS:
            return abs((self.their_fee or 0) - (self.expected_fee or 0))
        return abs((self.their_amount or 0) - (self.our_amount or 0))


def about_line(
    kind: DiscrepancyKind,
    line: StatementLine,
    *,
    payment_id: UUID | None,
    our_amount: int | None = None,
    their_amount: int | None = None,
    expected_fee: int | None = None,
    subject: str | None = None,
    is_refund_sent: bool = False,
) -> Finding:
    """A difference about a line of the statement."""
    movement = MovementKind(line.kind.value)
    return Finding(
        kind=kind,
        movement=movement,
        subject=subject or f"{movement}:{line.transaction_id}",
        action=suggest(kind, movement, is_our_payment=payment_id is not None, is_refund_sent=is_refund_sent),
        transaction_id=line.transaction_id,
        provider_id=line.provider_id,
        payment_id=payment_id,
        our_amount=our_amount,
        their_amount=line.amount if their_amount is None else their_amount,
        expected_fee=expected_fee,
        their_fee=line.fee,
        line=line,
    )
