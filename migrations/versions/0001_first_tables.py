"""The tables behind the first booking: people, flats, availability, bookings, money, keys, work, audit.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


class Point(sa.types.UserDefinedType):  # type: ignore[type-arg]
    """PostgreSQL's `point`."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "point"


APPEND_ONLY = ("ledger_entries", "audit_entries", "booking_events")

FUNCTIONS = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE FUNCTION ledger_posting_balances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT sum(amount) FROM ledger_entries WHERE posting_id = NEW.posting_id) <> 0 THEN
            RAISE EXCEPTION 'posting % does not sum to zero', NEW.posting_id USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
)


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("action ~ '^[a-z_]+[.][a-z_]+$'", name=op.f("ck_audit_entries_action_form")),
        sa.CheckConstraint(
            "actor_kind IN ('guest', 'landlord', 'staff', 'system')", name=op.f("ck_audit_entries_actor_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_at", "audit_entries", ["at"], unique=False)
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "cities",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("names_in", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("location", Point(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("names ?& ARRAY['ru','kk','en']", name=op.f("ck_cities_names_complete")),
        sa.CheckConstraint("names_in ?& ARRAY['ru','kk','en']", name=op.f("ck_cities_names_in_complete")),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_cities_slug_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cities")),
        sa.UniqueConstraint("slug", name=op.f("uq_cities_slug")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("provider IN ('kaspi')", name=op.f("ck_inbox_provider_known")),
        sa.CheckConstraint("length(external_id) BETWEEN 1 AND 200", name=op.f("ck_inbox_external_id_length")),
        sa.CheckConstraint("length(last_error) <= 500", name=op.f("ck_inbox_error_short")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("provider", "external_id", name=op.f("uq_inbox_provider_external_id")),
    )
    op.create_index(
        "ix_inbox_due",
        "inbox",
        ["available_at"],
        unique=False,
        postgresql_where=sa.text("handled_at IS NULL AND dead_at IS NULL"),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "login_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_token", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("language IN ('ru', 'kk', 'en')", name=op.f("ck_login_codes_language_known")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_login_codes_expires_later")),
        sa.CheckConstraint("octet_length(challenge_hash) = 32", name=op.f("ck_login_codes_challenge_hash_length")),
        sa.CheckConstraint("octet_length(code_hash) = 32", name=op.f("ck_login_codes_code_hash_length")),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_login_codes_tries_at_most_five")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_codes")),
        sa.UniqueConstraint("challenge_hash", name=op.f("uq_login_codes_challenge_hash")),
    )
    op.create_index("ix_login_codes_created_at", "login_codes", ["created_at"], unique=False)
    op.create_index("ix_login_codes_phone_token", "login_codes", ["phone_token", "created_at"], unique=False)
    op.create_index(
        "uq_login_codes_live",
        "login_codes",
        ["phone_token"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL AND superseded_at IS NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('create_payment', 'send_notification')", name=op.f("ck_outbox_kind_known")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_outbox_attempts_not_negative")),
        sa.CheckConstraint("done_at IS NULL OR dead_at IS NULL", name=op.f("ck_outbox_done_or_dead")),
        sa.CheckConstraint("length(last_error) <= 500", name=op.f("ck_outbox_error_short")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_done_at", "outbox", ["done_at"], unique=False, postgresql_where=sa.text("done_at IS NOT NULL")
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["available_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_token", sa.LargeBinary(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("roles <@ ARRAY['guest','landlord','support','admin']", name=op.f("ck_users_roles_known")),
        sa.CheckConstraint("cardinality(roles) > 0", name=op.f("ck_users_has_role")),
        sa.CheckConstraint("octet_length(phone_token) = 32", name=op.f("ck_users_phone_token_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("phone_token", name=op.f("uq_users_phone_token")),
    )
    op.create_index("ix_users_phone", "users", ["phone_token"], unique=False, postgresql_using="hash")
    op.create_table(
        "districts",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("city_id", sa.SmallInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("location", Point(), nullable=False),
        sa.CheckConstraint("names ?& ARRAY['ru','kk','en']", name=op.f("ck_districts_names_complete")),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_districts_slug_form")),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_districts_city_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("city_id", "slug", name=op.f("uq_districts_city_id_slug")),
    )
    op.create_table(
        "user_profiles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('ru', 'kk', 'en')", name=op.f("ck_user_profiles_language_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_profiles_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_profiles")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_user_sessions_expires_later")),
        sa.CheckConstraint("length(device) <= 100", name=op.f("ck_user_sessions_device_length")),
        sa.CheckConstraint("octet_length(id) = 32", name=op.f("ck_user_sessions_id_length")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
    )
    op.create_index("ix_user_sessions_expires_at", "user_sessions", ["expires_at"], unique=False)
    op.create_index(
        "ix_user_sessions_user_id",
        "user_sessions",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "properties",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("landlord_id", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.SmallInteger(), nullable=False),
        sa.Column("district_id", sa.SmallInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("property_class", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("description", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("building", sa.Text(), nullable=False),
        sa.Column("location", Point(), nullable=False),
        sa.Column("rooms", sa.SmallInteger(), nullable=False),
        sa.Column("beds", sa.SmallInteger(), nullable=False),
        sa.Column("max_guests", sa.SmallInteger(), nullable=False),
        sa.Column("area_m2", sa.SmallInteger(), nullable=False),
        sa.Column("floor", sa.SmallInteger(), nullable=False),
        sa.Column("floors_total", sa.SmallInteger(), nullable=False),
        sa.Column("amenities", sa.BigInteger(), nullable=False),
        sa.Column("base_price", sa.BigInteger(), nullable=False),
        sa.Column("weekend_price", sa.BigInteger(), nullable=True),
        sa.Column("cleaning_fee", sa.BigInteger(), nullable=False),
        sa.Column("check_in_time", sa.Time(), nullable=False),
        sa.Column("check_out_time", sa.Time(), nullable=False),
        sa.Column("cleaning_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("self_check_in", sa.Boolean(), nullable=False),
        sa.Column("min_nights", sa.SmallInteger(), nullable=False),
        sa.Column("max_nights", sa.SmallInteger(), nullable=False),
        sa.Column("cancellation_policy", sa.Text(), nullable=False),
        sa.Column("rating_sum", sa.Integer(), nullable=False),
        sa.Column("rating_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "cancellation_policy IN ('flexible', 'moderate', 'strict')",
            name=op.f("ck_properties_cancellation_policy_known"),
        ),
        sa.CheckConstraint(
            "property_class IN ('economy', 'comfort', 'business', 'premium')",
            name=op.f("ck_properties_property_class_known"),
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_properties_slug_form")),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'published', 'paused', 'rejected', 'blocked')",
            name=op.f("ck_properties_status_known"),
        ),
        sa.CheckConstraint("title ? 'ru' AND description ? 'ru'", name=op.f("ck_properties_has_russian_text")),
        sa.CheckConstraint("area_m2 BETWEEN 8 AND 2000", name=op.f("ck_properties_area_sensible")),
        sa.CheckConstraint("base_price BETWEEN 500 AND 10000000", name=op.f("ck_properties_base_price_sensible")),
        sa.CheckConstraint("cleaning_fee BETWEEN 0 AND 1000000", name=op.f("ck_properties_cleaning_fee_sensible")),
        sa.CheckConstraint("cleaning_minutes >= 0", name=op.f("ck_properties_cleaning_not_negative")),
        sa.CheckConstraint(
            "extract(epoch FROM check_out_time) + cleaning_minutes * 60 <= extract(epoch FROM check_in_time)",
            name=op.f("ck_properties_cleaning_fits"),
        ),
        sa.CheckConstraint(
            "floor BETWEEN -2 AND floors_total AND floors_total <= 100", name=op.f("ck_properties_floor_in_building")
        ),
        sa.CheckConstraint("max_guests BETWEEN 1 AND 40", name=op.f("ck_properties_max_guests_sensible")),
        sa.CheckConstraint(
            "min_nights >= 1 AND max_nights BETWEEN min_nights AND 365", name=op.f("ck_properties_nights_limits")
        ),
        sa.CheckConstraint(
            "rating_sum BETWEEN rating_count AND 5 * rating_count", name=op.f("ck_properties_rating_possible")
        ),
        sa.CheckConstraint(
            "rooms BETWEEN 1 AND 20 AND beds BETWEEN 1 AND 40", name=op.f("ck_properties_rooms_sensible")
        ),
        sa.CheckConstraint("weekend_price BETWEEN 500 AND 10000000", name=op.f("ck_properties_weekend_price_sensible")),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_properties_city_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_properties_district_id")),
        sa.ForeignKeyConstraint(["landlord_id"], ["users.id"], name=op.f("fk_properties_landlord_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_properties")),
    )
    op.create_index("ix_properties_city_id", "properties", ["city_id"], unique=False)
    op.create_index("ix_properties_landlord_id", "properties", ["landlord_id"], unique=False)
    op.create_index("ix_properties_location", "properties", ["location"], unique=False, postgresql_using="gist")
    op.create_index("ix_properties_status", "properties", ["status"], unique=False)
    op.create_table(
        "access_instructions",
        sa.Column("property_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_access_instructions_property_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("property_id", name=op.f("pk_access_instructions")),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("guest_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("check_in", sa.Date(), nullable=False),
        sa.Column("check_out", sa.Date(), nullable=False),
        sa.Column("check_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("check_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guests", sa.SmallInteger(), nullable=False),
        sa.Column("quote", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("cancellation_policy", sa.Text(), nullable=False),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'held') = (hold_expires_at IS NOT NULL)", name=op.f("ck_bookings_only_held_expires")
        ),
        sa.CheckConstraint(
            "cancellation_policy IN ('flexible', 'moderate', 'strict')",
            name=op.f("ck_bookings_cancellation_policy_known"),
        ),
        sa.CheckConstraint("channel IN ('web', 'api', 'telegram', 'whatsapp')", name=op.f("ck_bookings_channel_known")),
        sa.CheckConstraint("reference ~ '^[2-9B-DF-HJ-NP-TV-XZ]{8}$'", name=op.f("ck_bookings_reference_form")),
        sa.CheckConstraint(
            "status IN ('requested', 'held', 'confirmed', 'checked_in', 'completed', 'no_show', 'expired', 'declined', 'cancelled_by_guest', 'cancelled_by_landlord', 'cancelled_by_staff')",
            name=op.f("ck_bookings_status_known"),
        ),
        sa.CheckConstraint("check_out > check_in", name=op.f("ck_bookings_has_a_night")),
        sa.CheckConstraint("check_out_at > check_in_at", name=op.f("ck_bookings_check_out_after_check_in")),
        sa.CheckConstraint("guests BETWEEN 1 AND 40", name=op.f("ck_bookings_guests_sensible")),
        sa.CheckConstraint("hold_expires_at > created_at", name=op.f("ck_bookings_hold_expires_later")),
        sa.CheckConstraint("total > 0", name=op.f("ck_bookings_total_positive")),
        sa.ForeignKeyConstraint(["guest_id"], ["users.id"], name=op.f("fk_bookings_guest_id")),
        sa.ForeignKeyConstraint(["property_id"], ["properties.id"], name=op.f("fk_bookings_property_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("reference", name=op.f("uq_bookings_reference")),
    )
    op.create_index("ix_bookings_dates", "bookings", ["check_in", "check_out"], unique=False)
    op.create_index("ix_bookings_guest_id", "bookings", ["guest_id", "check_in"], unique=False)
    op.create_index(
        "ix_bookings_to_check_in", "bookings", ["check_in_at"], postgresql_where=sa.text("status = 'confirmed'")
    )
    op.create_index(
        "ix_bookings_to_complete", "bookings", ["check_out_at"], postgresql_where=sa.text("status = 'checked_in'")
    )
    op.create_index(
        "ix_bookings_hold_expires_at",
        "bookings",
        ["hold_expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index("ix_bookings_property_id", "bookings", ["property_id", "check_in"], unique=False)
    op.create_table(
        "photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("blur", sa.Text(), nullable=False),
        sa.CheckConstraint("key ~ '^[a-z0-9-]{1,80}$'", name=op.f("ck_photos_key_form")),
        sa.CheckConstraint("length(blur) <= 600", name=op.f("ck_photos_blur_small")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_photos_position_not_negative")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_photos_size_positive")),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_photos_property_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("property_id", "position", name=op.f("uq_photos_property_id_position")),
    )
    op.create_table(
        "property_search",
        sa.Column("property_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("city_id", sa.SmallInteger(), nullable=False),
        sa.Column("district_id", sa.SmallInteger(), nullable=True),
        sa.Column("property_class", sa.Text(), nullable=False),
        sa.Column("rooms", sa.SmallInteger(), nullable=False),
        sa.Column("max_guests", sa.SmallInteger(), nullable=False),
        sa.Column("min_nights", sa.SmallInteger(), nullable=False),
        sa.Column("max_nights", sa.SmallInteger(), nullable=False),
        sa.Column("self_check_in", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("busy", postgresql.BIT(length=512), nullable=False),
        sa.CheckConstraint(
            "property_class IN ('economy', 'comfort', 'business', 'premium')",
            name=op.f("ck_property_search_property_class_known"),
        ),
        sa.CheckConstraint("score >= 0", name=op.f("ck_property_search_score_not_negative")),
        sa.ForeignKeyConstraint(
            ["property_id"], ["properties.id"], name=op.f("fk_property_search_property_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("property_id", name=op.f("pk_property_search")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_property_search_rating",
        "property_search",
        ["city_id", sa.literal_column("rating DESC"), "property_id"],
        unique=False,
        postgresql_where=sa.text("is_listed"),
    )
    op.create_index(
        "ix_property_search_recommended",
        "property_search",
        ["city_id", sa.literal_column("score DESC"), "property_id"],
        unique=False,
        postgresql_where=sa.text("is_listed"),
    )
    op.create_table(
        "access_grants",
        sa.Column("booking_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("codes_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_access_grants_window_not_empty")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_access_grants_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", name=op.f("pk_access_grants")),
    )
    op.create_index(
        "ix_access_grants_to_send",
        "access_grants",
        ["valid_from"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_table(
        "booking_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('guest', 'landlord', 'staff', 'system')", name=op.f("ck_booking_events_actor_kind_known")
        ),
        sa.CheckConstraint(
            "from_status IN ('requested', 'held', 'confirmed', 'checked_in', 'completed', 'no_show', 'expired', 'declined', 'cancelled_by_guest', 'cancelled_by_landlord', 'cancelled_by_staff')",
            name=op.f("ck_booking_events_from_status_known"),
        ),
        sa.CheckConstraint(
            "to_status IN ('requested', 'held', 'confirmed', 'checked_in', 'completed', 'no_show', 'expired', 'declined', 'cancelled_by_guest', 'cancelled_by_landlord', 'cancelled_by_staff')",
            name=op.f("ck_booking_events_to_status_known"),
        ),
        sa.CheckConstraint("from_status IS DISTINCT FROM to_status", name=op.f("ck_booking_events_is_a_change")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_events_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_events")),
    )
    op.create_index("ix_booking_events_booking_id", "booking_events", ["booking_id"], unique=False)
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("params_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_notifications_sent_has_moment")),
        sa.CheckConstraint("channel IN ('sms')", name=op.f("ck_notifications_channel_known")),
        sa.CheckConstraint(
            "kind IN ('login_code', 'booking_confirmed', 'keys')", name=op.f("ck_notifications_kind_known")
        ),
        sa.CheckConstraint("language IN ('ru', 'kk', 'en')", name=op.f("ck_notifications_language_known")),
        sa.CheckConstraint(
            "status <> 'pending' OR address_sealed IS NOT NULL", name=op.f("ck_notifications_pending_has_address")
        ),
        sa.CheckConstraint("status IN ('pending', 'sent', 'failed')", name=op.f("ck_notifications_status_known")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_notifications_booking_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("dedup_key", name=op.f("uq_notifications_dedup_key")),
    )
    op.create_index("ix_notifications_booking_id", "notifications", ["booking_id"], unique=False)
    op.create_index("ix_notifications_created_at", "notifications", ["created_at"], unique=False)
    op.create_table(
        "occupancies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("property_id"), "="), (sa.column("during"), "&&"), using="gist", name="ex_occupancies_no_overlap"
        ),
        sa.CheckConstraint(
            "(kind = 'booking') = (booking_id IS NOT NULL)", name=op.f("ck_occupancies_booking_has_booking")
        ),
        sa.CheckConstraint(
            "kind IN ('booking', 'block', 'maintenance', 'import')", name=op.f("ck_occupancies_kind_known")
        ),
        sa.CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during) AND lower_inc(during) AND NOT upper_inc(during)",
            name=op.f("ck_occupancies_during_half_open"),
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_occupancies_booking_id")),
        sa.ForeignKeyConstraint(["property_id"], ["properties.id"], name=op.f("fk_occupancies_property_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancies")),
    )
    op.create_index("ix_occupancies_booking_id", "occupancies", ["booking_id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("pay_url", sa.Text(), nullable=True),
        sa.Column("qr_text", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_payments_paid_has_moment")),
        sa.CheckConstraint(
            "review_reason IN ('wrong_amount', 'paid_twice', 'dates_taken', 'booking_closed', 'refunded_by_provider', 'mismatch')",
            name=op.f("ck_payments_review_reason_known"),
        ),
        sa.CheckConstraint(
            "status <> 'created' OR (provider_id IS NOT NULL AND pay_url IS NOT NULL)",
            name=op.f("ck_payments_created_known"),
        ),
        sa.CheckConstraint(
            "status IN ('new', 'created', 'paid', 'failed', 'expired')", name=op.f("ck_payments_status_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount_positive")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_payments_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_payments_provider_id")),
    )
    op.create_index("ix_payments_booking_id", "payments", ["booking_id"], unique=False)
    op.create_index(
        "ix_payments_next_poll_at",
        "payments",
        ["next_poll_at"],
        unique=False,
        postgresql_where=sa.text("next_poll_at IS NOT NULL"),
    )
    op.create_index(
        "ix_payments_review",
        "payments",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("review_reason IS NOT NULL"),
    )
    op.create_index(
        "uq_payments_open",
        "payments",
        ["booking_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('new','created')"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("property_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(reply IS NULL) = (replied_at IS NULL)", name=op.f("ck_reviews_reply_has_moment")),
        sa.CheckConstraint("length(reply) BETWEEN 1 AND 4000", name=op.f("ck_reviews_reply_length")),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 4000", name=op.f("ck_reviews_text_length")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_reviews_rating_1_to_5")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_reviews_author_id")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_reviews_booking_id")),
        sa.ForeignKeyConstraint(["property_id"], ["properties.id"], name=op.f("fk_reviews_property_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("booking_id", name=op.f("uq_reviews_booking_id")),
    )
    op.create_index(
        "ix_reviews_property_id", "reviews", ["property_id", sa.literal_column("created_at DESC")], unique=False
    )
    op.create_table(
        "transactions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('paid', 'failed', 'expired')", name=op.f("ck_transactions_kind_known")),
        sa.CheckConstraint("source IN ('callback', 'poll')", name=op.f("ck_transactions_source_known")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_transactions_amount_not_negative")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_transactions_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("external_id", name=op.f("uq_transactions_external_id")),
    )
    op.create_index("ix_transactions_payment_id", "transactions", ["payment_id"], unique=False)
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "account IN ('kaspi_clearing', 'guest_prepayments')", name=op.f("ck_ledger_entries_account_known")
        ),
        sa.CheckConstraint("kind IN ('payment_captured')", name=op.f("ck_ledger_entries_kind_known")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entries_amount_not_zero")),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_ledger_entries_booking_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_ledger_entries_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_ledger_entries_transaction_id")),
        sa.UniqueConstraint(
            "transaction_id", "kind", "account", name=op.f("uq_ledger_entries_transaction_id_kind_account")
        ),
    )
    op.create_index("ix_ledger_entries_booking_id", "ledger_entries", ["booking_id"], unique=False)
    op.create_index("ix_ledger_entries_posting_id", "ledger_entries", ["posting_id"], unique=False)
    for function in FUNCTIONS:
        op.execute(function)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_posting_balances()"
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_entries_posting_id", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_booking_id", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index("ix_transactions_payment_id", table_name="transactions")
    op.drop_table("transactions")
    op.drop_index("ix_reviews_property_id", table_name="reviews")
    op.drop_table("reviews")
    op.drop_index("uq_payments_open", table_name="payments", postgresql_where=sa.text("status IN ('new','created')"))
    op.drop_index("ix_payments_review", table_name="payments", postgresql_where=sa.text("review_reason IS NOT NULL"))
    op.drop_index("ix_payments_next_poll_at", table_name="payments")
    op.drop_index("ix_payments_booking_id", table_name="payments")
    op.drop_table("payments")
    op.drop_index("ix_occupancies_booking_id", table_name="occupancies")
    op.drop_table("occupancies")
    op.drop_index("ix_notifications_created_at", table_name="notifications")
    op.drop_index("ix_notifications_booking_id", table_name="notifications")
    op.drop_table("notifications")
    op.drop_index("ix_booking_events_booking_id", table_name="booking_events")
    op.drop_table("booking_events")
    op.drop_index(
        "ix_access_grants_to_send",
        table_name="access_grants",
        postgresql_where=sa.text("sent_at IS NULL AND revoked_at IS NULL"),
    )
    op.drop_table("access_grants")
    op.drop_index("ix_property_search_recommended", table_name="property_search", postgresql_where=sa.text("is_listed"))
    op.drop_index("ix_property_search_rating", table_name="property_search", postgresql_where=sa.text("is_listed"))
    op.drop_table("property_search")
    op.drop_table("photos")
    op.drop_index("ix_bookings_property_id", table_name="bookings")
    op.drop_index("ix_bookings_hold_expires_at", table_name="bookings", postgresql_where=sa.text("status = 'held'"))
    op.drop_index("ix_bookings_guest_id", table_name="bookings")
    op.drop_index("ix_bookings_dates", table_name="bookings")
    op.drop_table("bookings")
    op.drop_table("access_instructions")
    op.drop_index("ix_properties_status", table_name="properties")
    op.drop_index("ix_properties_location", table_name="properties", postgresql_using="gist")
    op.drop_index("ix_properties_landlord_id", table_name="properties")
    op.drop_index("ix_properties_city_id", table_name="properties")
    op.drop_table("properties")
    op.drop_index(
        "ix_user_sessions_user_id", table_name="user_sessions", postgresql_where=sa.text("revoked_at IS NULL")
    )
    op.drop_index("ix_user_sessions_expires_at", table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_table("user_profiles")
    op.drop_table("districts")
    op.drop_index("ix_users_phone", table_name="users", postgresql_using="hash")
    op.drop_table("users")
    op.drop_index("ix_outbox_due", table_name="outbox", postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"))
    op.drop_index("ix_outbox_done_at", table_name="outbox", postgresql_where=sa.text("done_at IS NOT NULL"))
    op.drop_table("outbox")
    op.drop_index(
        "uq_login_codes_live",
        table_name="login_codes",
        postgresql_where=sa.text("used_at IS NULL AND superseded_at IS NULL"),
    )
    op.drop_index("ix_login_codes_phone_token", table_name="login_codes")
    op.drop_index("ix_login_codes_created_at", table_name="login_codes")
    op.drop_table("login_codes")
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_index(
        "ix_inbox_due", table_name="inbox", postgresql_where=sa.text("handled_at IS NULL AND dead_at IS NULL")
    )
    op.drop_table("inbox")
    op.drop_table("cities")
    op.drop_index("ix_audit_entries_subject", table_name="audit_entries")
    op.drop_index("ix_audit_entries_at", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP FUNCTION ledger_posting_balances()")
