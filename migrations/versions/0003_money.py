"""Money: the accounts and events of the whole ledger, refunds that are sent, the sharing of what was paid.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEW_VALUES = {
    ("ledger_entries", "account"): (
        ("kaspi_clearing", "guest_prepayments"),
        (
            "bank",
            "kaspi_fees",
            "deposits",
            "refunds_payable",
            "landlord_payable",
            "payouts_in_transit",
            "platform_revenue",
        ),
    ),
    ("ledger_entries", "kind"): (
        ("payment_captured",),
        (
            "deposit_taken",
            "stay_earned",
            "refund_owed",
            "refund_paid",
            "provider_refunded",
            "deposit_claimed",
            "payout_sent",
            "payout_confirmed",
            "payout_returned",
            "kaspi_fee",
            "kaspi_settled",
        ),
    ),
    ("refunds", "cause"): (
        ("cancelled_by_guest", "cancelled_by_landlord", "cancelled_by_staff", "no_show", "shortened"),
        ("deposit", "paid_twice", "dates_taken", "booking_closed", "wrong_amount"),
    ),
}
"""Values an enum column knew, and those it learns."""

FILL = (
    """
    UPDATE payments p SET captured = t.taken
    FROM (SELECT payment_id, sum(amount) AS taken FROM transactions WHERE kind = 'paid' GROUP BY payment_id) AS t
    WHERE t.payment_id = p.id
    """,
    # What was paid is shared 24 hours after check-in, whatever became of the stay; those of the past at once.
    "UPDATE bookings SET settle_at = check_in_at + interval '24 hours' WHERE confirmed_at IS NOT NULL",
)

ENDINGS = "cause IN ('cancelled_by_guest','cancelled_by_landlord','cancelled_by_staff','no_show')"
STRAY = "cause IN ('paid_twice', 'dates_taken', 'booking_closed', 'wrong_amount')"


def _enum(table: str, column: str, values: tuple[str, ...]) -> None:
    name = f"ck_{table}_{column}_known"
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, f"{column} IN ({', '.join(repr(value) for value in values)})")


def upgrade() -> None:
    for (table, column), (old, new) in NEW_VALUES.items():
        _enum(table, column, old + new)
    _payments_and_bookings()
    _ledger()
    _refunds()
    for statement in FILL:
        op.execute(statement)


def _payments_and_bookings() -> None:
    op.add_column("payments", sa.Column("captured", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("payments", sa.Column("returned", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_check_constraint(
        op.f("ck_payments_returned_was_captured"), "payments", "0 <= returned AND returned <= captured"
    )
    op.add_column(
        "bookings", sa.Column("commission_percent", sa.SmallInteger(), server_default=sa.text("10"), nullable=False)
    )
    op.add_column("bookings", sa.Column("settle_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("bookings", sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_bookings_commission_sensible"), "bookings", "commission_percent BETWEEN 0 AND 50"
    )
    op.create_index(
        "ix_bookings_settle_at", "bookings", ["settle_at"], postgresql_where=sa.text("settle_at IS NOT NULL")
    )


def _ledger() -> None:
    op.alter_column("ledger_entries", "booking_id", nullable=True)
    op.add_column("ledger_entries", sa.Column("event_key", sa.Text(), nullable=True))
    op.add_column("ledger_entries", sa.Column("landlord_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_ledger_entries_landlord_id"), "ledger_entries", "users", ["landlord_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_ledger_entries_landlord_where_due"),
        "ledger_entries",
        "(account IN ('landlord_payable', 'payouts_in_transit')) = (landlord_id IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_ledger_entries_event_key_length"), "ledger_entries", "length(event_key) BETWEEN 1 AND 100"
    )
    op.create_unique_constraint(
        op.f("uq_ledger_entries_kind_event_key_account"), "ledger_entries", ["kind", "event_key", "account"]
    )
    op.create_index(
        "ix_ledger_entries_landlord_id",
        "ledger_entries",
        ["landlord_id", "at"],
        postgresql_where=sa.text("landlord_id IS NOT NULL"),
    )


def _refunds() -> None:
    op.add_column("refunds", sa.Column("transaction_id", sa.BigInteger(), nullable=True))
    op.add_column("refunds", sa.Column("status", sa.Text(), server_default=sa.text("'owed'"), nullable=False))
    op.add_column("refunds", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_refunds_transaction_id"), "refunds", "transactions", ["transaction_id"], ["id"])
    op.create_unique_constraint(op.f("uq_refunds_transaction_id"), "refunds", ["transaction_id"])
    op.create_check_constraint(op.f("ck_refunds_status_known"), "refunds", "status IN ('owed', 'by_bank', 'done')")
    op.create_check_constraint(
        op.f("ck_refunds_stray_money_has_transaction"), "refunds", f"({STRAY}) = (transaction_id IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_refunds_done_has_moment"), "refunds", "(status = 'done') = (done_at IS NOT NULL)"
    )
    op.drop_index("uq_refunds_ending", table_name="refunds")
    op.create_index("uq_refunds_ending", "refunds", ["booking_id"], unique=True, postgresql_where=sa.text(ENDINGS))
    op.create_index(
        "uq_refunds_deposit", "refunds", ["booking_id"], unique=True, postgresql_where=sa.text("cause = 'deposit'")
    )
    op.create_index("ix_refunds_open", "refunds", ["created_at"], postgresql_where=sa.text("status <> 'done'"))
    op.create_table(
        "refund_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("returnable_before", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'sent', 'done', 'refused', 'by_bank')", name=op.f("ck_refund_transfers_status_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_transfers_amount_positive")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_refund_transfers_attempts_not_negative")),
        sa.CheckConstraint("length(failure) <= 100", name=op.f("ck_refund_transfers_failure_short")),
        sa.CheckConstraint(
            "(status = 'refused') <= (failure IS NOT NULL)", name=op.f("ck_refund_transfers_refused_has_failure")
        ),
        sa.CheckConstraint(
            "(status IN ('done', 'by_bank')) = (done_at IS NOT NULL)", name=op.f("ck_refund_transfers_done_has_moment")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refund_transfers_payment_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_refund_transfers_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_transfers")),
    )
    op.create_index(
        "uq_refund_transfers_in_flight",
        "refund_transfers",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("status = 'sent'"),
    )
    op.create_index("ix_refund_transfers_refund_id", "refund_transfers", ["refund_id"])
    op.create_index("ix_refund_transfers_payment_id", "refund_transfers", ["payment_id"])
    op.create_index(
        "ix_refund_transfers_ask_at", "refund_transfers", ["ask_at"], postgresql_where=sa.text("ask_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_table("refund_transfers")
    op.drop_index("ix_refunds_open", table_name="refunds")
    op.drop_index("uq_refunds_deposit", table_name="refunds")
    op.drop_index("uq_refunds_ending", table_name="refunds")
    op.create_index(
        "uq_refunds_ending",
        "refunds",
        ["booking_id"],
        unique=True,
        postgresql_where=sa.text("amendment_id IS NULL"),
    )
    for name in ("done_has_moment", "stray_money_has_transaction", "status_known"):
        op.drop_constraint(op.f(f"ck_refunds_{name}"), "refunds", type_="check")
    for column in ("done_at", "status", "transaction_id"):
        op.drop_column("refunds", column)
    op.drop_index("ix_ledger_entries_landlord_id", table_name="ledger_entries")
    for name in ("event_key_length", "landlord_where_due"):
        op.drop_constraint(op.f(f"ck_ledger_entries_{name}"), "ledger_entries", type_="check")
    for column in ("landlord_id", "event_key"):
        op.drop_column("ledger_entries", column)
    op.alter_column("ledger_entries", "booking_id", nullable=False)
    op.drop_index("ix_bookings_settle_at", table_name="bookings")
    for column in ("frozen_at", "settle_at", "commission_percent"):
        op.drop_column("bookings", column)
    for column in ("returned", "captured"):
        op.drop_column("payments", column)
    for (table, column), (old, _) in NEW_VALUES.items():
        _enum(table, column, old)
