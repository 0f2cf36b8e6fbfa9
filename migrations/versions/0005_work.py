"""Work in the background: dead letters that were dropped, and the report of each day.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("outbox", "inbox")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_{table}_only_dead_dropped"), table, "dropped_at IS NULL OR dead_at IS NOT NULL"
        )
        op.create_index(
            f"ix_{table}_dead_at", table, ["dead_at"], unique=False, postgresql_where=sa.text("dead_at IS NOT NULL")
        )
    op.create_table(
        "daily_reports",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("bookings_made", sa.BigInteger(), nullable=False),
        sa.Column("bookings_cancelled", sa.BigInteger(), nullable=False),
        sa.Column("nights_sold", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("refunds", sa.BigInteger(), nullable=False),
        sa.Column("occupancy", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "bookings_made >= 0 AND bookings_cancelled >= 0 AND nights_sold >= 0 AND gross >= 0 AND refunds >= 0",
            name=op.f("ck_daily_reports_nothing_negative"),
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_daily_reports")),
    )


def downgrade() -> None:
    op.drop_table("daily_reports")
    for table in TABLES:
        op.drop_index(f"ix_{table}_dead_at", table_name=table, postgresql_where=sa.text("dead_at IS NOT NULL"))
        op.drop_constraint(op.f(f"ck_{table}_only_dead_dropped"), table, type_="check")
        op.drop_column(table, "dropped_at")
