"""Since when work waits for a provider that is away; payments that staff has reviewed; bodies to be emptied are found.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

REVIEWED = "ck_payments_only_flagged_reviewed"
BODIES = sa.text("body_sealed IS NOT NULL")


def upgrade() -> None:
    _replace("ix_inbox_received_at", by="ix_inbox_with_body", where=BODIES)
    op.add_column("outbox", sa.Column("trouble_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
    condition = "reviewed_at IS NULL OR review_reason IS NOT NULL"
    # Checked by 0020, in a transaction that holds no lock of this one: nobody waits for the table to be read.
    op.create_check_constraint(op.f(REVIEWED), "payments", condition, postgresql_not_valid=True)


def downgrade() -> None:
    op.drop_constraint(op.f(REVIEWED), "payments", type_="check")
    op.drop_column("payments", "reviewed_at")
    op.drop_column("outbox", "trouble_since")
    _replace("ix_inbox_with_body", by="ix_inbox_received_at", where=None)


def _replace(name: str, *, by: str, where: sa.TextClause | None) -> None:
    with op.get_context().autocommit_block():
        # An attempt that was given up leaves an index that serves nobody.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {by}")
        op.create_index(
            by, "inbox", ["received_at"], unique=False, postgresql_where=where, postgresql_concurrently=True
        )
        op.drop_index(name, table_name="inbox", postgresql_concurrently=True, if_exists=True)
