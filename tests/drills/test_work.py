"""Promises 14 to 18: workers down or killed, Redis wiped, providers in trouble. Everything happens, once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import httpx
import pytest

from app.config import ROOT
from app.domain.outbox import CLAIM
from app.jobs.queues import connect_worker
from app.jobs.schedule import LEASE
from app.models import Property
from tests import factories
from tests.drills.messages import tell
from tests.drills.test_kills import assert_charged_once
from tests.drills.test_outages import wipe_redis
from tests.e2e.races import signed_paid_callback
from tests.e2e.test_booking_path import CONFIRMED
from tests.e2e.visitor import Visitor
from tests.factories import stay_in
from tests.live import Live, Process
from tests.measures import as_if_alone, least_of, percentile
from tests.services import environment_of
from tests.standins import PATIENCE, wait_until

pytestmark = pytest.mark.drill

CALLBACKS = 500
MESSAGES = 500
KILLS = 20
RECOVERY = 120.0
PENDING = (
    "SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL"
    " AND available_at < now() + interval '45 minutes'"
    " AND subject_id NOT IN (SELECT id::text FROM notifications WHERE kind = 'booking_held')"
)
"""Without the reminders of holds: they wait for five minutes, and whoever pays before is not reminded."""
IN_TROUBLE = "SELECT count(*) FROM outbox WHERE trouble_since IS NOT NULL AND kind = 'send_notification'"


def arrivals(live: Live, phones: list[str]) -> Counter[int]:
    """How many phones got how many messages."""
    return Counter(len(live.standins.sms_to(phone)) for phone in phones)


def holds(live: Live, count: int) -> list[str]:
    """Held bookings of different guests; the orders of their payments."""
    orders = []
    for start in range(0, count, 100):
        with live.transaction() as session:
            prop = factories.make_property(session)
            for number in range(start, min(start + 100, count)):
                stay = stay_in(5 + 2 * (number - start), 1)
                booking = factories.make_hold(session, prop, factories.make_user(session), stay)
                orders.append(f"{factories.payment_of(session, booking).id}")
    return orders


def confirmed(live: Live, orders: list[str]) -> int:
    """How many of these orders' bookings stand."""
    return int(
        live.one(
            "SELECT count(*) FROM bookings b JOIN payments p ON p.booking_id = b.id"
            " WHERE p.id::text = ANY(%s) AND b.status = 'confirmed'",
            orders,
        )
    )


def postings(live: Live, orders: list[str]) -> list[tuple[int, int]]:
    """Of each order: how many postings captured its money, and what all its ledger entries sum to."""
    return live.sql(
        "SELECT count(DISTINCT posting_id) FILTER (WHERE kind = 'payment_captured'), sum(amount)::bigint"
        " FROM ledger_entries WHERE payment_id::text = ANY(%s) GROUP BY payment_id",
        orders,
    )


def has_claimed_since(live: Live, moment: datetime) -> bool:
    """Is the worker in the middle of something that it took after this moment?"""
    statement = "SELECT count(*) FROM outbox WHERE done_at IS NULL AND attempts > 0 AND available_at > %s"
    return bool(live.one(statement, moment + CLAIM))


@pytest.fixture
def stopped(live: Live) -> Live:
    """The portal goes on, workers and clock are down."""
    live.worker.stop()
    live.cron.stop()
    return live


def start(*processes: Process) -> None:
    for process in processes:
        process.start()


def seconds_of_callbacks(stopped: Live, orders: list[str]) -> float:
    """Send one for each of many held bookings, whose orders are added to `orders`; what 99 in 100 of them took."""
    held = holds(stopped, CALLBACKS)
    orders += held
    stopped.sql("UPDATE outbox SET done_at = now() WHERE kind = 'create_payment' AND done_at IS NULL")
    stopped.sql(
        "UPDATE payments SET status = 'created', provider_id = 'pay_' || id, pay_url = 'http://127.0.0.1:9/'"
        " WHERE status = 'new'"
    )
    signed = [signed_paid_callback(stopped, order) for order in held]
    before = stopped.one("SELECT count(*) FROM inbox WHERE provider = 'kaspi'")
    with httpx.Client(base_url=stopped.base_url, timeout=PATIENCE, trust_env=False) as client:

        def post(callback: tuple[bytes, dict[str, str]]) -> tuple[int, float]:
            began = time.monotonic()
            answer = client.post("/kaspi/callback/", content=callback[0], headers=callback[1])
            return answer.status_code, time.monotonic() - began

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(post, signed))
    assert Counter(status for status, _ in answers) == {200: CALLBACKS}
    assert stopped.one("SELECT count(*) FROM inbox WHERE provider = 'kaspi'") == before + CALLBACKS
    return as_if_alone(percentile([seconds for _, seconds in answers], 99))


