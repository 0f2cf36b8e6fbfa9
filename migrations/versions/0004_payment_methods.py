"""Payments: how the guest pays, the phone a bill is pushed to, the provider's own times.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CREATED_BEFORE = "status <> 'created' OR (provider_id IS NOT NULL AND pay_url IS NOT NULL)"
CREATED_NOW = (
    "status <> 'created' OR (provider_id IS NOT NULL AND"
    " (method = 'push' OR pay_url IS NOT NULL OR qr_text IS NOT NULL))"
)
CHECKS = (
    ("method_known", "method IN ('link', 'qr', 'push')"),
    ("phone_while_open", "phone_sealed IS NULL OR status IN ('new', 'created')"),
    ("only_push_has_phone", "method = 'push' OR (phone_sealed IS NULL AND pushed_at IS NULL)"),
    ("poll_seconds_sensible", "poll_seconds BETWEEN 1 AND 3600"),
)


def upgrade() -> None:
    # The defaults stay: processes of the release before go on writing payments while this one rolls out.
    op.add_column("payments", sa.Column("method", sa.Text(), server_default="link", nullable=False))
    op.add_column("payments", sa.Column("phone_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("payments", sa.Column("pushed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("provider_expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("payments", sa.Column("poll_seconds", sa.SmallInteger(), server_default="5", nullable=False))
    for name, condition in CHECKS:
        _check(name, condition)
    op.drop_constraint(op.f("ck_payments_created_known"), "payments", type_="check")
    _check("created_known", CREATED_NOW)


def downgrade() -> None:
    # What has no link cannot be paid by the code of before: it ends, and is still asked about.
    op.execute("UPDATE payments SET status = 'expired' WHERE status = 'created' AND pay_url IS NULL")
    op.drop_constraint(op.f("ck_payments_created_known"), "payments", type_="check")
    _check("created_known", CREATED_BEFORE)
    for name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_payments_{name}"), "payments", type_="check")
    for column in ("poll_seconds", "provider_expires_at", "pushed_at", "phone_sealed", "method"):
        op.drop_column("payments", column)


def _check(name: str, condition: str) -> None:
    """Add a CHECK without holding the table while the rows that exist are read."""
    full = op.f(f"ck_payments_{name}")
    op.create_check_constraint(full, "payments", condition, postgresql_not_valid=True)
    op.execute(f"ALTER TABLE payments VALIDATE CONSTRAINT {full}")
