"""How many parts of a chat's message have been said, so that a try after trouble does not say them again.

Revision ID: 0019
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

RULE = "ck_chat_replies_parts_said_not_negative"


def upgrade() -> None:
    # A constant default is written nowhere: the table is locked for a moment, and the last release goes on inserting.
    op.add_column(
        "chat_replies", sa.Column("parts_said", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    # Written NOT VALID and then checked: nobody waits for the table to be read.
    op.create_check_constraint(op.f(RULE), "chat_replies", "parts_said >= 0", postgresql_not_valid=True)
    op.execute(f"ALTER TABLE chat_replies VALIDATE CONSTRAINT {RULE}")


def downgrade() -> None:
    op.drop_column("chat_replies", "parts_said")
