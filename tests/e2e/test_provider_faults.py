"""Kaspi, the worker or a message goes wrong on the way; the booking ends right all the same."""

from __future__ import annotations

from typing import Any

from app.jobs.queues import QueueName
from app.models import Property
from tests.e2e.test_booking_path import AWAITING, CONFIRMED, CREATING, ledger_of
from tests.e2e.visitor import Visitor
from tests.factories import stay_in
from tests.live import Live
from tests.standins import PATIENCE, wait_until


def test_a_lost_callback_is_found_by_asking(live: Live, guest: Visitor, flat: Property) -> None:
    live.standins.set_faults(callback_lost=True)
    reference = guest.hold(flat.id, stay_in(5))
    live.standins.pay(guest.wait_for_pay_link(reference))
    guest.wait_for_words(reference, CONFIRMED)
    source = live.one(
        "SELECT t.source FROM transactions t JOIN payments p ON p.id = t.payment_id JOIN bookings b"
        " ON b.id = p.booking_id WHERE b.reference = %s",
        reference,
    )
    assert source == "poll"
    assert ledger_of(live, reference) == 0


def test_a_repeated_callback_counts_once(live: Live, guest: Visitor, flat: Property) -> None:
    live.standins.set_faults(callback_copies=10)
    reference = guest.hold(flat.id, stay_in(5))
    live.standins.pay(guest.wait_for_pay_link(reference))
    guest.wait_for_words(reference, CONFIRMED)
    wait_until(lambda: all_delivered(live, reference), PATIENCE, "delivery of all ten")
    assert ledger_of(live, reference) == 0
    wait_until(lambda: live.standins.sms_to(guest.phone), PATIENCE, "confirmation")
    live.run_job("app.jobs.housekeeping.sweep_inbox", QueueName.DEFAULT)
    assert len(live.standins.sms_to(guest.phone)) == 1


def all_delivered(live: Live, reference: str) -> bool:
    """Has Kaspi handed over every callback about this booking?"""
    return all(sent["state"] == "delivered" for sent in deliveries(live, reference))


def deliveries(live: Live, reference: str) -> list[dict[str, Any]]:
    """Kaspi's callbacks about this booking."""
    order_id = live.one(
        "SELECT p.id::text FROM payments p JOIN bookings b ON b.id = p.booking_id WHERE b.reference = %s", reference
    )
    return list(live.standins.payment(order_id)["callbacks"])


def test_an_older_refusal_that_comes_after_the_money_changes_nothing(
    live: Live, guest: Visitor, flat: Property
) -> None:
    live.standins.set_faults(callback_out_of_order=True)
    reference = guest.hold(flat.id, stay_in(5))
    live.standins.pay(guest.wait_for_pay_link(reference))
    guest.wait_for_words(reference, CONFIRMED)
    wait_until(lambda: all_delivered(live, reference), PATIENCE, "delivery of both")
    assert CONFIRMED in guest.checkout(reference).text
    assert ledger_of(live, reference) == 0


def test_a_forged_callback_is_refused_and_asking_finds_the_truth(live: Live, guest: Visitor, flat: Property) -> None:
    live.standins.set_faults(callback_forged=True)
    reference = guest.hold(flat.id, stay_in(5))
    live.standins.pay(guest.wait_for_pay_link(reference))
    wait_until(lambda: refusals(live, reference), PATIENCE, "refusal")
    live.sql("UPDATE payments SET next_poll_at = now() WHERE next_poll_at IS NOT NULL")
    live.run_job("app.jobs.payments.poll_open")
    guest.wait_for_words(reference, CONFIRMED)
    assert ledger_of(live, reference) == 0


def refusals(live: Live, reference: str) -> bool:
    """Has the portal refused a callback about this booking?"""
    return any(sent["last_answer"] == "HTTP 401" for sent in deliveries(live, reference))


def test_a_worker_that_was_away_while_paying_catches_up(live: Live, guest: Visitor, flat: Property) -> None:
    reference = guest.hold(flat.id, stay_in(5))
    pay_url = guest.wait_for_pay_link(reference)
    live.worker.stop()
    try:
        live.standins.pay(pay_url)
        wait_until(lambda: all_delivered(live, reference), PATIENCE, "callback that was taken")
        assert AWAITING in guest.checkout(reference).text
    finally:
        live.worker.start()
    guest.wait_for_words(reference, CONFIRMED)
    assert ledger_of(live, reference) == 0


def test_while_kaspi_is_away_the_page_waits_and_then_goes_on(live: Live, guest: Visitor, flat: Property) -> None:
    live.standins.set_faults(create_500="before")
    reference = guest.hold(flat.id, stay_in(5))
    wait_until(lambda: has_failed(live, reference), PATIENCE, "attempt to create the invoice")
    waiting = guest.checkout(reference)
    assert CREATING in waiting.text
    assert "pay" not in waiting.ids
    live.standins.set_faults()
    live.standins.pay(guest.wait_for_pay_link(reference))
    guest.wait_for_words(reference, CONFIRMED)


def test_an_invoice_that_was_made_although_kaspi_answered_with_an_error_is_the_only_one(
    live: Live, guest: Visitor, flat: Property
) -> None:
    live.standins.set_faults(create_500="after")
    reference = guest.hold(flat.id, stay_in(5))
    wait_until(lambda: has_failed(live, reference), PATIENCE, "attempt to create the invoice")
    live.standins.set_faults()
    live.standins.pay(guest.wait_for_pay_link(reference))
    guest.wait_for_words(reference, CONFIRMED)
    assert ledger_of(live, reference) == 0


def has_failed(live: Live, reference: str) -> bool:
    """Has creating the invoice failed, at least once?"""
    ((error,),) = live.sql(
        "SELECT o.last_error FROM outbox o JOIN payments p ON p.id::text = o.subject_id JOIN bookings b"
        " ON b.id = p.booking_id WHERE b.reference = %s",
        reference,
    )
    return error is not None
