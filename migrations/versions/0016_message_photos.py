"""Photos in messages between guest and landlord, sealed.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_photos",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("image_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_message_photos_size_positive")),
        sa.CheckConstraint(
            "octet_length(image_sealed) BETWEEN 31 AND 409630", name=op.f("ck_message_photos_image_small")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_message_photos_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_message_photos")),
    )
    op.create_index("ix_message_photos_created_at", "message_photos", ["created_at"])


def downgrade() -> None:
    op.drop_table("message_photos")
