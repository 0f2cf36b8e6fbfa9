"""Rules that a row can state are stated by the database: one refused write for each CHECK, and for the overlap.

The list is complete by a test of its own: a new CHECK without a case here fails it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from psycopg import errors as pg
from sqlalchemy import select

from app.db import transaction
from app.domain.accounts import codes, sessions
from app.domain.idempotency import Answer, Asked, digest_of, once
from app.domain.inbox import store
from app.kit import clock
from app.models import InboxProvider, Notification, OutboxItem, Photo, Review, UserProfile
from tests import factories
from tests.domain import (
    aftercare_row_rules,
    chat_row_rules,
    message_row_rules,
    money_row_rules,
    reconciliation_row_rules,
    stay_row_rules,
)
from tests.domain.test_database_guards import connected

LONG = "repeat('x', 5000)"

CASES: dict[str, str] = {
    # --- places and flats ------------------------------------------------------------------------
    "ck_cities_names_complete": "UPDATE cities SET names = names - 'kk'",
    "ck_cities_names_in_complete": "UPDATE cities SET names_in = names_in - 'en'",
    "ck_cities_slug_form": "UPDATE cities SET slug = 'Almaty ' || id",
    "ck_districts_names_complete": "UPDATE districts SET names = names - 'ru'",
    "ck_districts_slug_form": "UPDATE districts SET slug = '-' || id",
    "ck_properties_status_known": "UPDATE properties SET status = 'secret'",
    "ck_properties_property_class_known": "UPDATE properties SET property_class = 'royal'",
    "ck_properties_cancellation_policy_known": "UPDATE properties SET cancellation_policy = 'never'",
    "ck_properties_has_russian_text": "UPDATE properties SET title = title - 'ru'",
    "ck_properties_slug_form": "UPDATE properties SET slug = '../etc'",
    "ck_properties_rooms_sensible": "UPDATE properties SET rooms = 0",
    "ck_properties_max_guests_sensible": "UPDATE properties SET max_guests = 41",
    "ck_properties_area_sensible": "UPDATE properties SET area_m2 = 7",
    "ck_properties_floor_in_building": "UPDATE properties SET floor = floors_total + 1",
    "ck_properties_base_price_sensible": "UPDATE properties SET base_price = 499",
    "ck_properties_weekend_price_sensible": "UPDATE properties SET weekend_price = 10000001",
    "ck_properties_cleaning_fee_sensible": "UPDATE properties SET cleaning_fee = -1",
    "ck_properties_nights_limits": "UPDATE properties SET min_nights = max_nights + 1",
    "ck_properties_cleaning_fits": "UPDATE properties SET cleaning_minutes = 121",
    "ck_properties_cleaning_not_negative": "UPDATE properties SET cleaning_minutes = -1",
    "ck_properties_rating_possible": "UPDATE properties SET rating_sum = 6, rating_count = 1",
    "ck_photos_position_not_negative": "UPDATE photos SET position = -1",
    "ck_photos_size_positive": "UPDATE photos SET width = 0",
    "ck_photos_key_form": "UPDATE photos SET key = '../../etc/passwd'",
    "ck_photos_blur_small": f"UPDATE photos SET blur = {LONG}",
    "ck_property_search_property_class_known": "UPDATE property_search SET property_class = 'royal'",
    "ck_property_search_score_not_negative": "UPDATE property_search SET score = -1",
    "ck_reviews_rating_1_to_5": "UPDATE reviews SET rating = 6",
    "ck_reviews_text_length": "UPDATE reviews SET text = ''",
    "ck_reviews_reply_length": "UPDATE reviews SET reply = '', replied_at = now()",
    "ck_reviews_reply_has_moment": "UPDATE reviews SET reply = 'Спасибо'",
    "ck_occupancies_kind_known": "UPDATE occupancies SET kind = 'party', booking_id = NULL",
    "ck_occupancies_booking_has_booking": "UPDATE occupancies SET booking_id = NULL",
    "ck_occupancies_during_half_open": "UPDATE occupancies SET during = tstzrange(lower(during), NULL)",
    # --- bookings --------------------------------------------------------------------------------
    "ck_bookings_status_known": "UPDATE bookings SET status = 'sold' WHERE status = 'confirmed'",
    "ck_bookings_channel_known": "UPDATE bookings SET channel = 'fax'",
    "ck_bookings_cancellation_policy_known": "UPDATE bookings SET cancellation_policy = 'never'",
    "ck_bookings_has_a_night": "UPDATE bookings SET check_out = check_in",
    "ck_bookings_check_out_after_check_in": "UPDATE bookings SET check_out_at = check_in_at",
    "ck_bookings_guests_sensible": "UPDATE bookings SET guests = 0",
    "ck_bookings_total_positive": "UPDATE bookings SET total = 0",
    "ck_bookings_only_held_expires": "UPDATE bookings SET hold_expires_at = NULL WHERE status = 'held'",
    "ck_bookings_hold_expires_later": "UPDATE bookings SET hold_expires_at = created_at WHERE status = 'held'",
    "ck_bookings_reference_form": "UPDATE bookings SET reference = 'AEIOU' || id",
    "ck_booking_events_to_status_known": "INSERT INTO booking_events (booking_id, to_status, actor_kind, reason, at)"
    " SELECT id, 'sold', 'guest', '', now() FROM bookings LIMIT 1",
    "ck_booking_events_from_status_known": "INSERT INTO booking_events"
    " (booking_id, from_status, to_status, actor_kind, reason, at)"
    " SELECT id, 'dreamt', 'held', 'guest', '', now() FROM bookings LIMIT 1",
    "ck_booking_events_actor_kind_known": "INSERT INTO booking_events (booking_id, to_status, actor_kind, reason, at)"
    " SELECT id, 'held', 'ghost', '', now() FROM bookings LIMIT 1",
    "ck_booking_events_is_a_change": "INSERT INTO booking_events"
    " (booking_id, from_status, to_status, actor_kind, reason, at)"
    " SELECT id, 'held', 'held', 'guest', '', now() FROM bookings LIMIT 1",
    # --- money -----------------------------------------------------------------------------------
    "ck_payments_status_known": "UPDATE payments SET status = 'maybe' WHERE status = 'new'",
    "ck_payments_review_reason_known": "UPDATE payments SET review_reason = 'odd'",
    "ck_payments_amount_positive": "UPDATE payments SET amount = 0",
    "ck_payments_created_known": "UPDATE payments SET status = 'created' WHERE status = 'new'",
    "ck_payments_paid_has_moment": "UPDATE payments SET paid_at = NULL WHERE status = 'paid'",
    "ck_payments_method_known": "UPDATE payments SET method = 'cash'",
    "ck_payments_phone_while_open": "UPDATE payments SET method = 'push', phone_sealed = 'x' WHERE status = 'paid'",
    "ck_payments_only_push_has_phone": "UPDATE payments SET pushed_at = now()",
    "ck_payments_poll_seconds_sensible": "UPDATE payments SET poll_seconds = 0",
    "ck_transactions_kind_known": "UPDATE transactions SET kind = 'stolen'",
    "ck_transactions_source_known": "UPDATE transactions SET source = 'rumour'",
    "ck_transactions_amount_not_negative": "UPDATE transactions SET amount = -1",
    "ck_ledger_entries_kind_known": "INSERT INTO ledger_entries (posting_id, kind, account, amount, booking_id, at)"
    " SELECT gen_random_uuid(), 'gift', 'kaspi_clearing', 1, id, now() FROM bookings LIMIT 1",
    "ck_ledger_entries_account_known": "INSERT INTO ledger_entries (posting_id, kind, account, amount, booking_id, at)"
    " SELECT gen_random_uuid(), 'payment_captured', 'pocket', 1, id, now() FROM bookings LIMIT 1",
    "ck_ledger_entries_amount_not_zero": "INSERT INTO ledger_entries"
    " (posting_id, kind, account, amount, booking_id, at)"
    " SELECT gen_random_uuid(), 'payment_captured', 'kaspi_clearing', 0, id, now() FROM bookings LIMIT 1",
    # --- people and keys -------------------------------------------------------------------------
    "ck_users_phone_token_length": "UPDATE users SET phone_token = 'short'",
    "ck_users_has_role": "UPDATE users SET roles = '{}'",
    "ck_users_roles_known": "UPDATE users SET roles = '{king}'",
    "ck_user_profiles_language_known": "UPDATE user_profiles SET language = 'de'",
    "ck_user_sessions_id_length": "UPDATE user_sessions SET id = 'short'",
    "ck_user_sessions_expires_later": "UPDATE user_sessions SET expires_at = created_at",
    "ck_user_sessions_device_length": f"UPDATE user_sessions SET device = {LONG}",
    "ck_login_codes_tries_at_most_five": "UPDATE login_codes SET tries = 6",
    "ck_login_codes_code_hash_length": "UPDATE login_codes SET code_hash = '123456'",
    "ck_login_codes_challenge_hash_length": "UPDATE login_codes SET challenge_hash = 'x'",
    "ck_login_codes_expires_later": "UPDATE login_codes SET expires_at = created_at",
    "ck_login_codes_language_known": "UPDATE login_codes SET language = 'de'",
    "ck_access_grants_window_not_empty": "UPDATE access_grants SET valid_until = valid_from",
    "ck_audit_entries_actor_kind_known": "INSERT INTO audit_entries"
    " (at, actor_kind, action, subject_kind, subject_id, details) VALUES (now(), 'ghost', 'a.b', 'x', '1', '{}')",
    "ck_audit_entries_action_form": "INSERT INTO audit_entries"
    " (at, actor_kind, action, subject_kind, subject_id, details) VALUES (now(), 'system', 'did it', 'x', '1', '{}')",
    "ck_audit_links_position_from_one": "INSERT INTO audit_links (entry_id, position, hash, chained_at)"
    " SELECT id, 0, sha256(''), now() FROM audit_entries LIMIT 1",
    "ck_audit_links_hash_length": "INSERT INTO audit_links (entry_id, position, hash, chained_at)"
    " SELECT id, 1, 'short', now() FROM audit_entries LIMIT 1",
    # --- work ------------------------------------------------------------------------------------
    "ck_outbox_kind_known": "UPDATE outbox SET kind = 'dance'",
    "ck_outbox_attempts_not_negative": "UPDATE outbox SET attempts = -1",
    "ck_outbox_done_or_dead": "UPDATE outbox SET done_at = now(), dead_at = now()",
    "ck_outbox_error_short": f"UPDATE outbox SET last_error = {LONG}",
    "ck_inbox_provider_known": "UPDATE inbox SET provider = 'stranger'",
    "ck_inbox_external_id_length": "UPDATE inbox SET external_id = ''",
    "ck_inbox_error_short": f"UPDATE inbox SET last_error = {LONG}",
    "ck_outbox_only_dead_dropped": "UPDATE outbox SET dropped_at = now(), dead_at = NULL",
    "ck_inbox_only_dead_dropped": "UPDATE inbox SET dropped_at = now(), dead_at = NULL",
    "ck_daily_reports_nothing_negative": "INSERT INTO daily_reports (day, bookings_made, bookings_cancelled,"
    " nights_sold, gross, refunds, occupancy, made_at) VALUES ('2027-01-01', 0, 0, 0, -1, 0, '[]', now())",
    "ck_notifications_kind_known": "UPDATE notifications SET kind = 'spam'",
    "ck_notifications_channel_known": "UPDATE notifications SET channel = 'pigeon'",
    "ck_notifications_status_known": "UPDATE notifications SET status = 'lost' WHERE status = 'pending'",
    "ck_notifications_language_known": "UPDATE notifications SET language = 'de'",
    "ck_notifications_sent_has_moment": "UPDATE notifications SET status = 'sent', sent_at = NULL",
    # --- keys of requests ------------------------------------------------------------------------
    "ck_idempotency_keys_key_form": "UPDATE idempotency_keys SET key = 'with space'",
    "ck_idempotency_keys_scope_form": "UPDATE idempotency_keys SET scope = 'Any Thing'",
    "ck_idempotency_keys_digest_length": "UPDATE idempotency_keys SET digest = 'short'",
    "ck_idempotency_keys_status_of_success": "UPDATE idempotency_keys SET status = 409",
    "ck_idempotency_keys_nothing_before_the_answer": "UPDATE idempotency_keys SET status = NULL",
    "ck_idempotency_keys_location_is_ours": "UPDATE idempotency_keys SET location = 'https://elsewhere'",
    "ck_notifications_pending_has_recipient": "UPDATE notifications"
    " SET status = 'pending', sent_at = NULL, user_id = NULL, address_sealed = NULL",
    "ck_notifications_refused_known": "UPDATE notifications SET refused = '{pigeon}'",
    "ck_notifications_parts_said_somewhere": "UPDATE notifications SET parts_said = 1",
    "ck_notifications_error_code_short": f"UPDATE notifications SET error_code = {LONG}",
    **stay_row_rules.CASES,
    **aftercare_row_rules.CASES,
    **money_row_rules.CASES,
    **reconciliation_row_rules.CASES,
    **message_row_rules.CASES,
    **chat_row_rules.CASES,
}
UNIQUE = {
    **stay_row_rules.UNIQUE,
    **money_row_rules.UNIQUE,
    **reconciliation_row_rules.UNIQUE,
    **aftercare_row_rules.UNIQUE,
    **message_row_rules.UNIQUE,
    **chat_row_rules.UNIQUE,
}


@pytest.fixture(scope="module")
def rows(web_app: Flask, database_url: str) -> None:
    """At least one row in every table that the cases touch."""
    moment = clock.now()
    with web_app.app_context(), transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        factories.make_property(session)
        paid = factories.make_paid_booking(session, prop, guest, factories.stay_in(5), now=moment)
        factories.make_hold(session, prop, guest, factories.stay_in(20), now=moment)
        sessions.open_session(session, guest, device="test", now=moment)
        codes.request_code(session, factories.new_phone(), language="ru", daily_cap=10_000, now=moment)
        store(session, InboxProvider.KASPI, f"row-rules-{uuid4()}", "{}", now=moment)
        session.add(Photo(property_id=prop.id, position=0, key="room-1", width=1600, height=1200, blur="data:,"))
        review = Review(
            booking_id=paid.id, property_id=prop.id, author_id=guest, rating=5, text="Тихо", created_at=moment
        )
        session.add(review)
        session.flush()
        asked = Asked(guest, "test.act", f"row-rules-{uuid4()}", digest_of("x"))
        once(session, asked, lambda: Answer(303, "/somewhere"), now=moment)
        stay_row_rules.make_rows(session, prop, guest, review.id, now=moment)
        other = factories.make_property(session).landlord_id
        aftercare_row_rules.make_rows(session, (prop.landlord_id, other), paid.id, now=moment)
        money_row_rules.make_rows(session, prop, now=moment)
        reconciliation_row_rules.make_rows(session, now=moment)
        message_row_rules.make_rows(session, prop, guest, now=moment)
        chat_row_rules.make_rows(session, guest, now=moment)
        session.flush()
        assert session.scalars(select(Notification).limit(1)).first()
        assert session.scalars(select(OutboxItem).limit(1)).first()
        assert session.scalars(select(UserProfile).limit(1)).first()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("name", CASES)
def test_the_database_refuses(database_url: str, name: str) -> None:
    with connected(database_url) as connection:
        with pytest.raises(pg.CheckViolation) as refused:
            connection.execute(CASES[name])
        assert refused.value.diag.constraint_name == name


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("name", UNIQUE)
def test_the_database_refuses_a_second_one(database_url: str, name: str) -> None:
    with connected(database_url) as connection:
        with pytest.raises(pg.UniqueViolation) as refused:
            connection.execute(UNIQUE[name])
        assert refused.value.diag.constraint_name == name


@pytest.mark.usefixtures("rows")
def test_at_most_one_price_rule_covers_a_night(database_url: str) -> None:
    """Rules that only touch are two; a rule of another flat may cover the same nights."""
    again = (
        "INSERT INTO price_rules (property_id, nights, price, name, created_at)"
        " SELECT {flat}, daterange({first}, {first} + 3), 9000, '', now() FROM price_rules r LIMIT 1"
    )
    other = "(SELECT max(id) FROM properties p WHERE p.id <> r.property_id)"
    with connected(database_url) as connection:
        connection.execute(again.format(flat="property_id", first="upper(nights)"))
        connection.execute(again.format(flat=other, first="lower(nights)"))
        with pytest.raises(pg.ExclusionViolation) as refused:
            connection.execute(again.format(flat="property_id", first="upper(nights) - 1"))
        assert refused.value.diag.constraint_name == "ex_price_rules_one_a_night"


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("name", ["ck_bookings_total_positive", "ck_payments_amount_positive", "ck_users_has_role"])
def test_control_without_the_check_the_same_write_goes_through(database_url: str, name: str) -> None:
    with connected(database_url) as connection:
        table = CASES[name].split()[1]
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        assert connection.execute(CASES[name]).rowcount > 0


def test_every_check_of_the_schema_has_a_case(database_url: str) -> None:
    with connected(database_url) as connection:
        found = connection.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        ).fetchall()
    assert sorted(row[0] for row in found) == sorted(CASES)


def block(connection: psycopg.Connection, property_id: int, begin: datetime, end: datetime) -> None:
    """A landlord's block written past all rules."""
    connection.execute(
        "INSERT INTO occupancies (property_id, kind, during, created_at)"
        " VALUES (%s, 'block', tstzrange(%s, %s), now())",
        (property_id, begin, end),
    )


