"""Reconciliation: its runs, the discrepancies they found and their history; indexes for a day's movements.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ACTORS = "('guest', 'landlord', 'staff', 'system')"
STATES = "('open', 'healed', 'resolved', 'ignored')"
MOMENT = sa.DateTime(timezone=True)
LEFT_KASPI = "account = 'kaspi_clearing' AND kind IN ('refund_paid', 'provider_refunded')"


def upgrade() -> None:
    _runs()
    _discrepancies()
    _events()
    op.create_index("ix_transactions_paid_at", "transactions", ["at"], postgresql_where=sa.text("kind = 'paid'"))
    op.create_index("ix_ledger_entries_left_kaspi", "ledger_entries", ["at"], postgresql_where=sa.text(LEFT_KASPI))


def _runs() -> None:
    op.create_table(
        "reconciliation_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("outcomes", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("ck_reconciliation_runs_state_known")),
        sa.CheckConstraint(f"actor_kind IN {ACTORS}", name=op.f("ck_reconciliation_runs_actor_kind_known")),
        sa.CheckConstraint(
            "(state = 'running') = (finished_at IS NULL)", name=op.f("ck_reconciliation_runs_running_is_unfinished")
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (failure IS NOT NULL)", name=op.f("ck_reconciliation_runs_failed_has_failure")
        ),
        sa.CheckConstraint("length(failure) <= 200", name=op.f("ck_reconciliation_runs_failure_short")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_runs")),
    )
    op.create_index("ix_reconciliation_runs_day", "reconciliation_runs", ["day", "id"])


def _discrepancies() -> None:
    op.create_table(
        "discrepancies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("movement", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("our_amount", sa.BigInteger(), nullable=True),
        sa.Column("their_amount", sa.BigInteger(), nullable=True),
        sa.Column("expected_fee", sa.BigInteger(), nullable=True),
        sa.Column("their_fee", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "kind IN ('missing_here', 'missing_there', 'amount_differs', 'fee_differs', 'duplicate_there',"
            " 'duplicate_here', 'other_day')",
            name=op.f("ck_discrepancies_kind_known"),
        ),
        sa.CheckConstraint("movement IN ('payment', 'refund')", name=op.f("ck_discrepancies_movement_known")),
        sa.CheckConstraint(
            "action IN ('none', 'wait_for_refund', 'ask_kaspi', 'compare_amounts', 'check_tariff', 'check_payment',"
            " 'record_refund', 'return_money', 'dispute_duplicate', 'undo_duplicate')",
            name=op.f("ck_discrepancies_action_known"),
        ),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_discrepancies_state_known")),
        sa.CheckConstraint("length(subject) BETWEEN 1 AND 200", name=op.f("ck_discrepancies_subject_length")),
        sa.CheckConstraint(
            "our_amount IS NOT NULL OR their_amount IS NOT NULL", name=op.f("ck_discrepancies_has_a_side")
        ),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_discrepancies_closed_has_moment")),
        sa.ForeignKeyConstraint(["run_id"], ["reconciliation_runs.id"], name=op.f("fk_discrepancies_run_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_discrepancies_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancies")),
        sa.UniqueConstraint("day", "kind", "subject", name=op.f("uq_discrepancies_day_kind_subject")),
    )
    op.create_index("ix_discrepancies_open", "discrepancies", ["day"], postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_discrepancies_subject", "discrepancies", ["subject"])
    op.create_index("ix_discrepancies_run_id", "discrepancies", ["run_id"])
    op.create_index(
        "ix_discrepancies_payment_id",
        "discrepancies",
        ["payment_id"],
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )


def _events() -> None:
    op.create_table(
        "discrepancy_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("discrepancy_id", sa.BigInteger(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(f"from_state IN {STATES}", name=op.f("ck_discrepancy_events_from_state_known")),
        sa.CheckConstraint(f"to_state IN {STATES}", name=op.f("ck_discrepancy_events_to_state_known")),
        sa.CheckConstraint(f"actor_kind IN {ACTORS}", name=op.f("ck_discrepancy_events_actor_kind_known")),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 200", name=op.f("ck_discrepancy_events_reason_length")),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"], ["discrepancies.id"], name=op.f("fk_discrepancy_events_discrepancy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy_events")),
    )
    op.create_index("ix_discrepancy_events_discrepancy_id", "discrepancy_events", ["discrepancy_id"])
    for act, scope in (("UPDATE OR DELETE", "append_only"), ("TRUNCATE", "no_truncate")):
        each = "ROW" if scope == "append_only" else "STATEMENT"
        op.execute(
            f"CREATE TRIGGER discrepancy_events_{scope} BEFORE {act} ON discrepancy_events"
            f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index("ix_ledger_entries_left_kaspi", table_name="ledger_entries")
    op.drop_index("ix_transactions_paid_at", table_name="transactions")
    op.drop_table("discrepancy_events")
    op.drop_table("discrepancies")
    op.drop_table("reconciliation_runs")
