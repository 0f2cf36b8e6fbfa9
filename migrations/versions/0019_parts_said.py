"""How many parts of a chat's message have been said, so that a try after trouble does not say them again.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

RULES = {
    "chat_replies": ("ck_chat_replies_parts_said_not_negative", "parts_said >= 0"),
    "notifications": (
        "ck_notifications_parts_said_somewhere",
        "parts_said >= 0 AND (parts_said = 0) = (parts_by IS NULL)",
    ),
}


def upgrade() -> None:
    op.add_column("notifications", sa.Column("parts_by", sa.Text(), nullable=True))
    for table, (name, rule) in RULES.items():
        # A constant default is written nowhere: the lock is short, and the last release goes on inserting.
        said = sa.Column("parts_said", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
        op.add_column(table, said)
        # Checked by 0020, in a transaction that holds no lock of this one: nobody waits for the table to be read.
        op.create_check_constraint(op.f(name), table, rule, postgresql_not_valid=True)


def downgrade() -> None:
    for table in RULES:
        op.drop_column(table, "parts_said")
    op.drop_column("notifications", "parts_by")
