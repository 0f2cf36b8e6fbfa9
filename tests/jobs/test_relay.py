"""Draining queues: batches, order, lanes beside each other, providers in trouble (promises 15 to 18 in part)."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select

from app.db import transaction
from app.domain import notifications, outbox
from app.domain.outbox import Claimed, End, Outcome
from app.jobs import relay
from app.jobs.outbox import attempt
from app.jobs.queues import QueueName
from app.jobs.relay import InboxLane, Lane, OutboxLane, drain, side_by_side
from app.jobs.wake import QUEUE_OF
from app.kit import clock
from app.kit.backoff import SHORTEST
from app.models import (
    InboxItem,
    Notification,
    NotificationKind,
    NotificationStatus,
    OutboxItem,
    OutboxKind,
    Payment,
    PaymentStatus,
    User,
)
from tests import factories
from tests.jobs.queues import waiting
from tests.jobs.test_inbox import store
from tests.measures import least_of
from tests.standins import StandIns, wait_until

pytestmark = pytest.mark.usefixtures("redis")

AS_LONG_AS_IT_TAKES = 60.0
"""Seconds: a drain ends when nothing is left, and a busy machine is no reason to fail."""


def tell(count: int, *, now: datetime, phone: str | None = None) -> list[str]:
    """Messages on their way; their phones."""
    phones = [phone or factories.new_phone() for _ in range(count)]
    with transaction() as session:
        for number in phones:
            notifications.tell(
                session,
                NotificationKind.LOGIN_CODE,
                phone=number,
                language="ru",
                dedup_key=f"relay:{uuid4()}",
                now=now,
                params={"code": "048213"},
            )
    return phones


def items() -> list[OutboxItem]:
    with transaction() as session:
        return list(session.scalars(select(OutboxItem).order_by(OutboxItem.id)))


def add(kind: OutboxKind, count: int, *, now: datetime) -> None:
    with transaction() as session:
        for _ in range(count):
            outbox.add(session, kind, uuid4(), now=now)


def done(item: Claimed) -> Outcome:
    return Outcome(item, End.DONE)


def test_one_wake_up_sends_everything_that_is_due(alone: Flask, standins: StandIns, now: datetime) -> None:
    phones = tell(130, now=now)
    later = tell(1, now=now + timedelta(hours=1))
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert all(len(standins.sms_to(phone)) == 1 for phone in phones)
    assert standins.sms_to(later[0]) == []
    assert Counter(item.done_at is not None for item in items()) == {True: 130, False: 1}
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert all(len(standins.sms_to(phone)) == 1 for phone in phones)


def test_two_workers_share_the_work_and_nothing_is_sent_twice(alone: Flask, standins: StandIns, now: datetime) -> None:
    phones = tell(120, now=now)

    def work(_: int) -> None:
        with alone.app_context():
            drain("notifications", AS_LONG_AS_IT_TAKES)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert Counter(len(standins.sms_to(phone)) for phone in phones) == {1: 120}
    assert all(item.attempts == 1 for item in items())


def test_a_batch_that_was_sent_and_not_recorded_is_not_sent_again(
    alone: Flask, standins: StandIns, now: datetime
) -> None:
    """Promise 15: the worker died after the sending and before the end of the batch was written down."""
    phones = tell(5, now=now)
    with transaction() as session:
        claimed = outbox.claim(session, [OutboxKind.SEND_NOTIFICATION], now=clock.now(), limit=100)
    for item in claimed:
        assert attempt(item).end is End.DONE
    assert all(item.done_at is None for item in items())
    with transaction() as session:
        for row in session.scalars(select(OutboxItem)):
            row.available_at = clock.now()
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert all(item.done_at is not None and item.attempts == 2 for item in items())
    assert [len(standins.sms_to(phone)) for phone in phones] == [1] * 5


def test_money_is_worked_off_in_the_order_in_which_it_came(alone: Flask, now: datetime) -> None:
    add(OutboxKind.CREATE_PAYMENT, 25, now=now)
    order: list[int] = []

    def note(item: Claimed) -> Outcome:
        order.append(item.id)
        return done(item)

    lane = OutboxLane(OutboxKind.CREATE_PAYMENT, *relay.ONE_BY_ONE, attempt=note)
    side_by_side([lane], seconds=AS_LONG_AS_IT_TAKES)
    assert order == [item.id for item in items()]
    assert len(order) == 25


class Hanging:
    """A drain of the payments' queue, in a thread: Kaspi makes no invoice until it is told to answer."""

    def __init__(self, app: Flask, seconds: float) -> None:
        self._app = app
        self._seconds = seconds
        self._answered = threading.Event()
        self.hangs = threading.Event()

    def _hang(self, item: Claimed) -> Outcome:
        self.hangs.set()
        assert self._answered.wait(AS_LONG_AS_IT_TAKES)
        return done(item)

    def _run(self) -> bool:
        lanes: list[Lane] = [
            OutboxLane(OutboxKind.CREATE_PAYMENT, 1, 10, attempt=self._hang),
            OutboxLane(OutboxKind.SEND_REFUND, 1, 10, attempt=done),
            InboxLane(),
        ]
        with self._app.app_context():
            is_more = side_by_side(lanes, seconds=self._seconds)
            while is_more and not self.hangs.is_set():  # its time was up before it began: it woke the next one
                is_more = side_by_side(lanes, seconds=self._seconds)
        return is_more

    @contextlib.contextmanager
    def __call__(self) -> Iterator[Future[bool]]:
        """While it hangs; afterwards the future's result is whether something may be left."""
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self._run)
            try:
                assert self.hangs.wait(AS_LONG_AS_IT_TAKES)
                yield running
                assert not running.done()
            finally:
                self._answered.set()
            wait([running], AS_LONG_AS_IT_TAKES)


