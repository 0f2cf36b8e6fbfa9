"""What is due is found by its kind: a queue of notifications is not read through for a payment behind it.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WAITS = sa.text("done_at IS NULL AND dead_at IS NULL")


def upgrade() -> None:
    _replace("ix_outbox_due", by="ix_outbox_kind_due", columns=["kind", "available_at", "id"])


def downgrade() -> None:
    _replace("ix_outbox_kind_due", by="ix_outbox_due", columns=["available_at"])


def _replace(name: str, *, by: str, columns: list[str]) -> None:
    with op.get_context().autocommit_block():
        # An attempt that was given up leaves an index that serves nobody.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {by}")
        op.create_index(by, "outbox", columns, unique=False, postgresql_where=WAITS, postgresql_concurrently=True)
        op.drop_index(name, table_name="outbox", postgresql_concurrently=True, if_exists=True)
