"""Idempotency keys: what a person asked for under a key, and its answer.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The row is written before the act and answered after it, in one transaction: without an answer it never commits.
ANSWERED = """
    CREATE FUNCTION idempotency_key_is_answered() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM idempotency_keys WHERE id = NEW.id AND status IS NULL) THEN
            RAISE EXCEPTION 'key % has no answer', NEW.id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("key ~ '^[!-~]{8,128}$'", name=op.f("ck_idempotency_keys_key_form")),
        sa.CheckConstraint("scope ~ '^[a-z_.]{3,60}$'", name=op.f("ck_idempotency_keys_scope_form")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_idempotency_keys_digest_length")),
        sa.CheckConstraint("status BETWEEN 200 AND 399", name=op.f("ck_idempotency_keys_status_of_success")),
        sa.CheckConstraint(
            "status IS NOT NULL OR (location IS NULL AND body_sealed IS NULL)",
            name=op.f("ck_idempotency_keys_nothing_before_the_answer"),
        ),
        sa.CheckConstraint("location ~ '^/[!-~]{1,250}$'", name=op.f("ck_idempotency_keys_location_is_ours")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("user_id", "scope", "key", name=op.f("uq_idempotency_keys_user_id_scope_key")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.execute(ANSWERED)
    op.execute(
        "CREATE CONSTRAINT TRIGGER idempotency_keys_answered AFTER INSERT ON idempotency_keys"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION idempotency_key_is_answered()"
    )


def downgrade() -> None:
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.execute("DROP FUNCTION idempotency_key_is_answered()")
