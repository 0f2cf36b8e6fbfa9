"""Promises 1 and 8 in a size that every run can afford; `make drill` has the full ones and the controls."""

from __future__ import annotations

from app.models import Property
from tests.e2e.races import (
    DEADLOCKS,
    assert_one_winner,
    overlaps,
    race_for_one_flat,
    send_copies,
    signed_paid_callback,
)
from tests.e2e.test_booking_path import CONFIRMED, ledger_of
from tests.e2e.visitor import Visitor
from tests.factories import stay_in
from tests.live import Live
from tests.standins import PATIENCE, wait_until


def test_of_forty_guests_at_once_one_gets_the_flat(live: Live) -> None:
    before = live.one(DEADLOCKS)
    assert_one_winner(race_for_one_flat(live, 40))
    assert overlaps(live) == 0
    assert live.one(DEADLOCKS) == before


def test_a_hundred_copies_of_a_callback_are_one_payment(live: Live, guest: Visitor, flat: Property) -> None:
    reference = guest.hold(flat.id, stay_in(5))
    guest.wait_for_pay_link(reference)
    order_id = live.one(
        "SELECT p.id::text FROM payments p JOIN bookings b ON b.id = p.booking_id WHERE b.reference = %s", reference
    )
    body, headers = signed_paid_callback(live, order_id)
    before = live.one("SELECT count(*) FROM inbox WHERE provider = 'kaspi'")
    assert send_copies(live, body, headers, 100) == {200: 100}
    guest.wait_for_words(reference, CONFIRMED)
    wait_until(lambda: live.one("SELECT count(*) FROM inbox WHERE handled_at IS NULL") == 0, PATIENCE, "empty inbox")
    assert live.one("SELECT count(*) FROM inbox WHERE provider = 'kaspi'") == before + 1
    assert ledger_of(live, reference) == 0
    assert live.one("SELECT review_reason FROM payments WHERE id = %s", order_id) is None
