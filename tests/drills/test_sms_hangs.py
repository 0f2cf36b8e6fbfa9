"""Twilio hangs (promise 36 for SMS): messages wait, and nothing else does."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from functools import partial

import httpx
import pytest

from app.jobs.queues import QueueName
from tests import factories
from tests.drills.messages import tell
from tests.e2e.test_booking_path import CONFIRMED
from tests.e2e.visitor import Visitor
from tests.factories import stay_in
from tests.live import Live, Process
from tests.measures import CALM, assert_as_calm, least_of, percentile
from tests.services import environment_of
from tests.standins import PATIENCE, wait_until

pytestmark = [pytest.mark.drill, pytest.mark.alone]

MESSAGES = 3
"""Each holds a thread of the stand-ins for half a minute at every attempt; they have sixteen, for Kaspi too."""
SOON = 15.0
"""Seconds in which a booking is paid for and confirmed, as ever."""
A_BUSY_MACHINE = 0.010
"""Seconds that a page may take longer beside the promise's 20 %, since the workers share its cores."""


@pytest.fixture
def workers(live: Live) -> Iterator[None]:
    """One worker a queue, as in production, instead of one for all."""
    env = {**os.environ, **environment_of(live.settings)}
    processes = [
        Process(f"worker-{name}", [sys.executable, "rq_worker.py", "--queues", name], env=env, directory=live.directory)
        for name in QueueName
    ]
    live.worker.stop()
    for process in processes:
        process.start()
    yield
    for process in processes:
        process.tell_to_stop()
    for process in processes:
        process.stop()


def page_p95(live: Live) -> float:
    """Seconds: the 95th percentile of a hundred search pages."""
    seconds = []
    with httpx.Client(base_url=live.base_url, trust_env=False, timeout=PATIENCE) as http:
        for number in range(100):
            begun = time.perf_counter()
            http.get(f"/almaty?guests={number % 4 + 1}").raise_for_status()
            seconds.append(time.perf_counter() - begun)
    return percentile(seconds, 95)


def page_p95_while_something_hangs(live: Live, calm: float) -> float:
    """The same, at best of several: a hang that slows pages down slows each of them."""
    return least_of(partial(page_p95, live), enough=calm * CALM + A_BUSY_MACHINE)


def seconds_of_a_booking(live: Live, guest: Visitor) -> float:
    """From the form to the confirmation, at best of several."""

    def book() -> float:
        with live.transaction() as session:
            flat_id = factories.make_property(session).id
        begun = time.monotonic()
        reference = guest.hold(flat_id, stay_in(5))
        live.standins.pay(guest.wait_for_pay_link(reference))
        guest.wait_for_words(reference, CONFIRMED)
        return time.monotonic() - begun

    return least_of(book, enough=SOON)


@pytest.mark.usefixtures("workers")
def test_while_twilio_hangs_pages_and_payments_do_not(live: Live, guest: Visitor) -> None:
    """Promise 36: other pages' p95 within ±20 %, a booking is confirmed, and the messages leave once it answers."""
    page_p95(live)  # warm
    calm = page_p95(live)
    live.standins.set_sms_faults(slow_seconds=30)
    phones = tell(live, MESSAGES)
    live.run_job("app.jobs.housekeeping.sweep_outbox", QueueName.DEFAULT)
    tried = "SELECT count(*) FROM outbox WHERE kind = 'send_notification' AND attempts > 0"
    wait_until(lambda: live.one(tried) > 0, PATIENCE, "a message that hangs")
    hanging = page_p95_while_something_hangs(live, calm)
    booked = seconds_of_a_booking(live, guest)
    still_hangs = live.one("SELECT count(*) FROM outbox WHERE kind = 'send_notification' AND done_at IS NULL")
    live.standins.set_sms_faults()
    assert still_hangs > 0, "Twilio must have hung all the while"
    assert_as_calm(partial(page_p95, live), calm, hanging, spare=A_BUSY_MACHINE)
    assert booked < SOON
    waiting = list(phones)

    def all_have_it() -> bool:
        waiting[:] = [phone for phone in waiting if not live.standins.sms_to(phone)]
        return not waiting

    wait_until(all_have_it, 120, "the messages")
