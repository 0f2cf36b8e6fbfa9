"""Comparing Kaspi's statement with our books. Kaspi is called between transactions, never in one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import date

import structlog
from sqlalchemy.exc import DBAPIError

from app.db import reading, transaction
from app.domain.actor import SYSTEM, Actor
from app.domain.checkout.settle import settle
from app.domain.payments import returns
from app.domain.payments.lifecycle import ProviderEvent
from app.domain.reconciliation import books, discrepancies, fees, matching, report, runs
from app.domain.reconciliation.sides import Finding, Sums
from app.domain.reconciliation.statement import put_in_order
from app.integrations.errors import ProviderError
from app.integrations.kaspi.port import KaspiPort, StatementLine
from app.jobs import providers
from app.kit import clock
from app.kit.errors import DomainError
from app.models import DiscrepancyKind, MovementKind, SuggestedAction, TransactionKind, TransactionSource

log = structlog.get_logger(__name__)


def nightly() -> None:
    """Compare yesterday, the day before once more, and what other nights of the last week had to leave out."""
    with transaction() as session:
        days = runs.due(session, now=clock.now())
    for day in days:
        try:
            run(day, actor=SYSTEM, kaspi=providers.kaspi())
        except (ProviderError, DomainError, DBAPIError) as error:
            log.exception("reconciliation_failed", day=str(day), error=type(error).__name__)


def run(day: date, *, actor: Actor, kaspi: KaspiPort) -> int:
    """Compare one Almaty day and heal what is safe; the run's id.

    Raises DomainError `reconciliation_running` (409) beside another run. Whatever else it raises (ProviderError, when
    Kaspi fails), the run is kept as failed with the reason; until the statement is read whole nothing else is changed.
    """
    with reading() as connection, runs.alone(connection):
        with transaction() as session:
            run_id = runs.begin(session, day, actor=actor, now=clock.now())
        try:
            _compare(run_id, day, kaspi)
        except Exception as error:
            with transaction() as session:
                runs.fail(session, run_id, reason=_reason(error), now=clock.now())
            raise
        return run_id


def _compare(run_id: int, day: date, kaspi: KaspiPort) -> None:
    with transaction() as session:
        moved = books.moved(session, day)
    statement = put_in_order(kaspi.statement(day, provider_ids=moved))
    with transaction() as session:
        ours = books.load(session, day, statement)
    comparison = matching.compare(ours, statement, fee_basis_points=providers.settings().kaspi_fee_basis_points)
    with transaction() as session:
        closed = discrepancies.record(session, run_id, comparison.findings, now=clock.now())
    healed = [line for finding in comparison.findings if (line := _heal(day, finding, kaspi)) is not None]
    posted = _post_fees([*comparison.charged, *healed])
    result = report.outcomes(comparison, closed=closed, healed=len(healed), fees=posted)
    with transaction() as session:
        runs.finish(session, run_id, result, now=clock.now())


def _heal(day: date, finding: Finding, kaspi: KaspiPort) -> StatementLine | None:
    """Do what is safe about a difference; the line when our books have its money now."""
    line = finding.line
    if finding.kind is not DiscrepancyKind.MISSING_HERE or line is None or finding.payment_id is None:
        return None
    with _alone(finding):
        if finding.action is SuggestedAction.WAIT_FOR_REFUND:
            with transaction() as session:
                returns.ask_soon(session, finding.payment_id, now=clock.now())
        elif finding.movement is MovementKind.PAYMENT and _settle(day, finding, line, kaspi):
            return line
    return None


def _settle(day: date, finding: Finding, line: StatementLine, kaspi: KaspiPort) -> bool:
    """Money whose callback was lost: not the statement but `status` has its effect. False when it says otherwise."""
    assert finding.payment_id is not None  # noqa: S101  # narrows the type: `_heal` asked
    status = kaspi.status(line.provider_id)
    if not status.status.took_money or status.transaction_id is None or status.paid_at is None:
        return False
    event = ProviderEvent(
        payment_id=finding.payment_id,
        kind=TransactionKind.PAID,
        amount=status.amount,
        transaction_id=status.transaction_id,
        at=status.paid_at,
        source=TransactionSource.POLL,
        provider_id=line.provider_id,
        refunded=status.refunded,
    )
    with transaction() as session:
        settle(session, event, now=clock.now())
        is_settled = books.has_money(session, line, finding.payment_id)
        if is_settled:
            discrepancies.settled(session, day, finding, now=clock.now())
    return is_settled


@contextlib.contextmanager
def _alone(finding: Finding) -> Iterator[None]:
    """What cannot be healed now stays listed; the others do not wait for it."""
    try:
        yield
    except (DomainError, DBAPIError, ProviderError) as error:
        log.exception("discrepancy_not_healed", subject=finding.subject, error=type(error).__name__)


def _post_fees(lines: Sequence[StatementLine]) -> Sums:
    """Post what Kaspi kept, some lines a transaction: who comes again posts what is left."""
    total = Sums()
    for begin in range(0, len(lines), fees.BATCH):
        with transaction() as session:
            posted = fees.post(session, lines[begin : begin + fees.BATCH])
        total.count += posted.count
        total.amount += posted.amount
    return total


def _reason(error: Exception) -> str:
    """What went wrong, for the run: errors of providers tell nothing personal, of others only the kind is kept."""
    return str(error) if isinstance(error, ProviderError) else type(error).__name__
