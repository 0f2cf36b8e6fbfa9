"""Loading our side of an Almaty day, and what of other days a statement's lines may mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import any_, func, literal, select, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import Text, Uuid

from app.domain.reconciliation.sides import Books, OtherDay, OurPayment, OurRefund
from app.domain.reconciliation.statement import Statement
from app.integrations.kaspi.port import StatementLine
from app.kit import clock
from app.models import (
    Account,
    Discrepancy,
    DiscrepancyKind,
    DiscrepancyState,
    LedgerEntry,
    MovementKind,
    Payment,
    PostingKind,
    ReconciliationRun,
    RefundTransfer,
    RunState,
    Transaction,
    TransactionKind,
    TransferStatus,
)

_PAID = f"{TransactionKind.PAID}:"
"""How the identity of money that came begins (see `ProviderEvent.external_id`)."""
_CHUNK = 5_000
_ONE_DAY = timedelta(days=1)
"""We learn of a refund's end later than Kaspi does; seldom by more."""

T = TypeVar("T")


def bounds(day: date) -> tuple[datetime, datetime]:
    """The moments (UTC) between which clocks in Almaty show this day: [begin, end)."""
    return clock.at_local(day, time.min), clock.at_local(day + _ONE_DAY, time.min)


def moved(session: Session, day: date) -> list[str]:
    """The provider ids of the payments whose money moved that day, or whose refund is on its way."""
    begin, end = bounds(day)
    paid = select(Payment.provider_id).join(Transaction, Transaction.payment_id == Payment.id)
    paid = paid.where(Transaction.kind == TransactionKind.PAID, Transaction.at >= begin, Transaction.at < end)
    back = select(Payment.provider_id).join(LedgerEntry, LedgerEntry.payment_id == Payment.id)
    back = back.where(*_left_kaspi(), LedgerEntry.at >= begin, LedgerEntry.at < end)
    sent = select(Payment.provider_id).join(RefundTransfer, RefundTransfer.payment_id == Payment.id)
    found = session.scalars(union(paid, back, sent.where(RefundTransfer.status == TransferStatus.SENT)))
    return sorted(provider_id for provider_id in found if provider_id is not None)


def load(session: Session, day: date, statement: Statement) -> Books:
    """Our books as far as this day and these lines need them."""
    days = _Days(session, day)
    payments = _payments(session, days)
    strays = [number for number in statement.payments if number not in payments]
    elsewhere = dict(_elsewhere(session, strays, days))
    refunds, other_refunds = _refunds(session, days)
    unknown = [line for number, line in statement.payments.items() if number not in payments]
    back = [*statement.refunds.values(), *statement.returned.values()]
    return Books(
        payments=payments,
        refunds=refunds,
        elsewhere=elsewhere,
        other_refunds=other_refunds,
        sent=_sent(session),
        returned=dict(_returned(session, statement.returned)),
        listed=frozenset(_listed(session, day, statement)),
        known=dict(_known(session, [line for line in unknown if line.transaction_id not in elsewhere] + back)),
    )


def has_money(session: Session, line: StatementLine, payment_id: UUID) -> bool:
    """Do our books have the money of this line as money of this payment?"""
    statement = select(Transaction.id).where(
        Transaction.external_id == _PAID + line.transaction_id,
        Transaction.payment_id == payment_id,
        Transaction.amount == line.amount,
    )
    return session.scalars(statement).first() is not None


def _payments(session: Session, days: _Days) -> dict[str, OurPayment]:
    begin, end = bounds(days.day)
    statement = (
        select(Transaction.external_id, Transaction.amount, Payment.id, Payment.provider_id)
        .join(Payment, Payment.id == Transaction.payment_id)
        .where(Transaction.kind == TransactionKind.PAID, Transaction.at >= begin, Transaction.at < end)
    )
    rows = session.execute(statement.execution_options(yield_per=_CHUNK))
    found = (
        (external_id.removeprefix(_PAID), OurPayment(payment_id, provider_id, amount))
        for external_id, amount, payment_id, provider_id in rows
    )
    return {number: ours for number, ours in found if not days.is_elsewhere(f"payment:{number}")}


def _elsewhere(session: Session, numbers: list[str], days: _Days) -> Iterator[tuple[str, OtherDay]]:
    """Payments of other days by Kaspi's number."""
    for chunk in _chunks(numbers):
        columns = (Transaction.external_id, Transaction.amount, Transaction.at, Transaction.received_at)
        statement = (
            select(*columns, Payment.id, Payment.provider_id)
            .join(Payment, Payment.id == Transaction.payment_id)
            .where(Transaction.external_id == _any([_PAID + number for number in chunk]))
        )
        for external_id, amount, at, received_at, payment_id, provider_id in session.execute(statement):
            number = external_id.removeprefix(_PAID)
            is_free = days.is_free(f"payment:{number}", clock.local_date(at), known_since=received_at)
            yield number, OtherDay(OurPayment(payment_id, provider_id, amount), is_free)


def _refunds(session: Session, days: _Days) -> tuple[list[OurRefund], list[OurRefund]]:
    """What left Kaspi by our books: on the day, and on the days around as far as it is free for this day."""
    begin, end = bounds(days.day)
    statement = (
        select(LedgerEntry.event_key, LedgerEntry.amount, LedgerEntry.at, Payment.id, Payment.provider_id)
        .join(Payment, Payment.id == LedgerEntry.payment_id)
        .where(*_left_kaspi(), LedgerEntry.at >= begin - _ONE_DAY, LedgerEntry.at < end + _ONE_DAY)
    )
    own: list[OurRefund] = []
    others: list[OurRefund] = []
    for key, amount, at, payment_id, provider_id in session.execute(statement):
        refund = OurRefund(str(key), payment_id, provider_id, -amount)
        if begin <= at < end:
            if not days.is_elsewhere(refund.key):
                own.append(refund)
        elif days.is_free(refund.key, clock.local_date(at), known_since=at):
            others.append(refund)
    return own, others


