"""Pairing refunds, payment by payment: Kaspi's numbers of them are unknown to us, the amounts must tell. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.reconciliation.actions import suggest
from app.domain.reconciliation.sides import Books, Finding, OurRefund, about_line
from app.domain.reconciliation.statement import Statement
from app.integrations.kaspi.port import StatementLine
from app.models import DiscrepancyKind, MovementKind


@dataclass(frozen=True, slots=True)
class Pairs:
    """Refunds that agree, with the statement's line where each has one of its own, and the differences."""

    matched: list[tuple[StatementLine | None, int]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def pair_refunds(books: Books, statement: Statement) -> Pairs:
    """Pair the day's refunds with the statement's."""
    result = Pairs()
    ours, others, sent = (_by_payment(side) for side in (books.refunds, books.other_refunds, books.sent))
    for provider_id, line in statement.returned.items():
        _running_total(books, line, ours.pop(provider_id, []), sent.get(provider_id, []), result)
    lines: dict[str, list[StatementLine]] = {}
    for line in statement.refunds.values():
        lines.setdefault(line.provider_id, []).append(line)
    for provider_id in sorted({*ours, *lines}):
        ordered = sorted(lines.get(provider_id, []), key=lambda line: (line.amount, line.transaction_id))
        sides = (side.get(provider_id, []) for side in (ours, others, sent))
        _of_payment(books, _Payment(ordered, *sides), result)
    return result


def _by_payment(refunds: Iterable[OurRefund]) -> dict[str, list[OurRefund]]:
    found: dict[str, list[OurRefund]] = {}
    for refund in sorted(refunds, key=lambda each: (each.amount, each.key)):
        found.setdefault(refund.provider_id or "", []).append(refund)
    return found


@dataclass(frozen=True, slots=True)
class _Payment:
    """What may be refunds of one payment, each list by amount."""

    lines: list[StatementLine]
    ours: list[OurRefund]
    others: list[OurRefund]
    sent: list[OurRefund]


def _of_payment(books: Books, payment: _Payment, result: Pairs) -> None:
    """Equal amounts first: those of the day before those of other days before those asked for."""
    equal, lines, ours = _equal(payment.lines, payment.ours)
    result.matched.extend((line, line.amount) for line, _ in equal)
    equal, lines, _ = _equal(lines, payment.others)
    for line, refund in equal:
        kind = DiscrepancyKind.OTHER_DAY
        found = about_line(kind, line, payment_id=refund.payment_id, our_amount=refund.amount, subject=refund.key)
        result.findings.append(found)
    equal, lines, _ = _equal(lines, payment.sent)
    for line, refund in equal:
        kind = DiscrepancyKind.MISSING_HERE
        result.findings.append(about_line(kind, line, payment_id=refund.payment_id, is_refund_sent=True))
    both = min(len(lines), len(ours))
    for line, refund in zip(lines[:both], ours[:both], strict=True):
        kind = DiscrepancyKind.AMOUNT_DIFFERS
        found = about_line(kind, line, payment_id=refund.payment_id, our_amount=refund.amount, subject=refund.key)
        result.findings.append(found)
    for line in lines[both:]:
        kind = DiscrepancyKind.MISSING_HERE
        result.findings.append(about_line(kind, line, payment_id=books.payment_of(line)))
    result.findings.extend(_only_here(refund) for refund in ours[both:])


def _equal(
    lines: list[StatementLine], refunds: list[OurRefund]
) -> tuple[list[tuple[StatementLine, OurRefund]], list[StatementLine], list[OurRefund]]:
    """Pairs of equal amounts, and what is left on either side; each side comes and stays in order."""
    pairs, left, free = [], [], list(refunds)
    for line in lines:
        refund = next((each for each in free if each.amount == line.amount), None)
        if refund is None:
            left.append(line)
        else:
            free.remove(refund)
            pairs.append((line, refund))
    return pairs, left, free


def _running_total(
    books: Books, line: StatementLine, ours: list[OurRefund], sent: list[OurRefund], result: Pairs
) -> None:
    """All that was given back of a payment so far, against all that we know of it."""
    difference = line.amount - books.returned.get(line.provider_id, 0)
    if difference >= 0:
        result.matched.extend((None, refund.amount) for refund in ours)
    if not difference or line.provider_id in books.listed:
        return
    is_sent = difference == sum(refund.amount for refund in sent)
    is_ours = difference < 0
    found = about_line(
        DiscrepancyKind.MISSING_THERE if is_ours else DiscrepancyKind.MISSING_HERE,
        line,
        payment_id=books.payment_of(line),
        our_amount=-difference if is_ours else None,
        their_amount=0 if is_ours else difference,
        is_refund_sent=is_sent,
    )
    result.findings.append(found)


def _only_here(refund: OurRefund) -> Finding:
    return Finding(
        kind=DiscrepancyKind.MISSING_THERE,
        movement=MovementKind.REFUND,
        subject=refund.key,
        provider_id=refund.provider_id,
        payment_id=refund.payment_id,
        our_amount=refund.amount,
        action=suggest(DiscrepancyKind.MISSING_THERE, MovementKind.REFUND),
    )
