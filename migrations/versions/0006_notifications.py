"""Notifications: the whole catalogue, channels, delivery status; Twilio's status callbacks in the inbox.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OLD_KINDS = (
    "login_code",
    "booking_confirmed",
    "keys",
    "request_received",
    "request_accepted",
    "request_declined",
    "booking_cancelled",
    "cancelled_to_landlord",
    "stay_changed",
    "review_request",
)
KINDS = (
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
VALUES: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]] = {
    ("notifications", "kind"): (OLD_KINDS, KINDS),
    ("notifications", "channel"): (("sms",), ("sms", "telegram", "whatsapp")),
    ("notifications", "status"): (
        ("pending", "sent", "failed"),
        ("pending", "sent", "delivered", "undelivered", "failed"),
    ),
    ("inbox", "provider"): (("kaspi",), ("kaspi", "twilio")),
}
"""The values that an enum column knew, and those it knows now."""

SENT_BEFORE = "(status = 'sent') = (sent_at IS NOT NULL)"
SENT_NOW = "(status IN ('sent', 'delivered', 'undelivered')) = (sent_at IS NOT NULL)"


def _check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _drop_check(table: str, name: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")


def _enum(table: str, column: str, values: tuple[str, ...]) -> None:
    _drop_check(table, f"{column}_known")
    _check(table, f"{column}_known", f"{column} IN ({', '.join(repr(value) for value in values)})")


def upgrade() -> None:
    op.add_column(
        "notifications", sa.Column("is_pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "notifications",
        sa.Column("refused", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("notifications", sa.Column("error_code", sa.Text(), nullable=True))
    op.add_column("notifications", sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("notifications", "language", existing_type=sa.Text(), nullable=True)
    for (table, column), (_, now) in VALUES.items():
        _enum(table, column, now)
    _drop_check("notifications", "sent_has_moment")
    _check("notifications", "sent_has_moment", SENT_NOW)
    _drop_check("notifications", "pending_has_address")
    _check(
        "notifications",
        "pending_has_recipient",
        "status <> 'pending' OR user_id IS NOT NULL OR (address_sealed IS NOT NULL AND language IS NOT NULL)",
    )
    _check("notifications", "refused_known", "refused <@ ARRAY['sms','telegram','whatsapp']")
    _check("notifications", "error_code_short", "length(error_code) <= 64")
    op.create_index(
        "ix_notifications_provider_id",
        "notifications",
        ["provider_id"],
        unique=False,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )


def downgrade() -> None:
    """The older code knows neither the new kinds nor people without a copied address: those rows go."""
    op.drop_index(
        "ix_notifications_provider_id",
        table_name="notifications",
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    for name in ("error_code_short", "refused_known", "pending_has_recipient", "sent_has_moment"):
        _drop_check("notifications", name)
    op.execute("DELETE FROM inbox WHERE provider = 'twilio'")
    kinds = ", ".join(repr(kind) for kind in OLD_KINDS)
    op.execute(f"DELETE FROM notifications WHERE kind NOT IN ({kinds}) OR channel <> 'sms'")
    op.execute("DELETE FROM notifications WHERE status = 'pending' AND address_sealed IS NULL")
    op.execute("UPDATE notifications SET status = 'sent' WHERE status IN ('delivered', 'undelivered')")
    op.execute("UPDATE notifications SET language = 'ru' WHERE language IS NULL")
    for (table, column), (before, _) in VALUES.items():
        _enum(table, column, before)
    _check("notifications", "sent_has_moment", SENT_BEFORE)
    _check("notifications", "pending_has_address", "status <> 'pending' OR address_sealed IS NOT NULL")
    op.alter_column("notifications", "language", existing_type=sa.Text(), nullable=False)
    for column in ("attempted_at", "error_code", "refused", "is_pinned"):
        op.drop_column("notifications", column)
