"""Writes that the tables of stays must refuse, one for each CHECK (see test_row_rules.py), and rows to try them on."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.domain.access import photos
from app.domain.actor import Actor
from app.domain.checkout import amendments, cancel
from app.kit import clock
from app.kit.pictures import Sized
from app.models import PriceRule, PromoCode, PromoRedemption, Property, ReviewPhoto, StayDiscount
from tests import factories

LONG = "repeat('x', 5000)"

CASES: dict[str, str] = {
    "ck_properties_included_guests_fit": "UPDATE properties SET included_guests = max_guests + 1",
    "ck_properties_extra_guest_price_sensible": "UPDATE properties SET extra_guest_price = -1",
    "ck_properties_one_night_surcharge_sensible": "UPDATE properties SET one_night_surcharge = 1000001",
    "ck_properties_deposit_sensible": "UPDATE properties SET deposit = -1",
    "ck_property_search_base_price_positive": "UPDATE property_search SET base_price = 0",
    "ck_property_prices_whole_ring": "UPDATE property_prices SET nightly = nightly[1:511]",
    "ck_property_prices_nightly_positive": "UPDATE property_prices SET nightly[7] = 0",
    "ck_property_prices_included_guests_sensible": "UPDATE property_prices SET included_guests = 0",
    "ck_property_prices_fees_not_negative": "UPDATE property_prices SET deposit = -1",
    "ck_property_prices_discounts_sensible": "UPDATE property_prices SET monthly_percent = 91",
    "ck_occupancies_amendment_has_booking": "UPDATE occupancies SET kind = 'block', booking_id = NULL"
    " WHERE amendment_id IS NOT NULL",
    "ck_bookings_only_requested_waits": "UPDATE bookings SET answer_by = now()",
    "ck_bookings_night_prices_positive": "UPDATE bookings SET night_prices = '{}'",
    "ck_access_grants_issue_positive": "UPDATE access_grants SET issue = 0",
    "ck_access_photos_at_most_six": "UPDATE access_photos SET position = 6",
    "ck_access_photos_size_positive": "UPDATE access_photos SET width = 0",
    "ck_access_photos_image_small": "UPDATE access_photos SET image_sealed = decode(repeat('00', 409631), 'hex')",
    "ck_access_instructions_mode_known": "UPDATE access_instructions SET mode = 'open'",
    # --- prices ----------------------------------------------------------------------------------
    "ck_price_rules_nights_finite": "UPDATE price_rules SET nights = daterange(lower(nights), NULL)",
    "ck_price_rules_price_sensible": "UPDATE price_rules SET price = 499, percent = NULL",
    "ck_price_rules_percent_sensible": "UPDATE price_rules SET price = NULL, percent = 0",
    "ck_price_rules_price_or_percent": "UPDATE price_rules SET price = 600, percent = 10",
    "ck_price_rules_says_something": "UPDATE price_rules SET price = NULL, percent = NULL, min_nights = NULL",
    "ck_price_rules_min_nights_sensible": "UPDATE price_rules SET min_nights = 1",
    "ck_price_rules_name_short": f"UPDATE price_rules SET name = {LONG}",
    "ck_stay_discounts_week_or_month": "UPDATE stay_discounts SET min_nights = 8",
    "ck_stay_discounts_percent_sensible": "UPDATE stay_discounts SET percent = 91",
    "ck_promo_codes_code_form": "UPDATE promo_codes SET code = 'лето'",
    "ck_promo_codes_percent_or_amount": "UPDATE promo_codes SET amount = 1000",
    "ck_promo_codes_percent_sensible": "UPDATE promo_codes SET percent = 91",
    "ck_promo_codes_amount_sensible": "UPDATE promo_codes SET percent = NULL, amount = 0",
    "ck_promo_codes_max_amount_of_percent": "UPDATE promo_codes SET percent = NULL, amount = 5, max_amount = 5",
    "ck_promo_codes_valid_some_time": "UPDATE promo_codes SET valid_until = valid_from",
    "ck_promo_codes_stays_some_time": "UPDATE promo_codes SET stay_from = '2027-01-02', stay_until = '2027-01-02'",
    "ck_promo_codes_uses_limit_positive": "UPDATE promo_codes SET uses_limit = 0",
    "ck_promo_codes_uses_per_guest_positive": "UPDATE promo_codes SET uses_per_guest = 0",
    "ck_promo_codes_min_nights_sensible": "UPDATE promo_codes SET min_nights = 0",
    "ck_promo_redemptions_amount_positive": "UPDATE promo_redemptions SET amount = 0",
    # --- changes, refunds, photos ----------------------------------------------------------------
    "ck_booking_amendments_kind_known": "ALTER TABLE booking_amendments"
    " DROP CONSTRAINT ck_booking_amendments_changes_check_out; UPDATE booking_amendments SET kind = 'swap'"
    " WHERE status = 'confirmed'",
    "ck_booking_amendments_status_known": "UPDATE booking_amendments SET status = 'lost', hold_expires_at = NULL"
    " WHERE status = 'held'",
    "ck_booking_amendments_actor_kind_known": "UPDATE booking_amendments SET actor_kind = 'ghost'",
    "ck_booking_amendments_changes_check_out": "UPDATE booking_amendments SET check_out = check_out_before",
    "ck_booking_amendments_only_held_expires": "UPDATE booking_amendments SET hold_expires_at = NULL"
    " WHERE status = 'held'",
    "ck_booking_amendments_only_extensions_are_held": "UPDATE booking_amendments"
    " SET status = 'expired', confirmed_at = NULL WHERE kind = 'shortening'",
    "ck_booking_amendments_extension_costs": "UPDATE booking_amendments SET total = 0 WHERE kind = 'extension'",
    "ck_booking_amendments_total_not_negative": "UPDATE booking_amendments SET total = -1 WHERE kind = 'shortening'",
    "ck_booking_amendments_night_prices_positive": "UPDATE booking_amendments SET night_prices = '{0}'",
    "ck_booking_amendments_confirmed_has_moment": "UPDATE booking_amendments SET confirmed_at = NULL"
    " WHERE status = 'confirmed'",
    "ck_refunds_cause_known": "UPDATE refunds SET cause = 'whim' WHERE amendment_id IS NULL",
    "ck_refunds_amount_positive": "UPDATE refunds SET amount = 0",
    "ck_refunds_shortening_has_amendment": "UPDATE refunds SET cause = 'shortened' WHERE amendment_id IS NULL",
    "ck_review_photos_at_most_six": "UPDATE review_photos SET position = 6",
    "ck_review_photos_size_positive": "UPDATE review_photos SET height = 0",
    "ck_review_photos_key_form": "UPDATE review_photos SET key = '../../etc/passwd'",
    "ck_review_photos_blur_small": f"UPDATE review_photos SET blur = {LONG}",
}

UNIQUE: dict[str, str] = {
    "uq_booking_amendments_held": "INSERT INTO booking_amendments (booking_id, kind, status, check_out_before,"
    " check_out, quote, night_prices, total, hold_expires_at, actor_kind, created_at)"
    " SELECT booking_id, kind, status, check_out_before, check_out, quote, night_prices, total, hold_expires_at,"
    " actor_kind, created_at FROM booking_amendments WHERE status = 'held' LIMIT 1",
    "uq_refunds_ending": "INSERT INTO refunds (id, booking_id, cause, amount, lines, created_at)"
    " SELECT gen_random_uuid(), booking_id, cause, amount, lines, created_at FROM refunds"
    " WHERE cause = 'cancelled_by_guest' LIMIT 1",
    "uq_refunds_amendment_id": "INSERT INTO refunds (id, booking_id, amendment_id, cause, amount, lines, created_at)"
    " SELECT gen_random_uuid(), booking_id, amendment_id, cause, amount, lines, created_at FROM refunds"
    " WHERE amendment_id IS NOT NULL LIMIT 1",
    "uq_access_photos_property_id_position": "INSERT INTO access_photos (id, property_id, position, image_sealed,"
    " width, height, created_at) SELECT gen_random_uuid(), property_id, position, image_sealed, width, height,"
    " created_at FROM access_photos LIMIT 1",
    "uq_promo_codes_code": "INSERT INTO promo_codes (code, percent, valid_from, valid_until, min_nights,"
    " first_booking_only, created_at) SELECT code, percent, valid_from, valid_until, min_nights, false, created_at"
    " FROM promo_codes LIMIT 1",
    "uq_review_photos_review_id_position": "INSERT INTO review_photos (review_id, position, key, width, height, blur)"
    " SELECT review_id, position, key, width, height, blur FROM review_photos LIMIT 1",
}
"""What may be there once: another such row is refused by the index of this name."""


def make_rows(session: Session, prop: Property, guest: UUID, review_id: int, *, now: datetime) -> None:
    """A row in every table of the cases: a stay that was shortened, one being extended, one cancelled; prices."""
    today = clock.local_date(now)
    ended = factories.make_paid_booking(session, prop, guest, factories.stay_in(60), now=now)
    cancel.cancel(session, ended.reference, actor=Actor.guest(guest), now=now)
    changed = factories.make_paid_booking(session, prop, guest, factories.stay_in(40, 5), now=now)
    amendments.shorten(session, changed.reference, today + timedelta(days=43), guest_id=guest, back_shown=None, now=now)
    amendments.extend(session, changed.reference, today + timedelta(days=45), guest_id=guest, total_shown=None, now=now)
    nights = Range(today + timedelta(days=100), today + timedelta(days=110))
    session.add(PriceRule(property_id=prop.id, nights=nights, price=20_000, name="Наурыз", created_at=now))
    session.add(StayDiscount(property_id=prop.id, min_nights=7, percent=10))
    code = PromoCode(
        code=f"ROWS-{prop.id}",
        percent=10,
        valid_from=now,
        valid_until=now + timedelta(days=1),
        min_nights=1,
        first_booking_only=False,
        created_at=now,
    )
    session.add(code)
    session.flush()
    session.add(
        PromoRedemption(booking_id=changed.id, promo_code_id=code.id, guest_id=guest, amount=100, created_at=now)
    )
    photos.add(session, prop.id, [Sized(b"picture", 1600, 1200)], now=now)
    session.add(ReviewPhoto(review_id=review_id, position=0, key="view-1", width=1600, height=1200, blur="data:,"))
