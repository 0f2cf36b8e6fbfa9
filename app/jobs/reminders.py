"""The reminders of the cron table, a batch a transaction."""

from __future__ import annotations

from collections.abc import Callable

from app.db import transaction
from app.domain.bookings import reminders
from app.kit import clock


def remind_check_in_tomorrow() -> None:
    """The evening before."""
    _all(reminders.check_in_tomorrow)


def remind_check_in_today() -> None:
    """In the morning."""
    _all(reminders.check_in_today)


def remind_check_out_tomorrow() -> None:
    """The evening before."""
    _all(reminders.check_out_tomorrow)


def _all(remind: Callable[..., int]) -> None:
    while True:
        with transaction() as session:
            reminded = remind(session, now=clock.now())
        if not reminded:
            return
