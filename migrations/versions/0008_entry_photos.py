"""Entry instructions with photos: sealed pictures of the way in.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("image_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("caption_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 5", name=op.f("ck_access_photos_at_most_six")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_access_photos_size_positive")),
        sa.CheckConstraint(
            "octet_length(image_sealed) BETWEEN 31 AND 409630", name=op.f("ck_access_photos_image_small")
        ),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_access_photos_property_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_photos")),
        sa.UniqueConstraint(
            "property_id",
            "position",
            name=op.f("uq_access_photos_property_id_position"),
            deferrable=True,
            initially="IMMEDIATE",
        ),
    )


def downgrade() -> None:
    op.drop_table("access_photos")
