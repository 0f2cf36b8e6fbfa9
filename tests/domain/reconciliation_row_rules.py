"""Writes that the tables of the reconciliation must refuse (see test_row_rules.py), and rows to try them on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import SYSTEM
from app.domain.reconciliation import discrepancies, runs
from app.domain.reconciliation.sides import Finding
from app.kit import clock
from app.models import DiscrepancyKind, MovementKind, SuggestedAction

LONG = "repeat('x', 5000)"
_EVENT = (
    "INSERT INTO discrepancy_events (discrepancy_id, from_state, to_state, actor_kind, reason, at)"
    " SELECT id, {before}, {after}, {actor}, {reason}, now() FROM discrepancies LIMIT 1"
)


def _event(*, before: str = "'open'", after: str = "'healed'", actor: str = "'system'", reason: str = "'gone'") -> str:
    return _EVENT.format(before=before, after=after, actor=actor, reason=reason)


CASES: dict[str, str] = {
    "ck_reconciliation_runs_state_known": "UPDATE reconciliation_runs SET state = 'lost' WHERE state = 'done'",
    "ck_reconciliation_runs_actor_kind_known": "UPDATE reconciliation_runs SET actor_kind = 'ghost'",
    "ck_reconciliation_runs_running_is_unfinished": "UPDATE reconciliation_runs SET finished_at = NULL",
    "ck_reconciliation_runs_failed_has_failure": "UPDATE reconciliation_runs SET failure = 'why' WHERE state = 'done'",
    "ck_reconciliation_runs_failure_short": f"UPDATE reconciliation_runs SET state = 'failed', failure = {LONG}",
    "ck_discrepancies_kind_known": "UPDATE discrepancies SET kind = 'odd'",
    "ck_discrepancies_movement_known": "UPDATE discrepancies SET movement = 'gift'",
    "ck_discrepancies_action_known": "UPDATE discrepancies SET action = 'pray'",
    "ck_discrepancies_state_known": "UPDATE discrepancies SET state = 'lost', closed_at = now()",
    "ck_discrepancies_subject_length": "UPDATE discrepancies SET subject = ''",
    "ck_discrepancies_has_a_side": "UPDATE discrepancies SET our_amount = NULL, their_amount = NULL",
    "ck_discrepancies_closed_has_moment": "UPDATE discrepancies SET closed_at = now() WHERE state = 'open'",
    "ck_discrepancy_events_from_state_known": _event(before="'dreamt'"),
    "ck_discrepancy_events_to_state_known": _event(after="'dreamt'"),
    "ck_discrepancy_events_actor_kind_known": _event(actor="'ghost'"),
    "ck_discrepancy_events_reason_length": _event(reason="''"),
}

UNIQUE: dict[str, str] = {
    "uq_discrepancies_day_kind_subject": "INSERT INTO discrepancies"
    " (run_id, day, kind, movement, subject, our_amount, action, state, found_at)"
    " SELECT run_id, day, kind, movement, subject, 1, action, 'open', now() FROM discrepancies LIMIT 1",
}
"""What may be there once: another such row is refused by the index of this name."""


def make_rows(session: Session, *, now: datetime) -> None:
    """A finished run with an open discrepancy."""
    run_id = runs.begin(session, clock.local_date(now), actor=SYSTEM, now=now)
    finding = Finding(
        kind=DiscrepancyKind.MISSING_THERE,
        movement=MovementKind.PAYMENT,
        subject=f"payment:rows-{run_id}",
        action=SuggestedAction.ASK_KASPI,
        our_amount=20_000,
    )
    discrepancies.record(session, run_id, [finding], now=now)
    runs.finish(session, run_id, {}, now=now)
