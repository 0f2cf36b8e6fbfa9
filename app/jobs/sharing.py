"""What was paid becomes the landlords' and the platform's a day after check-in."""

from __future__ import annotations

import time

from app.db import transaction
from app.domain.checkout import sharing
from app.jobs.each import each
from app.kit import clock

SECONDS = 20.0
"""Holds end and payments are asked about on the same queue; the next run goes on."""


def share_due() -> None:
    """Share the money of every stay whose time has come, one booking a transaction."""
    give_up_at = time.monotonic() + SECONDS
    while True:
        with transaction() as session:
            due = sharing.due(session, now=clock.now())
        if not due or not each(due, _share, until=give_up_at):
            return


def _share(booking_id: int) -> None:
    with transaction() as session:
        sharing.share_due(session, booking_id, now=clock.now())
