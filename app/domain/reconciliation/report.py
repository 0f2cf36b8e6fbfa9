"""What a run came to, as it is kept with the run and shown to people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.reconciliation import discrepancies
from app.domain.reconciliation.matching import Comparison
from app.domain.reconciliation.sides import Sums
from app.models import Discrepancy, MovementKind, ReconciliationRun, RunState

MATCHED = "matched"


@dataclass(frozen=True, slots=True)
class Report:
    """A run and what is open of its day. `outcomes` is empty while the run is not done."""

    day: date
    run_id: int
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    failure: str | None
    outcomes: dict[str, Any]
    open: Sequence[Discrepancy]

    @property
    def is_clean(self) -> bool:
        """Was the day compared, and does nothing wait for a person?"""
        return self.state is RunState.DONE and not self.open


def outcomes(comparison: Comparison, *, closed: int, healed: int, fees: Sums) -> dict[str, Any]:
    """What a finished run keeps: both sides, the difference, counts and tenge by outcome."""
    counts: Counter[str] = Counter({MATCHED: comparison.matched.count})
    at_stake: Counter[str] = Counter({MATCHED: comparison.matched.amount})
    for finding in comparison.findings:
        counts[finding.kind] += 1
        at_stake[finding.kind] += finding.at_stake
    return {
        "ours": _side(comparison.ours),
        "theirs": _side(comparison.theirs),
        "difference": _net(comparison.theirs) - _net(comparison.ours),
        "outcomes": {kind: {"count": counts[kind], "amount": at_stake[kind]} for kind in sorted(counts)},
        "closed": closed,
        "healed": healed,
        "fees_posted": asdict(fees),
    }


def of_run(session: Session, run_id: int) -> Report:
    """The report of one run."""
    run = session.get_one(ReconciliationRun, run_id)
    return Report(
        day=run.day,
        run_id=run.id,
        state=RunState(run.state),
        started_at=run.started_at,
        finished_at=run.finished_at,
        failure=run.failure,
        outcomes=run.outcomes,
        open=discrepancies.open_ones(session, run.day),
    )


def _side(sums: dict[MovementKind, Sums]) -> dict[str, Any]:
    return {
        "payments": asdict(sums[MovementKind.PAYMENT]),
        "refunds": asdict(sums[MovementKind.REFUND]),
        "net": _net(sums),
    }


def _net(sums: dict[MovementKind, Sums]) -> int:
    return sums[MovementKind.PAYMENT].amount - sums[MovementKind.REFUND].amount
