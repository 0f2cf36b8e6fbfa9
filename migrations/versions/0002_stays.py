"""Stays: price rules and rings, text and map search, requests, amendments, refunds, promo codes, review photos.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


class Point(sa.types.UserDefinedType):  # type: ignore[type-arg]
    """PostgreSQL's `point`."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "point"


NEW_VALUES = {
    ("outbox", "kind"): (("create_payment", "send_notification"), ("send_refund",)),
    ("notifications", "kind"): (
        ("login_code", "booking_confirmed", "keys"),
        (
            "request_received",
            "request_accepted",
            "request_declined",
            "booking_cancelled",
            "cancelled_to_landlord",
            "stay_changed",
            "review_request",
        ),
    ),
}
"""Values an enum column knew, and those it learns."""

CHECKS = (
    ("access_grants", "issue_positive", "issue >= 1"),
    ("access_instructions", "mode_known", "mode IN ('shared', 'per_booking')"),
    ("bookings", "only_requested_waits", "(status = 'requested') = (answer_by IS NOT NULL)"),
    ("bookings", "night_prices_positive", "cardinality(night_prices) >= 1 AND 0 < ALL (night_prices)"),
    ("occupancies", "amendment_has_booking", "amendment_id IS NULL OR booking_id IS NOT NULL"),
    ("properties", "included_guests_fit", "included_guests BETWEEN 1 AND max_guests"),
    ("properties", "extra_guest_price_sensible", "extra_guest_price BETWEEN 0 AND 1000000"),
    ("properties", "one_night_surcharge_sensible", "one_night_surcharge BETWEEN 0 AND 1000000"),
    ("properties", "deposit_sensible", "deposit BETWEEN 0 AND 10000000"),
    ("property_search", "base_price_positive", "base_price > 0"),
)

DEFAULTS = (
    ("access_grants", "issue"),
    ("access_instructions", "mode"),
    ("properties", "included_guests"),
    ("properties", "extra_guest_price"),
    ("properties", "one_night_surcharge"),
    ("properties", "deposit"),
    ("properties", "instant_booking"),
    ("property_search", "cut_off_minute"),
    ("property_search", "has_min_nights"),
    ("property_search", "instant_booking"),
    ("property_search", "amenities"),
    ("property_search", "base_price"),
    ("property_search", "position"),
    ("bookings", "night_prices"),
)
"""New columns that existing rows got a value for; new rows must say."""

FILL = (
    # Each night of a stay that exists costs what the lines of its quote say.
    """
    UPDATE bookings b SET night_prices = ARRAY(
        SELECT coalesce(CASE WHEN extract(isodow FROM night) IN (5, 6) THEN l.weekend END, l.ordinary, l.weekend)
        FROM generate_series(b.check_in, b.check_out - 1, interval '1 day') AS night ORDER BY night)
    FROM (SELECT id,
            (SELECT (e ->> 'unit_price')::int FROM jsonb_array_elements(quote) e WHERE e ->> 'kind' = 'nights') AS ordinary,
            (SELECT (e ->> 'unit_price')::int FROM jsonb_array_elements(quote) e
             WHERE e ->> 'kind' = 'weekend_nights') AS weekend
        FROM bookings) AS l
    WHERE l.id = b.id
    """,
    "UPDATE properties SET included_guests = max_guests",
    # Kilometres on the city's own map: the equirectangular projection of domain/search/geography.
    """
    UPDATE property_search s SET amenities = p.amenities, base_price = p.base_price,
        cut_off_minute = CASE WHEN s.self_check_in THEN 1439 ELSE 1200 END,
        position = point((p.location[0] - c.location[0]) * 111.320 * cos(radians(c.location[1])),
                         (p.location[1] - c.location[1]) * 110.574)
    FROM properties p JOIN cities c ON c.id = p.city_id WHERE p.id = s.property_id
    """,
    # The ring of prices: the night of day number n is element n mod 512 + 1 (day 1 is 1 January of the year 1).
    """
    INSERT INTO property_prices (property_id, nightly, one_night_surcharge, included_guests, extra_guest_price,
        weekly_percent, monthly_percent, cleaning_fee, deposit, priced_until)
    SELECT p.id, ARRAY(
            SELECT CASE WHEN extract(isodow FROM n.night) IN (5, 6) THEN coalesce(p.weekend_price, p.base_price)
                   ELSE p.base_price END::int
            FROM (SELECT current_date + i AS night, (current_date + i - date '0001-01-01' + 1) % 512 AS element
                  FROM generate_series(-6, 505) AS i) AS n
            ORDER BY n.element),
        0, p.max_guests, 0, 0, 0, p.cleaning_fee, 0, current_date + 506
    FROM properties p
    """,
    """
    INSERT INTO property_words (property_id, words)
    SELECT p.id, to_tsvector('simple', concat_ws(' ', p.title ->> 'ru', p.title ->> 'kk', p.title ->> 'en', p.street))
    FROM properties p
    """,
)
"""`flask search rebuild` writes the indexes as the product would."""


