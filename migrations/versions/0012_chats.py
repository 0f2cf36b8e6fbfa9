"""Chats: whose they are, what we answer, who wants a human; what people write comes through the inbox in streams.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ENUMS = (
    ("inbox", "provider", ("kaspi", "twilio"), ("telegram", "whatsapp")),
    ("outbox", "kind", ("create_payment", "send_notification", "send_refund"), ("send_chat_reply",)),
)


def upgrade() -> None:
    for table, column, old, new in ENUMS:
        _allow(table, column, (*old, *new))
    op.add_column("inbox", sa.Column("stream", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(op.f("ck_inbox_stream_length"), "inbox", "octet_length(stream) = 32")
    op.create_index(
        "ix_inbox_stream",
        "inbox",
        ["stream", "received_at", "id"],
        unique=False,
        postgresql_where=sa.text("stream IS NOT NULL AND handled_at IS NULL AND dead_at IS NULL"),
    )
    _create_identities()
    _create_replies()
    _create_help_requests()


def downgrade() -> None:
    op.drop_table("help_requests")
    op.drop_table("chat_replies")
    op.drop_table("channel_identities")
    op.drop_index(
        "ix_inbox_stream",
        table_name="inbox",
        postgresql_where=sa.text("stream IS NOT NULL AND handled_at IS NULL AND dead_at IS NULL"),
    )
    op.drop_constraint(op.f("ck_inbox_stream_length"), "inbox", type_="check")
    op.drop_column("inbox", "stream")
    op.execute("DELETE FROM outbox WHERE kind = 'send_chat_reply'")
    op.execute("DELETE FROM inbox WHERE provider IN ('telegram', 'whatsapp')")
    for table, column, old, _new in ENUMS:
        _allow(table, column, old)


def _allow(table: str, column: str, values: tuple[str, ...]) -> None:
    name = f"ck_{table}_{column}_known"
    listed = ", ".join(f"'{value}'" for value in values)
    op.drop_constraint(op.f(name), table, type_="check")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed})) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def _create_identities() -> None:
    op.create_table(
        "channel_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("messenger", sa.Text(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address_token", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("messenger IN ('telegram', 'whatsapp')", name=op.f("ck_channel_identities_messenger_known")),
        sa.CheckConstraint("language IN ('ru', 'kk', 'en')", name=op.f("ck_channel_identities_language_known")),
        sa.CheckConstraint("octet_length(address_token) = 32", name=op.f("ck_channel_identities_address_token_length")),
        sa.CheckConstraint(
            "user_id IS NULL OR linked_at IS NOT NULL", name=op.f("ck_channel_identities_linked_has_moment")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_channel_identities_user_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_identities")),
        sa.UniqueConstraint("messenger", "address_token", name=op.f("uq_channel_identities_messenger_address_token")),
    )
    op.create_index("ix_channel_identities_user_id", "channel_identities", ["user_id"])


def _create_replies() -> None:
    op.create_table(
        "chat_replies",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sent_count", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.CheckConstraint("sent_count >= 0", name=op.f("ck_chat_replies_sent_count_not_negative")),
        sa.CheckConstraint("length(error_code) <= 64", name=op.f("ck_chat_replies_error_code_short")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["channel_identities.id"], name=op.f("fk_chat_replies_identity_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_replies")),
    )
    op.create_index("ix_chat_replies_identity_id", "chat_replies", ["identity_id", "id"])
    op.create_index("ix_chat_replies_created_at", "chat_replies", ["created_at"])


def _create_help_requests() -> None:
    op.create_table(
        "help_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.Column("question_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "answered_at IS NOT NULL OR num_nonnulls(answered_by, answer_sealed) = 0",
            name=op.f("ck_help_requests_answered_has_moment"),
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["channel_identities.id"], name=op.f("fk_help_requests_identity_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["users.id"], name=op.f("fk_help_requests_answered_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_requests")),
    )
    op.create_index(
        "ix_help_requests_open", "help_requests", ["asked_at"], postgresql_where=sa.text("answered_at IS NULL")
    )
    op.create_index("ix_help_requests_identity_id", "help_requests", ["identity_id"])
