"""Messages between guests and landlords, and the notification that one was received.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "login_code",
    "booking_held",
    "payment_failed",
    "booking_confirmed",
    "keys",
    "check_in_tomorrow",
    "check_in_today",
    "check_out_tomorrow",
    "stay_changed",
    "booking_cancelled",
    "refunded",
    "request_accepted",
    "request_declined",
    "review_request",
    "request_received",
    "new_booking",
    "stay_changed_to_landlord",
    "cancelled_to_landlord",
    "deposit_claim_open",
    "payout_sent",
    "iban_changed",
)
KINDS = (*OLD_KINDS, "message_received")


def upgrade() -> None:
    _kinds(KINDS)
    _threads()
    _messages()


def _kinds(values: tuple[str, ...]) -> None:
    """Written NOT VALID and then checked: nobody waits for the table to be read."""
    name = op.f("ck_notifications_kind_known")
    op.drop_constraint(name, "notifications", type_="check")
    condition = f"kind IN ({', '.join(repr(value) for value in values)})"
    op.create_check_constraint(name, "notifications", condition, postgresql_not_valid=True)
    op.execute(f"ALTER TABLE notifications VALIDATE CONSTRAINT {name}")


def _threads() -> None:
    op.create_table(
        "message_threads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("guest_id", sa.Uuid(), nullable=False),
        sa.Column("landlord_id", sa.Uuid(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("guest_id <> landlord_id", name=op.f("ck_message_threads_two_people")),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_message_threads_last_number_not_negative")),
        sa.ForeignKeyConstraint(["property_id"], ["properties.id"], name=op.f("fk_message_threads_property_id")),
        sa.ForeignKeyConstraint(["guest_id"], ["users.id"], name=op.f("fk_message_threads_guest_id")),
        sa.ForeignKeyConstraint(["landlord_id"], ["users.id"], name=op.f("fk_message_threads_landlord_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_threads")),
        sa.UniqueConstraint("property_id", "guest_id", name=op.f("uq_message_threads_property_id_guest_id")),
    )
    for side in ("guest_id", "landlord_id"):
        op.create_index(f"ix_message_threads_{side}", "message_threads", [side, sa.text("last_at DESC")])


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("is_masked", sa.Boolean(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("author IN ('guest', 'landlord')", name=op.f("ck_messages_author_known")),
        sa.CheckConstraint("channel IN ('web', 'api', 'telegram', 'whatsapp')", name=op.f("ck_messages_channel_known")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_messages_number_from_one")),
        sa.CheckConstraint("author_id <> recipient_id", name=op.f("ck_messages_two_people")),
        sa.CheckConstraint("client_key ~ '^[!-~]{8,128}$'", name=op.f("ck_messages_client_key_form")),
        sa.CheckConstraint("octet_length(body_sealed) BETWEEN 31 AND 8030", name=op.f("ck_messages_body_small")),
        sa.ForeignKeyConstraint(["thread_id"], ["message_threads.id"], name=op.f("fk_messages_thread_id")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_messages_author_id")),
        sa.ForeignKeyConstraint(["recipient_id"], ["users.id"], name=op.f("fk_messages_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("thread_id", "number", name=op.f("uq_messages_thread_id_number")),
        sa.UniqueConstraint("author_id", "client_key", name=op.f("uq_messages_author_id_client_key")),
    )
    op.create_index("ix_messages_unread", "messages", ["recipient_id"], postgresql_where=sa.text("read_at IS NULL"))
    op.create_index("ix_messages_author_id", "messages", ["author_id", "created_at"])
    op.create_index(
        "ix_messages_with_body", "messages", ["created_at"], postgresql_where=sa.text("body_sealed IS NOT NULL")
    )


def downgrade() -> None:
    """The older code knows no messages: what people wrote, and that they were told of it, goes."""
    op.drop_table("messages")
    op.drop_table("message_threads")
    op.execute("DELETE FROM notifications WHERE kind = 'message_received'")
    _kinds(OLD_KINDS)