def _enum(table: str, column: str, values: tuple[str, ...]) -> None:
    name = f"ck_{table}_{column}_known"
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, f"{column} IN ({', '.join(repr(value) for value in values)})")


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "promo_codes",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("max_amount", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stay_from", sa.Date(), nullable=True),
        sa.Column("stay_until", sa.Date(), nullable=True),
        sa.Column("min_nights", sa.SmallInteger(), nullable=False),
        sa.Column("uses_limit", sa.BigInteger(), nullable=True),
        sa.Column("uses_per_guest", sa.SmallInteger(), nullable=True),
        sa.Column("first_booking_only", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code ~ '^[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ0-9-]{3,32}$'", name=op.f("ck_promo_codes_code_form")),
        sa.CheckConstraint("amount BETWEEN 1 AND 10000000", name=op.f("ck_promo_codes_amount_sensible")),
        sa.CheckConstraint(
            "max_amount IS NULL OR (max_amount > 0 AND percent IS NOT NULL)",
            name=op.f("ck_promo_codes_max_amount_of_percent"),
        ),
        sa.CheckConstraint("min_nights BETWEEN 1 AND 90", name=op.f("ck_promo_codes_min_nights_sensible")),
        sa.CheckConstraint("num_nonnulls(percent, amount) = 1", name=op.f("ck_promo_codes_percent_or_amount")),
        sa.CheckConstraint("percent BETWEEN 1 AND 90", name=op.f("ck_promo_codes_percent_sensible")),
        sa.CheckConstraint("stay_until > stay_from", name=op.f("ck_promo_codes_stays_some_time")),
        sa.CheckConstraint("uses_limit > 0", name=op.f("ck_promo_codes_uses_limit_positive")),
        sa.CheckConstraint("uses_per_guest > 0", name=op.f("ck_promo_codes_uses_per_guest_positive")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_promo_codes_valid_some_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_promo_codes_code")),
    )
    op.create_table(
        "price_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("nights", postgresql.DATERANGE(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.SmallInteger(), nullable=True),
        sa.Column("min_nights", sa.SmallInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("property_id"), "="),
            (sa.column("nights"), "&&"),
            using="gist",
            name="ex_price_rules_one_a_night",
        ),
        sa.CheckConstraint(
            "NOT isempty(nights) AND NOT lower_inf(nights) AND NOT upper_inf(nights)",
            name=op.f("ck_price_rules_nights_finite"),
        ),
        sa.CheckConstraint("length(name) <= 80", name=op.f("ck_price_rules_name_short")),
        sa.CheckConstraint("min_nights BETWEEN 2 AND 90", name=op.f("ck_price_rules_min_nights_sensible")),
        sa.CheckConstraint("num_nonnulls(price, percent) <= 1", name=op.f("ck_price_rules_price_or_percent")),
        sa.CheckConstraint("num_nonnulls(price, percent, min_nights) >= 1", name=op.f("ck_price_rules_says_something")),
        sa.CheckConstraint(
            "percent BETWEEN -90 AND 500 AND percent <> 0", name=op.f("ck_price_rules_percent_sensible")
        ),
        sa.CheckConstraint("price BETWEEN 500 AND 10000000", name=op.f("ck_price_rules_price_sensible")),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_price_rules_property_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_rules")),
    )
    op.create_table(
        "property_prices",
        sa.Column("property_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("nightly", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("one_night_surcharge", sa.BigInteger(), nullable=False),
        sa.Column("included_guests", sa.SmallInteger(), nullable=False),
        sa.Column("extra_guest_price", sa.BigInteger(), nullable=False),
        sa.Column("weekly_percent", sa.SmallInteger(), nullable=False),
        sa.Column("monthly_percent", sa.SmallInteger(), nullable=False),
        sa.Column("cleaning_fee", sa.BigInteger(), nullable=False),
        sa.Column("deposit", sa.BigInteger(), nullable=False),
        sa.Column("priced_until", sa.Date(), nullable=False),
        sa.CheckConstraint("0 < ALL (nightly)", name=op.f("ck_property_prices_nightly_positive")),
        sa.CheckConstraint(
            "array_length(nightly, 1) = 512 AND array_lower(nightly, 1) = 1", name=op.f("ck_property_prices_whole_ring")
        ),
        sa.CheckConstraint("included_guests >= 1", name=op.f("ck_property_prices_included_guests_sensible")),
        sa.CheckConstraint(
            "one_night_surcharge >= 0 AND extra_guest_price >= 0 AND cleaning_fee >= 0 AND deposit >= 0",
            name=op.f("ck_property_prices_fees_not_negative"),
        ),
        sa.CheckConstraint(
            "weekly_percent BETWEEN 0 AND 90 AND monthly_percent BETWEEN 0 AND 90",
            name=op.f("ck_property_prices_discounts_sensible"),
        ),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_property_prices_property_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("property_id", name=op.f("pk_property_prices")),
    )
    op.create_index("ix_property_prices_priced_until", "property_prices", ["priced_until"], unique=False)
    op.create_table(
        "property_words",
        sa.Column("property_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_property_words_property_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("property_id", name=op.f("pk_property_words")),
    )
    op.create_index(
        "ix_property_words_words",
        "property_words",
        ["words"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "known_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_known_words")),
    )
    op.create_index(
        "ix_known_words_word",
        "known_words",
        ["word"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.create_table(
        "stay_discounts",
        sa.Column("property_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("min_nights", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("min_nights IN (7, 28)", name=op.f("ck_stay_discounts_week_or_month")),
        sa.CheckConstraint("percent BETWEEN 1 AND 90", name=op.f("ck_stay_discounts_percent_sensible")),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_stay_discounts_property_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("property_id", "min_nights", name=op.f("pk_stay_discounts")),
    )
    op.create_table(
        "booking_amendments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("check_out_before", sa.Date(), nullable=False),
        sa.Column("check_out", sa.Date(), nullable=False),
        sa.Column("quote", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("night_prices", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'extension' AND check_out > check_out_before) OR (kind = 'shortening' AND check_out < check_out_before)",
            name=op.f("ck_booking_amendments_changes_check_out"),
        ),
        sa.CheckConstraint(
            "(status = 'confirmed') = (confirmed_at IS NOT NULL)",
            name=op.f("ck_booking_amendments_confirmed_has_moment"),
        ),
        sa.CheckConstraint(
            "(status = 'held') = (hold_expires_at IS NOT NULL)", name=op.f("ck_booking_amendments_only_held_expires")
        ),
        sa.CheckConstraint(
            "actor_kind IN ('guest', 'landlord', 'staff', 'system')",
            name=op.f("ck_booking_amendments_actor_kind_known"),
        ),
        sa.CheckConstraint(
            "kind = 'extension' OR status = 'confirmed'", name=op.f("ck_booking_amendments_only_extensions_are_held")
        ),
        sa.CheckConstraint("kind = 'shortening' OR total > 0", name=op.f("ck_booking_amendments_extension_costs")),
        sa.CheckConstraint("kind IN ('extension', 'shortening')", name=op.f("ck_booking_amendments_kind_known")),
        sa.CheckConstraint(
            "status IN ('held', 'confirmed', 'expired', 'cancelled')", name=op.f("ck_booking_amendments_status_known")
        ),
        sa.CheckConstraint(
            "cardinality(night_prices) >= 1 AND 0 < ALL (night_prices)",
            name=op.f("ck_booking_amendments_night_prices_positive"),
        ),
        sa.CheckConstraint("total >= 0", name=op.f("ck_booking_amendments_total_not_negative")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_amendments_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_amendments")),
    )
    op.create_index("ix_booking_amendments_booking_id", "booking_amendments", ["booking_id"], unique=False)
    op.create_index(
        "ix_booking_amendments_hold_expires_at",
        "booking_amendments",
        ["hold_expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index(
        "uq_booking_amendments_held",
        "booking_amendments",
        ["booking_id"],
        unique=True,
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_table(
        "promo_redemptions",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("promo_code_id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_promo_redemptions_amount_positive")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_promo_redemptions_booking_id")),
        sa.ForeignKeyConstraint(["guest_id"], ["users.id"], name=op.f("fk_promo_redemptions_guest_id")),
        sa.ForeignKeyConstraint(["promo_code_id"], ["promo_codes.id"], name=op.f("fk_promo_redemptions_promo_code_id")),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_promo_redemptions")),
    )
    op.create_index("ix_promo_redemptions_code", "promo_redemptions", ["promo_code_id", "guest_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("amendment_id", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(cause = 'shortened') = (amendment_id IS NOT NULL)", name=op.f("ck_refunds_shortening_has_amendment")
        ),
        sa.CheckConstraint(
            "cause IN ('cancelled_by_guest', 'cancelled_by_landlord', 'cancelled_by_staff', 'no_show', 'shortened')",
            name=op.f("ck_refunds_cause_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount_positive")),
        sa.ForeignKeyConstraint(["amendment_id"], ["booking_amendments.id"], name=op.f("fk_refunds_amendment_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_refunds_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("amendment_id", name=op.f("uq_refunds_amendment_id")),
    )
    op.create_index("ix_refunds_booking_id", "refunds", ["booking_id"], unique=False)
    op.create_index(
        "uq_refunds_ending", "refunds", ["booking_id"], unique=True, postgresql_where=sa.text("amendment_id IS NULL")
    )
    op.create_table(
        "review_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("blur", sa.Text(), nullable=False),
        sa.CheckConstraint("key ~ '^[a-z0-9-]{1,80}$'", name=op.f("ck_review_photos_key_form")),
        sa.CheckConstraint("length(blur) <= 600", name=op.f("ck_review_photos_blur_small")),
        sa.CheckConstraint("position BETWEEN 0 AND 5", name=op.f("ck_review_photos_at_most_six")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_review_photos_size_positive")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_review_photos_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_photos")),
        sa.UniqueConstraint("review_id", "position", name=op.f("uq_review_photos_review_id_position")),
    )
    op.add_column("access_grants", sa.Column("issue", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("access_grants", sa.Column("seen_issue", sa.SmallInteger(), nullable=True))
    op.add_column("access_instructions", sa.Column("mode", sa.Text(), server_default="shared", nullable=False))
    op.add_column("bookings", sa.Column("night_prices", sa.ARRAY(sa.Integer()), server_default="{1}", nullable=False))
    op.add_column("bookings", sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_bookings_answer_by",
        "bookings",
        ["answer_by"],
        unique=False,
        postgresql_where=sa.text("status = 'requested'"),
    )
    op.create_index(
        "ix_bookings_completed",
        "bookings",
        ["check_out_at"],
        unique=False,
        postgresql_where=sa.text("status = 'completed'"),
    )
    op.add_column("occupancies", sa.Column("amendment_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_occupancies_amendment_id",
        "occupancies",
        ["amendment_id"],
        unique=False,
        postgresql_where=sa.text("amendment_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_occupancies_amendment_id"), "occupancies", "booking_amendments", ["amendment_id"], ["id"]
    )
    op.add_column("payments", sa.Column("amendment_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_payments_amendment_id",
        "payments",
        ["amendment_id"],
        unique=False,
        postgresql_where=sa.text("amendment_id IS NOT NULL"),
    )
    op.create_foreign_key(op.f("fk_payments_amendment_id"), "payments", "booking_amendments", ["amendment_id"], ["id"])
    op.add_column("properties", sa.Column("included_guests", sa.SmallInteger(), server_default="1", nullable=False))
    op.add_column("properties", sa.Column("extra_guest_price", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("properties", sa.Column("one_night_surcharge", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("properties", sa.Column("deposit", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("properties", sa.Column("instant_booking", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("properties", sa.Column("cut_off_time", sa.Time(), nullable=True))
    op.add_column(
        "property_search", sa.Column("cut_off_minute", sa.SmallInteger(), server_default="1439", nullable=False)
    )
    op.add_column("property_search", sa.Column("has_min_nights", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("property_search", sa.Column("instant_booking", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("property_search", sa.Column("amenities", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("property_search", sa.Column("base_price", sa.BigInteger(), server_default="1", nullable=False))
    op.add_column("property_search", sa.Column("position", Point(), server_default="(0,0)", nullable=False))
    op.create_index(
        "ix_property_search_position",
        "property_search",
        ["city_id", "position"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("is_listed"),
    )
    op.create_index(
        "ix_property_search_price",
        "property_search",
        ["city_id", "base_price", "property_id"],
        unique=False,
        postgresql_where=sa.text("is_listed"),
    )
    op.execute("ALTER TABLE property_prices ALTER nightly SET STORAGE PLAIN")
    for statement in FILL:
        op.execute(statement)
    op.drop_column("property_search", "self_check_in")
    for table, column in DEFAULTS:
        op.alter_column(table, column, server_default=None)
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    for (table, column), (known, learned) in NEW_VALUES.items():
        _enum(table, column, known + learned)


def downgrade() -> None:
    for (table, column), (known, learned) in NEW_VALUES.items():
        op.execute(f"DELETE FROM {table} WHERE {column} IN ({', '.join(repr(value) for value in learned)})")
        _enum(table, column, known)
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.add_column("property_search", sa.Column("self_check_in", sa.Boolean(), server_default="true", nullable=False))
    op.execute(
        "UPDATE property_search s SET self_check_in = p.self_check_in FROM properties p WHERE p.id = s.property_id"
    )
    op.alter_column("property_search", "self_check_in", server_default=None)
    op.drop_index("ix_property_search_price", table_name="property_search", postgresql_where=sa.text("is_listed"))
    op.drop_index(
        "ix_property_search_position",
        table_name="property_search",
        postgresql_using="gist",
        postgresql_where=sa.text("is_listed"),
    )
    op.drop_column("property_search", "position")
    op.drop_column("property_search", "base_price")
    op.drop_column("property_search", "amenities")
    op.drop_column("property_search", "instant_booking")
    op.drop_column("property_search", "has_min_nights")
    op.drop_column("property_search", "cut_off_minute")
    op.drop_column("properties", "cut_off_time")
    op.drop_column("properties", "instant_booking")
    op.drop_column("properties", "deposit")
    op.drop_column("properties", "one_night_surcharge")
    op.drop_column("properties", "extra_guest_price")
    op.drop_column("properties", "included_guests")
    op.drop_constraint(op.f("fk_payments_amendment_id"), "payments", type_="foreignkey")
    op.drop_index(
        "ix_payments_amendment_id", table_name="payments", postgresql_where=sa.text("amendment_id IS NOT NULL")
    )
    op.drop_column("payments", "amendment_id")
    op.drop_constraint(op.f("fk_occupancies_amendment_id"), "occupancies", type_="foreignkey")
    op.drop_index(
        "ix_occupancies_amendment_id", table_name="occupancies", postgresql_where=sa.text("amendment_id IS NOT NULL")
    )
    op.execute("DELETE FROM occupancies WHERE amendment_id IS NOT NULL")
    op.drop_column("occupancies", "amendment_id")
    op.drop_index("ix_bookings_completed", table_name="bookings", postgresql_where=sa.text("status = 'completed'"))
    op.drop_index("ix_bookings_answer_by", table_name="bookings", postgresql_where=sa.text("status = 'requested'"))
    op.drop_column("bookings", "answer_by")
    op.drop_column("bookings", "night_prices")
    op.drop_column("access_instructions", "mode")
    op.drop_column("access_grants", "seen_issue")
    op.drop_column("access_grants", "issue")
    op.drop_table("review_photos")
    op.drop_index("uq_refunds_ending", table_name="refunds", postgresql_where=sa.text("amendment_id IS NULL"))
    op.drop_index("ix_refunds_booking_id", table_name="refunds")
    op.drop_table("refunds")
    op.drop_index("ix_promo_redemptions_code", table_name="promo_redemptions")
    op.drop_table("promo_redemptions")
    op.drop_index(
        "uq_booking_amendments_held", table_name="booking_amendments", postgresql_where=sa.text("status = 'held'")
    )
    op.drop_index(
        "ix_booking_amendments_hold_expires_at",
        table_name="booking_amendments",
        postgresql_where=sa.text("status = 'held'"),
    )
    op.drop_index("ix_booking_amendments_booking_id", table_name="booking_amendments")
    op.drop_table("booking_amendments")
    op.drop_table("stay_discounts")
    op.drop_index("ix_property_words_words", table_name="property_words", postgresql_using="gin")
    op.drop_table("property_words")
    op.drop_index("ix_known_words_word", table_name="known_words")
    op.drop_table("known_words")
    op.drop_table("property_prices")
    op.drop_table("price_rules")
    op.drop_table("promo_codes")
    op.execute("DROP EXTENSION pg_trgm")
