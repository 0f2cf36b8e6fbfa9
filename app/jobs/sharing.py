"""What was paid becomes the landlords' and the platform's a day after check-in."""

from __future__ import annotations

import time

from app.db import transaction
from app.domain.checkout import sharing
from app.kit import clock

SECONDS = 40.0
"""Less than a job may take; the next run goes on."""


def share_due() -> None:
    """Share the money of every stay whose time has come, one booking a transaction."""
    give_up_at = time.monotonic() + SECONDS
    with transaction() as session:
        due = sharing.due(session, now=clock.now())
    for booking_id in due:
        if time.monotonic() > give_up_at:
            return
        with transaction() as session:
            sharing.share_due(session, booking_id, now=clock.now())