def undone(kind: OutboxKind) -> list[int]:
    """How often each of those that are not done was attempted."""
    return [item.attempts for item in items() if item.done_at is None and item.kind == kind]


def test_a_provider_that_hangs_keeps_no_other_kind_and_no_callback_waiting(alone: Flask, now: datetime) -> None:
    add(OutboxKind.CREATE_PAYMENT, 2, now=now)
    add(OutboxKind.SEND_REFUND, 12, now=now)
    with Hanging(alone, AS_LONG_AS_IT_TAKES)() as running:
        wait_until(lambda: not undone(OutboxKind.SEND_REFUND), AS_LONG_AS_IT_TAKES, "refunds that were sent")
        callback = store(b"not json")
        wait_until(lambda: dead(callback), AS_LONG_AS_IT_TAKES, "callback that was handled")
    assert not running.result()
    assert undone(OutboxKind.CREATE_PAYMENT) == []


def test_a_drain_whose_time_is_up_handles_callbacks_while_a_provider_hangs(alone: Flask, now: datetime) -> None:
    add(OutboxKind.CREATE_PAYMENT, 2, now=now)
    with Hanging(alone, 0.5)() as running:
        began = time.monotonic()
        wait_until(lambda: time.monotonic() > began + 0.5, AS_LONG_AS_IT_TAKES, "end of the drain's time")
        callback = store(b"not json")
        wait_until(lambda: dead(callback), AS_LONG_AS_IT_TAKES, "callback that was handled")
    assert running.result()
    assert undone(OutboxKind.CREATE_PAYMENT) == [0], "what had not begun was given back"


def dead(item_id: object) -> bool:
    with transaction() as session:
        return session.get_one(InboxItem, item_id).dead_at is not None


def test_when_the_time_is_up_the_rest_is_given_back_and_the_next_drain_is_woken(
    alone: Flask, standins: StandIns, redis: Redis, now: datetime
) -> None:
    standins.set_sms_faults(slow_seconds=1.0)
    phones = tell(60, now=now)
    redis.flushdb()
    drain("notifications", 2.0)
    assert waiting(redis, QueueName.NOTIFICATIONS) == [("app.jobs.relay.drain", ("notifications",))]
    untouched = [item for item in items() if item.done_at is None]
    while len(untouched) == 60:  # this process stood still for all of the two seconds
        drain("notifications", 2.0)
        untouched = [item for item in items() if item.done_at is None]
    assert untouched
    assert all(item.attempts == 0 and item.available_at <= clock.now() for item in untouched)
    standins.set_sms_faults()
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert Counter(len(standins.sms_to(phone)) for phone in phones) == {1: 60}


