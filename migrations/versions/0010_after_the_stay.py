"""After the stay: accounts of landlords and their payouts, reported problems, deposits and claims on them.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FILL = (
    # Deposits that were taken before the ledger had an account for them: they are the guests', not prepayments.
    """
    WITH taken AS MATERIALIZED (
        SELECT DISTINCT ON (b.id) gen_random_uuid() AS posting_id, b.id AS booking_id, p.id AS payment_id, p.paid_at AS at,
            (SELECT sum((line ->> 'amount')::bigint) FROM jsonb_array_elements(b.quote) AS line
             WHERE line ->> 'kind' = 'deposit') AS amount
        FROM bookings b JOIN payments p ON p.booking_id = b.id AND p.amendment_id IS NULL AND p.captured > 0
        WHERE b.confirmed_at IS NOT NULL AND b.quote @> '[{"kind": "deposit"}]'
          AND NOT EXISTS (SELECT FROM ledger_entries l WHERE l.booking_id = b.id AND l.kind = 'deposit_taken')
        ORDER BY b.id, p.paid_at
    )
    INSERT INTO ledger_entries (posting_id, kind, event_key, account, amount, booking_id, payment_id, at)
    SELECT posting_id, 'deposit_taken', 'payment:' || payment_id, account, sign * amount, booking_id, payment_id, at
    FROM taken CROSS JOIN (VALUES ('guest_prepayments', 1), ('deposits', -1)) AS sides (account, sign)
    WHERE amount > 0
    """,
    """
    UPDATE bookings SET deposit_due_at = check_out_at + interval '48 hours'
    WHERE status = 'completed' AND quote @> '[{"kind": "deposit"}]'
    """,
)


def upgrade() -> None:
    op.add_column("bookings", sa.Column("deposit_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_bookings_deposit_due_at",
        "bookings",
        ["deposit_due_at"],
        postgresql_where=sa.text("deposit_due_at IS NOT NULL"),
    )
    _payouts()
    _aftercare()
    for statement in FILL:
        op.execute(statement)


def _payouts() -> None:
    op.create_table(
        "landlord_accounts",
        sa.Column("landlord_id", sa.Uuid(), nullable=False),
        sa.Column("holder_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tax_id_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("iban_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("iban_last4", sa.Text(), nullable=True),
        sa.Column("pending_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("pending_last4", sa.Text(), nullable=True),
        sa.Column("pending_usable_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("iban_last4 ~ '^[0-9A-Z]{4}$'", name=op.f("ck_landlord_accounts_last4_form")),
        sa.CheckConstraint("pending_last4 ~ '^[0-9A-Z]{4}$'", name=op.f("ck_landlord_accounts_pending_last4_form")),
        sa.CheckConstraint(
            "(iban_sealed IS NULL) = (iban_last4 IS NULL)", name=op.f("ck_landlord_accounts_iban_has_last4")
        ),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by IS NULL)", name=op.f("ck_landlord_accounts_verified_by_someone")
        ),
        sa.CheckConstraint(
            "iban_sealed IS NOT NULL OR pending_sealed IS NOT NULL", name=op.f("ck_landlord_accounts_has_an_iban")
        ),
        sa.CheckConstraint(
            "num_nulls(pending_sealed, pending_last4, pending_usable_from) IN (0, 3)",
            name=op.f("ck_landlord_accounts_pending_is_whole"),
        ),
        sa.ForeignKeyConstraint(["landlord_id"], ["users.id"], name=op.f("fk_landlord_accounts_landlord_id")),
        sa.ForeignKeyConstraint(["verified_by"], ["users.id"], name=op.f("fk_landlord_accounts_verified_by")),
        sa.PrimaryKeyConstraint("landlord_id", name=op.f("pk_landlord_accounts")),
    )
    op.create_table(
        "payout_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_sha256", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(exported_at IS NULL) = (file_sha256 IS NULL)", name=op.f("ck_payout_batches_exported_has_hash")
        ),
        sa.CheckConstraint("octet_length(file_sha256) = 32", name=op.f("ck_payout_batches_hash_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_batches")),
        sa.UniqueConstraint("day", name=op.f("uq_payout_batches_day")),
    )
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("landlord_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("holder_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tax_id_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("iban_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("iban_last4", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'confirmed') = (confirmed_at IS NOT NULL)", name=op.f("ck_payouts_confirmed_has_moment")
        ),
        sa.CheckConstraint(
            "(status = 'returned') = (returned_at IS NOT NULL)", name=op.f("ck_payouts_returned_has_moment")
        ),
        sa.CheckConstraint("iban_last4 ~ '^[0-9A-Z]{4}$'", name=op.f("ck_payouts_last4_form")),
        sa.CheckConstraint("return_reason ~ '^[a-z_]{1,40}$'", name=op.f("ck_payouts_reason_is_a_code")),
        sa.CheckConstraint(
            "status IN ('created', 'exported', 'confirmed', 'returned')", name=op.f("ck_payouts_status_known")
        ),
        sa.CheckConstraint(
            "(returned_at IS NULL) = (return_reason IS NULL)", name=op.f("ck_payouts_returned_has_reason")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payouts_amount_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["payout_batches.id"], name=op.f("fk_payouts_batch_id")),
        sa.ForeignKeyConstraint(["landlord_id"], ["users.id"], name=op.f("fk_payouts_landlord_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("batch_id", "landlord_id", name=op.f("uq_payouts_batch_id_landlord_id")),
    )
    op.create_index("ix_payouts_landlord_id", "payouts", ["landlord_id", "created_at"], unique=False)


def _aftercare() -> None:
    op.create_table(
        "staff_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('arrival_problem')", name=op.f("ck_staff_cases_kind_known")),
        sa.CheckConstraint(
            "num_nonnulls(closed_at, closed_by, outcome) = CASE state WHEN 'closed' THEN 3 ELSE 0 END",
            name=op.f("ck_staff_cases_closed_by_someone"),
        ),
        sa.CheckConstraint("outcome IN ('solved', 'unfounded', 'refunded')", name=op.f("ck_staff_cases_outcome_known")),
        sa.CheckConstraint(
            "reason IN ('no_entry', 'not_as_described', 'dirty', 'broken', 'unsafe', 'other')",
            name=op.f("ck_staff_cases_reason_known"),
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_staff_cases_state_known")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_staff_cases_booking_id")),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_staff_cases_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_cases")),
        sa.UniqueConstraint("booking_id", "kind", name=op.f("uq_staff_cases_booking_id_kind")),
    )
    op.create_index(
        "ix_staff_cases_open", "staff_cases", ["opened_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "deposit_claims",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("landlord_gets", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('damage', 'missing', 'cleaning', 'rules', 'other')", name=op.f("ck_deposit_claims_reason_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deposit_claims_amount_positive")),
        sa.CheckConstraint("landlord_gets BETWEEN 0 AND amount", name=op.f("ck_deposit_claims_gets_at_most_the_claim")),
        sa.CheckConstraint(
            "num_nulls(decided_at, decided_by, landlord_gets) IN (0, 3)",
            name=op.f("ck_deposit_claims_decided_by_someone"),
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_deposit_claims_booking_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_deposit_claims_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deposit_claims")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_deposit_claims_booking_id")),
    )
    op.create_index(
        "ix_deposit_claims_open",
        "deposit_claims",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "claim_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("blur", sa.Text(), nullable=False),
        sa.CheckConstraint("key ~ '^[a-z0-9-]{1,80}$'", name=op.f("ck_claim_photos_key_form")),
        sa.CheckConstraint("length(blur) <= 600", name=op.f("ck_claim_photos_blur_small")),
        sa.CheckConstraint("position BETWEEN 0 AND 5", name=op.f("ck_claim_photos_at_most_six")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_claim_photos_size_positive")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["deposit_claims.id"], name=op.f("fk_claim_photos_claim_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_photos")),
        sa.UniqueConstraint("claim_id", "position", name=op.f("uq_claim_photos_claim_id_position")),
        sa.UniqueConstraint("key", name=op.f("uq_claim_photos_key")),
    )


def downgrade() -> None:
    for table in ("claim_photos", "deposit_claims", "staff_cases", "payouts", "payout_batches", "landlord_accounts"):
        op.drop_table(table)
    op.drop_index("ix_bookings_deposit_due_at", table_name="bookings")
    op.drop_column("bookings", "deposit_due_at")