@dataclass(frozen=True, slots=True)
class _Compared:
    """When a day was compared, and what its statement did not have."""

    at: datetime
    missing: frozenset[str]


class _Days:
    """Whether a movement of another day may be what this day's statement means.

    It may when this day's statement was found to have it, and else when no statement is known to have it: another day's
    was not, and that of its own day was not compared since we know of it, or does not have it.
    """

    def __init__(self, session: Session, day: date) -> None:
        self.day = day
        self._session = session
        self._compared: dict[date, _Compared | None] = {}
        found = select(Discrepancy.subject, Discrepancy.day).where(Discrepancy.kind == DiscrepancyKind.OTHER_DAY)
        self._found = {subject: found_on for subject, found_on in session.execute(found)}  # noqa: C416  # for mypy

    def is_elsewhere(self, subject: str) -> bool:
        """Has another day's statement what our books have on this day?"""
        return self._found.get(subject, self.day) != self.day

    def is_free(self, subject: str, own_day: date, *, known_since: datetime) -> bool:
        """May it be what this day's statement means? See the class."""
        if subject in self._found:
            return self._found[subject] == self.day
        if own_day not in self._compared:
            self._compared[own_day] = self._compared_on(own_day)
        compared = self._compared[own_day]
        return compared is None or known_since >= compared.at or subject in compared.missing

    def _compared_on(self, day: date) -> _Compared | None:
        """How that day was compared last; None when it was not."""
        done = select(func.max(ReconciliationRun.started_at)).where(
            ReconciliationRun.day == day, ReconciliationRun.state == RunState.DONE
        )
        at: datetime | None = self._session.scalar(done)
        if at is None:
            return None
        missing = select(Discrepancy.subject).where(
            Discrepancy.day == day,
            Discrepancy.kind == DiscrepancyKind.MISSING_THERE,
            Discrepancy.state != DiscrepancyState.HEALED,
        )
        return _Compared(at, frozenset(self._session.scalars(missing)))


def _sent(session: Session) -> list[OurRefund]:
    statement = (
        select(RefundTransfer.id, RefundTransfer.amount, Payment.id, Payment.provider_id)
        .join(Payment, Payment.id == RefundTransfer.payment_id)
        .where(RefundTransfer.status == TransferStatus.SENT)
    )
    return [
        OurRefund(f"transfer:{transfer_id}", payment_id, provider_id, amount)
        for transfer_id, amount, payment_id, provider_id in session.execute(statement)
    ]


def _returned(session: Session, provider_ids: Iterable[str]) -> Iterator[tuple[str, int]]:
    for chunk in _chunks(provider_ids):
        statement = (
            select(Payment.provider_id, -func.sum(LedgerEntry.amount))
            .join(LedgerEntry, LedgerEntry.payment_id == Payment.id)
            .where(Payment.provider_id == _any(chunk), *_left_kaspi())
            .group_by(Payment.provider_id)
        )
        yield from ((str(provider_id), int(amount)) for provider_id, amount in session.execute(statement))


def _listed(session: Session, day: date, statement: Statement) -> Iterator[str]:
    """Of the sums given back so far those that another day's run has listed already."""
    by_number = {line.transaction_id: line.provider_id for line in statement.returned.values()}
    open_ones = select(Discrepancy.transaction_id).where(
        Discrepancy.state == DiscrepancyState.OPEN,
        Discrepancy.movement == MovementKind.REFUND,
        Discrepancy.day != day,
        Discrepancy.transaction_id.is_not(None),
    )
    found = session.scalars(open_ones) if by_number else ()
    yield from (by_number[number] for number in found if number in by_number)


def _known(session: Session, lines: Iterable[StatementLine]) -> Iterator[tuple[str, UUID]]:
    """Our payments behind these lines."""
    for chunk in _chunks(lines):
        by_provider = select(Payment.provider_id, Payment.id).where(
            Payment.provider_id == _any([line.provider_id for line in chunk])
        )
        yield from ((str(provider_id), payment_id) for provider_id, payment_id in session.execute(by_provider))
        orders = [order for line in chunk if (order := _order(line)) is not None]
        by_order = select(Payment.id).where(Payment.id == any_(literal(orders, ARRAY(Uuid()))))
        yield from ((str(payment_id), payment_id) for payment_id in session.scalars(by_order))


def _order(line: StatementLine) -> UUID | None:
    try:
        return None if line.order_id is None else UUID(line.order_id)
    except ValueError:
        return None


def _left_kaspi() -> tuple[ColumnElement[bool], ...]:
    """Conditions for the ledger's lines of money that Kaspi gave back."""
    kinds = (PostingKind.REFUND_PAID, PostingKind.PROVIDER_REFUNDED)
    return LedgerEntry.account == Account.KASPI_CLEARING, LedgerEntry.kind.in_(kinds)


def _any(values: list[str]) -> Any:  # what SQLAlchemy calls it differs from what a column is compared with
    return any_(literal(values, ARRAY(Text())))


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