@pytest.mark.parametrize(("fault", "attempts"), [("server_error", {0, 1}), ("too_many", {0})])
def test_a_provider_that_fails_in_a_row_is_left_alone_and_uses_up_few_attempts(
    alone: Flask, standins: StandIns, now: datetime, fault: str, attempts: set[int]
) -> None:
    """Promise 18: 429 and 5xx wait, and everything arrives once afterwards. What rests uses up none; nor does what was
    not taken for sure."""
    standins.set_sms_faults(answer=fault)
    phones = tell(50, now=now)
    began = clock.now()
    drain("notifications", AS_LONG_AS_IT_TAKES)
    found = items()
    tried = [item for item in found if item.trouble_since]
    assert {item.attempts for item in found} == attempts
    assert 3 <= len(tried) <= 3 + 2 * relay.WIDTHS[OutboxKind.SEND_NOTIFICATION][0]
    assert all(item.available_at >= began + (SHORTEST if item.trouble_since else relay.REST) for item in found)
    assert all(item.dead_at is None and item.done_at is None for item in found)
    standins.set_sms_faults()
    with transaction() as session:
        for row in session.scalars(select(OutboxItem)):
            row.available_at = now
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert Counter(len(standins.sms_to(phone)) for phone in phones) == {1: 50}


def test_what_has_another_way_does_not_rest_with_its_provider(alone: Flask, now: datetime) -> None:
    """Keys behind many messages to a chat that hangs: the attempt that finds the other way has to be made."""
    tell(9, now=now)
    with transaction() as session:
        guest = factories.make_user(session)
        notifications.tell_user(session, NotificationKind.KEYS, guest, dedup_key=f"relay:{uuid4()}", now=now)
    tried: list[str | None] = []

    def hang(item: Claimed) -> Outcome:
        tried.append(item.topic)
        return outbox.failed(item, "hangs", is_outage=True)

    lane = OutboxLane(OutboxKind.SEND_NOTIFICATION, 1, 20, attempt=hang)
    side_by_side([lane], seconds=AS_LONG_AS_IT_TAKES)
    assert tried == [NotificationKind.LOGIN_CODE] * 3 + [NotificationKind.KEYS]


def test_a_number_that_is_refused_is_dead_and_the_others_arrive(
    alone: Flask, standins: StandIns, now: datetime
) -> None:
    """Promise 18: the queue moves on."""
    bad = "+77010000000000"
    phones = tell(10, now=now)
    tell(1, now=now, phone=bad)
    phones += tell(10, now=now)
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert Counter(len(standins.sms_to(phone)) for phone in phones) == {1: 20}
    [dead_one] = [item for item in items() if item.dead_at is not None]
    assert "+7" not in (dead_one.last_error or "")
    assert dead_one.last_error


def test_the_payments_queue_makes_invoices_and_handles_callbacks(alone: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(9))
        payment_id = factories.payment_of(session, booking).id
    callback = store(b"not json")
    drain("high_priority", AS_LONG_AS_IT_TAKES)
    with transaction() as session:
        payment = session.get_one(Payment, payment_id)
        assert payment.status == PaymentStatus.CREATED
        assert payment.pay_url
    assert dead(callback)


def test_a_queue_without_work_is_drained_at_once(alone: Flask) -> None:
    def drain_all() -> float:
        began = time.monotonic()
        for name in set(QUEUE_OF.values()):
            drain(name.value)
        return time.monotonic() - began

    assert least_of(drain_all, enough=3) < 3


@pytest.fixture
def confirmed(alone: Flask, now: datetime) -> str:
    """The phone of a guest whose booking was just paid."""
    with transaction() as session:
        guest = factories.make_user(session)
        prop = factories.make_property(session)
        factories.make_paid_booking(session, prop, guest, factories.stay_in(9), now=now)
        return session.get_one(User, guest).phone


def test_a_confirmation_is_sent_by_its_own_job(confirmed: str, standins: StandIns) -> None:
    with transaction() as session:
        claimed = outbox.claim(session, [OutboxKind.SEND_NOTIFICATION], now=clock.now(), limit=100)
        assert NotificationKind.BOOKING_CONFIRMED in [item.topic for item in claimed]
        outbox.record(session, [Outcome(item, End.UNTOUCHED) for item in claimed], now=clock.now())
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert len(standins.sms_to(confirmed)) == 1
    with transaction() as session:
        of_kind = Notification.kind == NotificationKind.BOOKING_CONFIRMED
        pending = select(func.count()).where(of_kind, Notification.status == NotificationStatus.PENDING)
        assert session.scalar(pending) == 0
