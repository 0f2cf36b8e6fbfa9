"""What the clock does after stays: deposits go back, the day's payouts are put together."""

from __future__ import annotations

import time

from app.db import transaction
from app.domain.actor import SYSTEM
from app.domain.aftercare import deposits
from app.domain.payouts import batches
from app.jobs.each import each
from app.kit import clock

SECONDS = 40.0
"""Less than a job may take; the next run goes on."""


def give_back_deposits() -> None:
    """Owe the deposits of stays that ended 48 hours ago, one booking a transaction."""
    give_up_at = time.monotonic() + SECONDS
    with transaction() as session:
        due = deposits.due(session, now=clock.now())
    each(due, _give_back, until=give_up_at)


def make_payouts() -> None:
    """Put today's batch together; staff takes its file to the bank."""
    now = clock.now()
    with transaction() as session:
        batches.batch(session, clock.local_date(now), actor=SYSTEM, now=now)


def _give_back(booking_id: int) -> None:
    with transaction() as session:
        deposits.give_back(session, booking_id, now=clock.now())
