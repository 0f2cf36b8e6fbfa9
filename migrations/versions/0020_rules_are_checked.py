"""The rules of 0018 and 0019 hold for the rows that were there: checked beside everybody's work.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

RULES = {
    "payments": "ck_payments_only_flagged_reviewed",
    "chat_replies": "ck_chat_replies_parts_said_not_negative",
    "notifications": "ck_notifications_parts_said_somewhere",
}


def upgrade() -> None:
    for table, rule in RULES.items():
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {rule}")


def downgrade() -> None:
    """What was checked stays checked."""
