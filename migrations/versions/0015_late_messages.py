"""What is said late: waiting replies of a chat are found at once, and since when no channel takes a notification.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = "ix_chat_replies_waiting"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # An attempt that was given up leaves an index that serves nobody.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.create_index(
            INDEX,
            "chat_replies",
            ["identity_id", "id"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            postgresql_concurrently=True,
        )
    op.add_column("notifications", sa.Column("trouble_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("notifications", "trouble_since")
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, table_name="chat_replies", postgresql_concurrently=True, if_exists=True)
