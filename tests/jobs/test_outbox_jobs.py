"""What a worker does with an item of the outbox: done once, put off, or given up (promise 18)."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain import notifications
from app.domain.outbox import MAX_ATTEMPTS
from app.jobs import outbox as outbox_job
from app.kit import clock
from app.models import Notification, NotificationKind, OutboxItem, Payment, PaymentStatus
from tests import factories
from tests.jobs.test_outbox import add, claim, item, make_due


def test_work_about_nothing_is_done_at_once(app: Flask, now: datetime) -> None:
    item_id = add(now=now)
    outbox_job.work_off(item_id)
    assert item(item_id).done_at is not None


def test_a_done_item_is_not_done_again(app: Flask, now: datetime) -> None:
    item_id = add(now=now)
    outbox_job.work_off(item_id)
    before = item(item_id)
    outbox_job.work_off(item_id)
    after = item(item_id)
    assert (after.done_at, after.attempts) == (before.done_at, 1)


def test_an_unknown_item_is_no_crash(app: Flask) -> None:
    outbox_job.work_off(9_999_999)


def test_a_provider_that_is_away_postpones(app: Flask, now: datetime) -> None:
    """The payment's provider does not answer at all: the payment waits, and so does the item."""
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(9))
        payment = factories.payment_of(session, booking)
        item_id = session.scalars(select(OutboxItem.id).where(OutboxItem.subject_id == str(payment.id))).one()
    outbox_job.work_off(item_id)
    found = item(item_id)
    assert (found.attempts, found.done_at, found.dead_at) == (0, None, None)
    assert found.trouble_since is not None
    assert found.available_at > found.trouble_since
    assert "kaspi" in (found.last_error or "")
    with transaction() as session:
        assert session.get_one(Payment, payment.id).status == PaymentStatus.NEW


def crashing_item(now: datetime) -> int:
    """A message whose address was sealed for another row: opening it is a crash, each time."""
    keys = [f"crash:{uuid4()}" for _ in range(2)]
    with transaction() as session:
        for key in keys:
            notifications.tell(
                session,
                NotificationKind.LOGIN_CODE,
                phone=factories.new_phone(),
                language="ru",
                dedup_key=key,
                now=now,
                params={"code": "123456"},
            )
        rows = [session.scalars(select(Notification).where(Notification.dedup_key == key)).one() for key in keys]
        rows[0].address_sealed = rows[1].address_sealed
        return session.scalars(select(OutboxItem.id).where(OutboxItem.subject_id == str(rows[0].id))).one()


def test_a_job_that_always_crashes_ends_on_the_dead_letter_list_and_the_queue_moves_on(
    app: Flask, now: datetime
) -> None:
    """Promise 18: sixteen attempts, then a person; another item is done meanwhile."""
    item_id = crashing_item(now)
    for _ in range(MAX_ATTEMPTS):
        outbox_job.work_off(item_id)
        assert item(item_id).done_at is None
        make_due(item_id)
    found = item(item_id)
    assert found.dead_at is not None
    assert found.attempts == MAX_ATTEMPTS
    assert found.last_error == "SealError"
    good = add(now=now)
    outbox_job.work_off(good)
    assert item(good).done_at is not None


def test_a_job_that_kills_its_worker_each_time_is_given_up_too(app: Flask, now: datetime) -> None:
    """Promise 18: nothing after the claim is ever recorded, as after kill -9."""
    item_id = add(now=now)
    for _ in range(MAX_ATTEMPTS):
        assert claim(item_id, clock.now()) is not None
        make_due(item_id)
    assert claim(item_id, clock.now()) is None
    assert item(item_id).dead_at is not None


def test_dead_letters_say_nothing_personal(app: Flask, now: datetime) -> None:
    item_id = crashing_item(now)
    outbox_job.work_off(item_id)
    assert "+7" not in (item(item_id).last_error or "")
