"""The chain over the audit trail: each committed entry's place and hash, append-only.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_links",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("chained_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_audit_links_position_from_one")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_audit_links_hash_length")),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_links_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_links")),
        sa.UniqueConstraint("position", name=op.f("uq_audit_links_position")),
    )
    op.execute(
        "CREATE TRIGGER audit_links_append_only BEFORE UPDATE OR DELETE ON audit_links"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_links_no_truncate BEFORE TRUNCATE ON audit_links"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("audit_links")
