"""Comparing our books of a day with a statement: values in, values out, no order matters.

Payments are the same when Kaspi's transaction number is. Refunds have no number of Kaspi's in our books, so those of
one payment are paired by their amounts. All amounts are whole tenge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.reconciliation.actions import suggest
from app.domain.reconciliation.refund_matching import pair_refunds
from app.domain.reconciliation.sides import Books, Finding, OurPayment, Sums, about_line
from app.domain.reconciliation.statement import Statement
from app.integrations.kaspi.port import StatementKind, StatementLine
from app.models import DiscrepancyKind, MovementKind


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it.

    `ours` includes what our books have on another day and this statement has. `charged`: lines whose money
    agrees, so that their fees are to be posted.
    """

    ours: dict[MovementKind, Sums]
    theirs: dict[MovementKind, Sums]
    matched: Sums
    findings: list[Finding] = field(default_factory=list)
    charged: list[StatementLine] = field(default_factory=list)


def expected_fee(amount: int, basis_points: int) -> int:
    """What Kaspi keeps of a payment by its tariff: hundredths of a per cent, rounded half up to whole tenge."""
    return (amount * basis_points + 5_000) // 10_000


def compare(books: Books, statement: Statement, *, fee_basis_points: int) -> Comparison:
    """Find every difference between our books and the statement."""
    result = Comparison(ours=_ours(books), theirs=_theirs(books, statement), matched=Sums())
    for line in statement.payments.values():
        copies = statement.repeated.get((line.kind, line.transaction_id), [line])
        _payment(books, copies, result, fee_basis_points)
    result.findings.extend(_only_here(books, statement))
    result.findings.extend(_repeated(books, copies) for copies in _new_repeats(books, statement))
    refunds = pair_refunds(books, statement)
    for refund, amount in refunds.matched:
        result.matched.add(amount)
        if refund is not None:
            _agree(refund, books.payment_of(refund), result, 0)
    for found in refunds.findings:
        result.findings.append(found)
        if found.kind is DiscrepancyKind.OTHER_DAY and found.our_amount is not None:
            result.ours[MovementKind.REFUND].add(found.our_amount)
    return result


def _best(books: Books, copies: list[StatementLine]) -> StatementLine:
    """Of the copies of a line the one that agrees with us, if any does."""
    first = copies[0]
    ours = books.payments.get(first.transaction_id) if first.kind is StatementKind.PAYMENT else None
    return next((copy for copy in copies if ours is not None and copy.amount == ours.amount), first)


def _payment(books: Books, copies: list[StatementLine], result: Comparison, fee_basis_points: int) -> None:
    line = _best(books, copies)
    ours, kind = books.payments.get(line.transaction_id), None
    if ours is None:
        other = books.elsewhere.get(line.transaction_id)
        if other is None:
            payment_id = books.payment_of(line)
            result.findings.append(about_line(DiscrepancyKind.MISSING_HERE, line, payment_id=payment_id))
            return
        ours = other.payment
        kind = DiscrepancyKind.OTHER_DAY if other.is_free else DiscrepancyKind.DUPLICATE_THERE
    if kind is DiscrepancyKind.DUPLICATE_THERE:
        result.findings.append(about_line(kind, line, payment_id=ours.payment_id, their_amount=_sum(copies)))
    elif line.amount != ours.amount:
        differs = about_line(DiscrepancyKind.AMOUNT_DIFFERS, line, payment_id=ours.payment_id, our_amount=ours.amount)
        result.findings.append(differs)
    else:
        if kind is None:
            result.matched.add(line.amount)
        else:
            found = about_line(kind, line, payment_id=ours.payment_id, our_amount=ours.amount)
            result.findings.append(found)
            result.ours[MovementKind.PAYMENT].add(ours.amount)
        _agree(line, ours.payment_id, result, expected_fee(line.amount, fee_basis_points))


def _agree(line: StatementLine, payment_id: UUID | None, result: Comparison, expected: int) -> None:
    """The money is the same; is the fee? One that Kaspi does not tell is no difference."""
    result.charged.append(line)
    if line.fee is not None and line.fee != expected:
        differs = about_line(
            DiscrepancyKind.FEE_DIFFERS, line, payment_id=payment_id, our_amount=line.amount, expected_fee=expected
        )
        result.findings.append(differs)


def _only_here(books: Books, statement: Statement) -> Iterator[Finding]:
    missing = {number: ours for number, ours in books.payments.items() if number not in statement.payments}
    if not missing:
        return
    there = {(ours.payment_id, ours.amount) for number, ours in books.payments.items() if number in statement.payments}
    for number, ours in missing.items():
        is_second = (ours.payment_id, ours.amount) in there
        kind = DiscrepancyKind.DUPLICATE_HERE if is_second else DiscrepancyKind.MISSING_THERE
        yield _about_ours(kind, number, ours)


def _about_ours(kind: DiscrepancyKind, number: str, ours: OurPayment) -> Finding:
    return Finding(
        kind=kind,
        movement=MovementKind.PAYMENT,
        subject=f"payment:{number}",
        transaction_id=number,
        provider_id=ours.provider_id,
        payment_id=ours.payment_id,
        our_amount=ours.amount,
        action=suggest(kind, MovementKind.PAYMENT),
    )


def _new_repeats(books: Books, statement: Statement) -> Iterator[list[StatementLine]]:
    """Copies whose first is not a repeat itself, of another day's line."""
    for (kind, number), copies in statement.repeated.items():
        other = books.elsewhere.get(number) if kind is StatementKind.PAYMENT else None
        if other is None or other.is_free:
            yield copies


def _repeated(books: Books, copies: list[StatementLine]) -> Finding:
    """The copies beyond the first, as one difference with their sum."""
    first = _best(books, copies)
    extra = _sum(copies) - first.amount
    return about_line(DiscrepancyKind.DUPLICATE_THERE, first, payment_id=books.payment_of(first), their_amount=extra)


def _sum(lines: list[StatementLine]) -> int:
    return sum(line.amount for line in lines)


def _ours(books: Books) -> dict[MovementKind, Sums]:
    payments, refunds = Sums(), Sums()
    for payment in books.payments.values():
        payments.add(payment.amount)
    for refund in books.refunds:
        refunds.add(refund.amount)
    return {MovementKind.PAYMENT: payments, MovementKind.REFUND: refunds}


def _theirs(books: Books, statement: Statement) -> dict[MovementKind, Sums]:
    """What the statement says, repeats included; of a sum given back so far only what is not of other days."""
    payments, refunds = Sums(), Sums()
    for line in statement.payments.values():
        payments.add(line.amount)
    for line in statement.refunds.values():
        refunds.add(line.amount)
    for (kind, _), copies in statement.repeated.items():
        for copy in copies[1:]:
            (payments if kind is StatementKind.PAYMENT else refunds).add(copy.amount)
    of_day = _sums_by_payment(books)
    for provider_id, line in statement.returned.items():
        of_others = books.returned.get(provider_id, 0) - of_day.get(provider_id, 0)
        if line.amount > of_others:
            refunds.add(line.amount - of_others)
    return {MovementKind.PAYMENT: payments, MovementKind.REFUND: refunds}


def _sums_by_payment(books: Books) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for refund in books.refunds:
        if refund.provider_id is not None:
            found[refund.provider_id] = found.get(refund.provider_id, 0) + refund.amount
    return found
