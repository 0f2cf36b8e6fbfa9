"""Until when a stay can be cancelled for a full refund. Pure. (Amounts come with cancelling itself.)"""

from __future__ import annotations

from datetime import datetime, timedelta

from app.models import CancellationPolicy

FULL_REFUND_BEFORE = {
    CancellationPolicy.FLEXIBLE: timedelta(hours=24),
    CancellationPolicy.MODERATE: timedelta(days=5),
    CancellationPolicy.STRICT: timedelta(days=14),
}


def free_until(policy: CancellationPolicy, check_in_at: datetime, *, now: datetime) -> datetime | None:
    """The moment (UTC) up to which cancelling costs nothing; None when it has passed."""
    moment = check_in_at - FULL_REFUND_BEFORE[policy]
    return moment if moment > now else None
