"""What claims are for: without them, or with work called done too early, the experiments of the relay fail."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain import outbox
from app.domain.outbox import End, Outcome
from app.integrations.twilio import TwilioSms
from app.jobs.relay import drain
from app.kit import clock
from app.models import OutboxItem, OutboxKind
from app.notify.delivery import deliver
from tests.jobs.test_relay import AS_LONG_AS_IT_TAKES, items, tell
from tests.standins import StandIns

pytestmark = pytest.mark.usefixtures("redis")


class Slow:
    """Twilio at a moment when two workers have it in hand at once, if there are two within `patience` seconds."""

    def __init__(self, sms: TwilioSms, patience: float) -> None:
        self._sms = sms
        self._patience = patience
        self._gate = threading.Barrier(2)

    def send(self, to: str, body: str) -> str:
        with contextlib.suppress(threading.BrokenBarrierError):
            self._gate.wait(self._patience)
        return self._sms.send(to, body)


@pytest.mark.parametrize(("is_claimed", "messages"), [(True, 1), (False, 2)], ids=["claimed", "control"])
def test_without_claims_two_workers_send_the_same_message(
    alone: Flask, standins: StandIns, sms: TwilioSms, now: datetime, *, is_claimed: bool, messages: int
) -> None:
    [phone] = tell(1, now=now)
    [item] = items()
    slow = Slow(sms, 2 if is_claimed else 60)

    def work(_: int) -> None:
        with alone.app_context():
            if is_claimed:
                with transaction() as session:
                    if not outbox.claim(session, [OutboxKind.SEND_NOTIFICATION], now=clock.now(), limit=1):
                        return
            deliver(UUID(item.subject_id), sms=slow, public_url="https://zhilego.kz", now=now)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    assert len(standins.sms_to(phone)) == messages


def test_control_work_that_is_called_done_before_it_is_done_is_lost_with_its_worker(
    alone: Flask, standins: StandIns, now: datetime
) -> None:
    [phone] = tell(1, now=now)
    with transaction() as session:
        [claimed] = outbox.claim(session, [OutboxKind.SEND_NOTIFICATION], now=clock.now(), limit=1)
        outbox.record(session, [Outcome(claimed, End.DONE)], now=now)
    with transaction() as session:
        for row in session.scalars(select(OutboxItem)):
            row.available_at = now
    drain("notifications", AS_LONG_AS_IT_TAKES)
    assert standins.sms_to(phone) == []