def test_overlapping_time_is_refused_and_back_to_back_is_accepted(app: Flask, database_url: str, now: datetime) -> None:
    """Promise 2: raw SQL, no rule of ours in the way."""
    with transaction() as session:
        property_id = factories.make_property(session).id
    hour = timedelta(hours=1)
    begin, end = now + 24 * hour, now + 48 * hour
    with connected(database_url) as connection:
        block(connection, property_id, begin, end)
        block(connection, property_id, end, end + 5 * hour)
        block(connection, property_id, begin - 5 * hour, begin)
        for lower, upper in [
            (begin + hour, end - hour),
            (begin - hour, begin + timedelta(seconds=1)),
            (end - timedelta(microseconds=1), end + 20 * hour),
            (begin - 9 * hour, end + 9 * hour),
        ]:
            with pytest.raises(pg.ExclusionViolation) as refused, connection.transaction():
                block(connection, property_id, lower, upper)
            assert refused.value.diag.constraint_name == "ex_occupancies_no_overlap"


def test_another_flat_may_be_taken_at_the_same_time(app: Flask, database_url: str, now: datetime) -> None:
    """Promise 2: the exclusion is about one flat."""
    with transaction() as session:
        ids = [factories.make_property(session).id for _ in range(2)]
    with connected(database_url) as connection:
        for property_id in ids:
            block(connection, property_id, now, now + timedelta(days=1))


def test_control_without_the_constraint_the_overlap_goes_through(app: Flask, database_url: str, now: datetime) -> None:
    """Promise 2, control."""
    with transaction() as session:
        property_id = factories.make_property(session).id
    with connected(database_url) as connection:
        connection.execute("ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_no_overlap")
        for _ in range(2):
            block(connection, property_id, now, now + timedelta(days=1))
