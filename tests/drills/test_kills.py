"""kill -9 of every process in the middle of a booking: it ends right, the guest is charged once, the ledger is zero."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from app.models import Property
from tests.e2e.test_booking_path import CONFIRMED, ledger_of
from tests.e2e.visitor import Visitor
from tests.factories import stay_in
from tests.live import Live, Process
from tests.standins import PATIENCE, wait_until

pytestmark = pytest.mark.drill

RECOVERY = 120.0
"""Seconds after the restart within which everything must have its effect (promise 15)."""


def restart_after(kill: Callable[[], None], process: Process, live: Live) -> None:
    """Kill a process and start it again, as its supervisor would."""
    kill()
    process.start()
    live.wait_until_ready()


def assert_charged_once(live: Live, reference: str) -> None:
    """Kaspi took the money once, and the ledger has it once."""
    orders = [
        order
        for (order,) in live.sql(
            "SELECT p.id::text FROM payments p JOIN bookings b ON b.id = p.booking_id WHERE b.reference = %s", reference
        )
    ]
    paid = [payment for payment in live.standins.payments() if payment["order_id"] in orders]
    assert [payment["status"] for payment in paid] == ["paid"]
    assert ledger_of(live, reference) == 0


def work_in_hand(live: Live, kind: str) -> bool:
    """Has the worker claimed an outbox item of this kind that is not done?"""
    statement = "SELECT count(*) FROM outbox WHERE kind = %s AND attempts > 0 AND done_at IS NULL AND dead_at IS NULL"
    return bool(live.one(statement, kind))


@pytest.mark.parametrize("moment", ["after the hold", "after the invoice", "while the callback comes"])
def test_the_web_process_is_killed(live: Live, guest: Visitor, flat: Property, moment: str) -> None:
    reference = guest.hold(flat.id, stay_in(5))
    if moment == "after the hold":
        restart_after(live.web.kill, live.web, live)
    pay_url = guest.wait_for_pay_link(reference)
    if moment == "after the invoice":
        restart_after(live.web.kill, live.web, live)
    if moment == "while the callback comes":
        live.web.kill()
        live.standins.pay(pay_url)
        live.web.start()
        live.wait_until_ready()
    else:
        live.standins.pay(pay_url)
    guest.wait_for_words(reference, CONFIRMED, RECOVERY)
    assert_charged_once(live, reference)


@pytest.mark.parametrize("is_parent_alone", [False, True], ids=["with its child", "the parent alone"])
def test_the_worker_is_killed_while_kaspi_makes_the_invoice(
    live: Live, guest: Visitor, flat: Property, is_parent_alone: bool
) -> None:
    live.standins.set_faults(hang_seconds=60)  # makes it at once and says nothing: it is in hand until we kill
    reference = guest.hold(flat.id, stay_in(5))
    wait_until(lambda: work_in_hand(live, "create_payment"), PATIENCE, "worker that asks Kaspi")
    restart_after(live.worker.kill_alone if is_parent_alone else live.worker.kill, live.worker, live)
    live.standins.set_faults()
    live.standins.pay(guest.wait_for_pay_link(reference, RECOVERY))
    guest.wait_for_words(reference, CONFIRMED, RECOVERY)
    assert_charged_once(live, reference)


def test_the_worker_is_killed_while_it_settles_the_payment(live: Live, guest: Visitor, flat: Property) -> None:
    reference = guest.hold(flat.id, stay_in(5))
    pay_url = guest.wait_for_pay_link(reference)
    url = live.settings.database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as blocker:
        blocker.execute("SELECT 1 FROM property_search WHERE property_id = %s FOR UPDATE", (flat.id,))
        live.standins.pay(pay_url)
        wait_until(
            lambda: live.one("SELECT count(*) FROM inbox WHERE attempts > 0 AND handled_at IS NULL"),
            PATIENCE,
            "worker at it",
        )
        live.worker.kill()
    live.worker.start()
    guest.wait_for_words(reference, CONFIRMED, RECOVERY)
    assert_charged_once(live, reference)


def test_the_worker_is_killed_while_it_sends_the_messages(live: Live, guest: Visitor, flat: Property) -> None:
    live.standins.set_sms_faults(slow_seconds=3)
    reference = guest.hold(flat.id, stay_in(5))
    live.standins.pay(guest.wait_for_pay_link(reference))
    wait_until(lambda: live.standins.sms_to(guest.phone), PATIENCE, "message that Twilio has and we do not know of")
    restart_after(live.worker.kill, live.worker, live)
    live.standins.set_sms_faults()
    wait_until(lambda: not work_in_hand(live, "send_notification"), RECOVERY, "end of the sending")
    assert 1 <= len(live.standins.sms_to(guest.phone)) <= 2
    assert_charged_once(live, reference)


def test_the_clock_is_killed(live: Live, guest: Visitor, flat: Property) -> None:
    live.cron.kill()
    live.standins.set_faults(callback_lost=True)
    reference = guest.hold(flat.id, stay_in(5))
    live.standins.pay(guest.wait_for_pay_link(reference))
    live.cron.start()
    guest.wait_for_words(reference, CONFIRMED, RECOVERY)
    assert_charged_once(live, reference)


def test_everything_is_killed_at_once(live: Live, guest: Visitor, flat: Property) -> None:
    reference = guest.hold(flat.id, stay_in(5))
    pay_url = guest.wait_for_pay_link(reference)
    for process in (live.web, live.worker, live.cron):
        process.kill()
    live.standins.kill()
    for process in (live.web, live.worker, live.cron):
        process.start()
    live.standins.start()
    live.wait_until_ready()
    live.standins.pay(pay_url)
    guest.wait_for_words(reference, CONFIRMED, RECOVERY)
    assert_charged_once(live, reference)