def test_callbacks_are_taken_while_the_workers_are_down_and_handled_when_they_return(stopped: Live) -> None:
    """Promise 14. Eight wait at a time: a machine that stops once is more than one in a hundred."""
    orders: list[str] = []
    p99 = least_of(partial(seconds_of_callbacks, stopped, orders), enough=0.5)
    assert p99 < 0.5, f"p99 was {p99 * 1000:.0f} ms"
    assert confirmed(stopped, orders) == 0, "nobody is at work yet"
    start(stopped.worker, stopped.cron)
    wait_until(lambda: confirmed(stopped, orders) == len(orders), 3 * RECOVERY, "confirmation of every booking")
    assert Counter(postings(stopped, orders)) == {(1, 0): len(orders)}


def test_the_worker_is_killed_twenty_times_in_mid_job(live: Live) -> None:
    """Promise 15: with everything it started, and every fourth time the parent alone."""
    live.worker.stop()
    live.standins.set_faults(slow_seconds=0.3)
    live.standins.set_sms_faults(slow_seconds=2)  # so that there is work for every life, however late it is killed
    orders, phones = holds(live, 5 * KILLS), tell(live, 50 * KILLS)  # a life claims ten of the first, or a hundred
    for number in range(KILLS):
        born = live.one("SELECT now()")
        live.worker.start()
        wait_until(partial(has_claimed_since, live, born), 90, "worker in the middle of something")
        if number % 4 == 3:
            live.worker.kill_alone()
        else:
            live.worker.kill()
    live.standins.set_faults()
    live.standins.set_sms_faults()
    live.worker.start()
    wait_until(lambda: live.one(PENDING) == 0, RECOVERY, "end of all work")
    made = Counter(payment["order_id"] for payment in live.standins.payments())
    assert [made[order] for order in orders] == [1] * len(orders)
    for payment in live.standins.payments():
        if payment["order_id"] in orders:
            live.standins.pay(payment["pay_url"])
    wait_until(lambda: confirmed(live, orders) == len(orders), RECOVERY, "confirmation of every booking")
    assert Counter(postings(live, orders)) == {(1, 0): len(orders)}
    found = arrivals(live, phones)
    assert 0 not in found, "a message is lost"
    assert sum((times - 1) * count for times, count in found.items()) <= 8 * KILLS, "more doubles than were in hand"
    assert live.one("SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL") == 0


def test_redis_is_wiped_with_messages_pending(stopped: Live) -> None:
    """Promise 16. Control: without the clock, whose sweep finds them, not one would arrive."""
    phones = tell(stopped, MESSAGES)
    wipe_redis(stopped)
    stopped.worker.start()
    with connect_worker(stopped.settings.queue_redis_url) as redis:
        wait_until(lambda: redis.scard("rq:workers"), PATIENCE, "worker")
        control_until = time.monotonic() + 5
        wait_until(lambda: time.monotonic() > control_until, 10, "end of the control")
    assert arrivals(stopped, phones) == {0: MESSAGES}
    stopped.cron.start()
    last = phones[-1]
    wait_until(lambda: stopped.standins.sms_to(last) and not stopped.one(PENDING), RECOVERY, "every message")
    assert arrivals(stopped, phones) == {1: MESSAGES}


CRASHER = """
import os, sys
from uuid import uuid4
from app.config import load_settings
from app.db import after_commit, transaction
from app.domain import notifications, outbox
from app.factory import create_worker_app
from app.kit import clock
from app.models import NotificationKind
with create_worker_app(load_settings()).app_context():
    after_commit.hooks[outbox.WAKE] = lambda _: os._exit(9)
    with transaction() as session:
        notifications.tell(session, NotificationKind.LOGIN_CODE, phone=sys.argv[1], language="ru",
                           dedup_key=f"drill:{uuid4()}", now=clock.now(), params={"code": "048213"})
        if sys.argv[2] == "rollback":
            session.flush()
            os._exit(9)
"""


