"""Reconciliation: comparisons of our books with Kaspi's statement, and what they found."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of
from app.models.booking import ActorKind


class RunState(StrEnum):
    """How far a comparison came."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """The provider or we broke off; nothing was compared."""


class MovementKind(StrEnum):
    """Which way money went."""

    PAYMENT = "payment"
    REFUND = "refund"


class DiscrepancyKind(StrEnum):
    """In what the two books differ."""

    MISSING_HERE = "missing_here"
    """The statement has it, we do not."""
    MISSING_THERE = "missing_there"
    """We have it, the statement does not."""
    AMOUNT_DIFFERS = "amount_differs"
    FEE_DIFFERS = "fee_differs"
    """Kaspi kept more or less than agreed."""
    DUPLICATE_THERE = "duplicate_there"
    """The statement has it twice."""
    DUPLICATE_HERE = "duplicate_here"
    """We have two of what the statement has once."""
    OTHER_DAY = "other_day"
    """The books have it on different days: no difference of money."""


class SuggestedAction(StrEnum):
    """What a person is advised to do; texts in domain/reconciliation/actions.py."""

    NONE = "none"
    WAIT_FOR_REFUND = "wait_for_refund"
    ASK_KASPI = "ask_kaspi"
    COMPARE_AMOUNTS = "compare_amounts"
    CHECK_TARIFF = "check_tariff"
    CHECK_PAYMENT = "check_payment"
    RECORD_REFUND = "record_refund"
    RETURN_MONEY = "return_money"
    DISPUTE_DUPLICATE = "dispute_duplicate"
    UNDO_DUPLICATE = "undo_duplicate"


class DiscrepancyState(StrEnum):
    """What has become of a difference."""

    OPEN = "open"
    HEALED = "healed"
    """It is no difference any more."""
    RESOLVED = "resolved"
    """Staff dealt with it."""
    IGNORED = "ignored"
    """Staff decided to leave it."""


class ReconciliationRun(Base):
    """One comparison of an Almaty day; `outcomes` counts and sums (tenge) what was found, by kind."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (
        one_of("state", RunState),
        one_of("actor_kind", ActorKind),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="running_is_unfinished"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failed_has_failure"),
        CheckConstraint("length(failure) <= 200", name="failure_short"),
        Index("ix_reconciliation_runs_day", "day", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    day: Mapped[date]
    state: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    outcomes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"), default=dict)


class Discrepancy(Base):
    """One difference of one day; `subject` says what it is about, so that a later run finds it again."""

    __tablename__ = "discrepancies"
    __table_args__ = (
        one_of("kind", DiscrepancyKind),
        one_of("movement", MovementKind),
        one_of("action", SuggestedAction),
        one_of("state", DiscrepancyState),
        UniqueConstraint("day", "kind", "subject"),
        CheckConstraint("length(subject) BETWEEN 1 AND 200", name="subject_length"),
        CheckConstraint("our_amount IS NOT NULL OR their_amount IS NOT NULL", name="has_a_side"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_has_moment"),
        Index("ix_discrepancies_open", "day", postgresql_where=text("state = 'open'")),
        Index("ix_discrepancies_subject", "subject"),
        Index("ix_discrepancies_run_id", "run_id"),
        Index("ix_discrepancies_payment_id", "payment_id", postgresql_where=text("payment_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("reconciliation_runs.id"))
    """The run that saw it last."""
    day: Mapped[date]
    kind: Mapped[str]
    movement: Mapped[str]
    subject: Mapped[str]
    transaction_id: Mapped[str | None]
    """Kaspi's number of the movement."""
    provider_id: Mapped[str | None]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    our_amount: Mapped[int | None]
    their_amount: Mapped[int | None]
    expected_fee: Mapped[int | None]
    their_fee: Mapped[int | None]
    action: Mapped[str]
    state: Mapped[str]
    found_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class DiscrepancyEvent(Base):
    """What became of a discrepancy, by whom and why. Append-only (trigger)."""

    __tablename__ = "discrepancy_events"
    __table_args__ = (
        one_of("from_state", DiscrepancyState),
        one_of("to_state", DiscrepancyState),
        one_of("actor_kind", ActorKind),
        CheckConstraint("length(reason) BETWEEN 1 AND 200", name="reason_length"),
        Index("ix_discrepancy_events_discrepancy_id", "discrepancy_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    discrepancy_id: Mapped[int] = mapped_column(ForeignKey("discrepancies.id"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    reason: Mapped[str]
    """A code of ours, or what staff wrote."""
    at: Mapped[datetime]
