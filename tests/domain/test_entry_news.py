"""3-domain, "Access codes": who hears when the way into a flat changes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import transaction
from app.domain.access import grants
from app.domain.access.details import AccessDetails, BookingCodes
from app.domain.actor import Actor
from app.domain.checkout import cancel as cancelling
from app.domain.hosting import entry
from app.models import AccessGrant, AccessInstructions, CodeMode, Notification
from tests import factories
from tests.domain.entries import MORNING, change, entries_about
from tests.domain.stays import Paid, audited, paid_stay


def sent(paid: Paid) -> int:
    with transaction() as session:
        keys = select(func.count()).where(Notification.booking_id == paid.id, Notification.kind == "keys")
        return session.scalar(keys) or 0


@pytest.mark.parametrize("field", ["intercom", "key_safe", "smart_lock", "wifi_password"])
def test_a_changed_shared_code_is_told_once_to_guests_whose_keys_are_open(app: Flask, field: str) -> None:
    paid = paid_stay(now=MORNING)
    assert change(paid, {field: "НОВЫЙ77"}) == 1
    with transaction() as session:
        row = session.get_one(AccessGrant, paid.id)
        assert (row.issue, row.seen_issue) == (2, None)
        assert audited(session, "access.reissued", paid.id) == 1
        grants.send_due(session, now=paid.check_in_at, limit=10_000)
    assert sent(paid) == 1
    with transaction() as session:
        shown = grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_in_at)
        assert getattr(shown, field) == "НОВЫЙ77"
        assert session.get_one(AccessGrant, paid.id).seen_issue == 2


def test_guests_whose_keys_are_not_open_get_the_new_codes_when_they_are(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    assert change(paid, {"key_safe": "7070"}, days_before=3) == 0
    assert sent(paid) == 0
    with transaction() as session:
        assert session.get_one(AccessGrant, paid.id).issue == 1
        grants.send_due(session, now=paid.check_in_at, limit=10_000)
        assert grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_in_at).key_safe == "7070"
    assert sent(paid) == 1


@pytest.mark.parametrize("field", ["floor", "apartment", "wifi_name", "directions", "directions_en"])
def test_directions_and_the_like_are_changed_without_a_message(app: Flask, field: str) -> None:
    """They are on the booking page; nobody stands before a closed door because of them."""
    paid = paid_stay(now=MORNING)
    assert change(paid, {field: "иначе"}) == 0
    assert sent(paid) == 0


def test_a_guest_with_codes_of_their_own_hears_only_of_what_concerns_them(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        session.get_one(AccessGrant, paid.id).codes = BookingCodes(smart_lock="112233").model_dump_json()
    assert change(paid, {"smart_lock": "НОВЫЙ77"}) == 0
    assert change(paid, {"smart_lock": "НОВЫЙ77", "intercom": "НОВЫЙ78"}) == 1
    with transaction() as session:
        shown = grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_in_at)
        assert (shown.smart_lock, shown.intercom) == ("112233", "НОВЫЙ78")


def test_nobody_hears_of_other_codes_after_the_stay_or_a_cancellation(app: Flask) -> None:
    over, cancelled = paid_stay(now=MORNING), paid_stay(now=MORNING)
    with transaction() as session:
        cancelling.cancel(session, cancelled.reference, actor=Actor.guest(cancelled.guest), now=MORNING)
    assert change(cancelled, {"key_safe": "7070"}) == 0
    assert change(over, {"key_safe": "7070"}, days_before=-5) == 0


def test_one_code_for_all_becomes_a_code_per_booking_for_later_bookings_alone(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    change(paid, mode=CodeMode.PER_BOOKING, days_before=5)
    with transaction() as session:
        assert session.get_one(AccessInstructions, paid.flat).mode == CodeMode.PER_BOOKING
        assert session.get_one(AccessGrant, paid.id).codes is None
        shown = grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_in_at)
        assert shown == factories.CODES


def test_a_flat_without_instructions_gets_them_and_its_guests_hear(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        session.delete(session.get_one(AccessInstructions, paid.flat))
    with transaction() as session:
        found = entry.reveal(session, paid.flat, landlord_id=paid.landlord, now=MORNING)
        assert found.details == AccessDetails()
    assert entries_about(paid) == [], "there was nothing to see"
    assert change(paid) == 1
