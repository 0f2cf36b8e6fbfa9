"""How often a provider is asked about a payment."""

from __future__ import annotations

from datetime import timedelta

POLL_FIRST = timedelta(seconds=5)
"""Where the provider names no interval of its own."""
POLL_MOST = timedelta(seconds=30)
POLL_CLOSED_MOST = timedelta(hours=1)
"""Longest pause between two questions about a payment that we closed and the provider has not."""


def pause_until_poll(interval: timedelta, *, age: timedelta, is_over: bool) -> timedelta:
    """How long to wait before the next question about a payment of this age.

    Never less than the provider's own `interval`; from that growing to 30 s, and to an hour once the payment's own time
    is over.
    """
    most = POLL_CLOSED_MOST if is_over else POLL_MOST
    return max(interval, min(most, age / 4))