@pytest.mark.parametrize(("when", "messages"), [("before the wake-up", 1), ("rollback", 0)])
def test_a_process_dies_around_its_commit(live: Live, when: str, messages: int) -> None:
    """Promise 17: after the commit and before the wake-up, one message; before the commit, none."""
    phone, marker = factories.new_phone(), tell(live, 1)
    ended = subprocess.run(
        [sys.executable, "-c", CRASHER, phone, when],
        cwd=ROOT,
        env={**os.environ, **environment_of(live.settings), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ended.returncode == 9
    wait_until(lambda: live.one(PENDING) == 0, RECOVERY, "end of all work")
    assert len(live.standins.sms_to(phone)) == messages
    assert arrivals(live, marker) == {1: 1}


@pytest.mark.parametrize("fault", ["too_many", "server_error"])
def test_a_provider_in_trouble_makes_messages_wait_and_loses_none(live: Live, fault: str) -> None:
    """Promise 18: 429 with Retry-After, and 5xx."""
    live.standins.set_sms_faults(answer=fault)
    phones = tell(live, 30)
    wait_until(lambda: live.one(IN_TROUBLE) >= 3, PATIENCE, "attempts that failed")
    assert arrivals(live, phones) == {0: 30}
    live.standins.set_sms_faults()
    wait_until(lambda: live.one(PENDING) == 0, RECOVERY, "end of all work")
    assert arrivals(live, phones) == {1: 30}


def test_work_that_always_crashes_is_dead_and_the_queue_moves_on(live: Live) -> None:
    """Promise 18: a message that nobody can open, one attempt before its last."""
    live.worker.stop()
    phones = tell(live, 3)
    codes = "SELECT id::text FROM notifications WHERE kind = 'login_code'"
    subject = f"(SELECT subject_id FROM outbox WHERE done_at IS NULL AND subject_id IN ({codes}) ORDER BY id LIMIT 1)"
    live.sql(f"UPDATE notifications SET address_sealed = '\\x00' WHERE id::text = {subject}")
    live.sql(f"UPDATE outbox SET attempts = 15 WHERE subject_id = {subject}")
    live.worker.start()
    wait_until(lambda: live.one("SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL") == 1, RECOVERY, "dead letter")
    wait_until(lambda: live.one(PENDING) == 0, RECOVERY, "end of all work")
    assert arrivals(live, phones) == {0: 1, 1: 2}
    assert live.sql("SELECT attempts, last_error FROM outbox WHERE dead_at IS NOT NULL") == [(16, "SealError")]


def test_a_worker_that_is_told_to_stop_finishes_the_job_in_hand(live: Live, guest: Visitor, flat: Property) -> None:
    live.standins.set_faults(slow_seconds=2)
    reference = guest.hold(flat.id, stay_in(5))
    taken = (
        "SELECT count(*) FROM outbox o JOIN payments p ON o.subject_id = p.id::text JOIN bookings b"
        " ON b.id = p.booking_id WHERE b.reference = %s AND o.attempts > 0"
    )
    wait_until(lambda: live.one(taken, reference), PATIENCE, "worker that asks Kaspi")
    live.worker.stop(patience=PATIENCE)
    payment = (
        "SELECT p.status, o.attempts, o.done_at IS NOT NULL FROM payments p JOIN bookings b ON b.id = p.booking_id"
        " JOIN outbox o ON o.subject_id = p.id::text WHERE b.reference = %s"
    )
    assert live.sql(payment, reference) == [("created", 1, True)]
    live.worker.start()
    live.standins.set_faults()
    live.standins.pay(guest.wait_for_pay_link(reference))
    guest.wait_for_words(reference, CONFIRMED, RECOVERY)
    assert_charged_once(live, reference)


def test_a_clock_that_is_killed_is_followed_by_the_one_that_stands_by(live: Live) -> None:
    second = live.another("cron-2", "rq_worker.py", "--cron")
    with connect_worker(live.settings.queue_redis_url) as redis:

        def slot() -> int:
            return int(redis.hget("cron:done", "app.jobs.housekeeping.sweep_outbox") or 0)

        wait_until(slot, PATIENCE, "first tick")
        leader = redis.get("cron:leader")
        second.start()
        try:
            began = slot()
            wait_until(lambda: slot() > began + 1, PATIENCE, "two ticks with a second clock beside")
            assert redis.get("cron:leader") == leader, "the second one stands by"
            live.cron.kill()
            assert redis.pttl("cron:leader") <= LEASE * 1000, "it is nobody's soon"
            died = slot()
            wait_until(lambda: slot() > died, PATIENCE, "tick of the one that stood by")
            assert redis.get("cron:leader") != leader
        finally:
            second.stop()
