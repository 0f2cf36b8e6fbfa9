"""Regular work of the clock: sweeps, keys whose time has come, what may be forgotten."""

from __future__ import annotations

from app.db import transaction
from app.domain import retention
from app.domain.access import grants
from app.domain.bookings import schedule
from app.domain.reviews import requests
from app.domain.search import index
from app.jobs import inbox, outbox, wake
from app.kit import clock


def sweep_outbox() -> None:
    """Find outbox items whose wake-up was lost."""
    outbox.sweep(wake.current_waker())


def sweep_inbox() -> None:
    """Find messages whose wake-up was lost."""
    inbox.sweep(wake.current_waker())


def send_keys() -> None:
    """Send the keys of stays that begin within a day."""
    with transaction() as session:
        grants.send_due(session, now=clock.now())


def advance_stays() -> None:
    """Check in and complete the stays whose time has come."""
    with transaction() as session:
        schedule.advance(session, now=clock.now())


def clear_passed_nights() -> None:
    """Make room in the rings of busy nights, a batch of flats a transaction."""
    after = 0
    while True:
        with transaction() as session:
            last = index.clear_passed(session, after=after, now=clock.now())
        if last is None:
            return
        after = last


def ask_for_reviews() -> None:
    """Ask the guests who left yesterday how it was, some a transaction. The cron table runs it by daylight."""
    while True:
        with transaction() as session:
            asked = requests.ask_for_reviews(session, now=clock.now())
        if not asked:
            return


def forget() -> None:
    """Delete what has served its purpose: old codes, ended sessions, bodies of messages, finished work."""
    with transaction() as session:
        retention.purge(session, now=clock.now())
