"""Regular work of the clock: sweeps, keys whose time has come, what may be forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from app.db import transaction
from app.domain import inbox as domain_inbox
from app.domain import retention
from app.domain.access import grants
from app.domain.bookings import schedule
from app.domain.checkout import request
from app.domain.reviews import requests
from app.domain.search import drift, index
from app.jobs import chats, inbox, outbox, wake
from app.jobs.each import each
from app.kit import clock
from app.models import InboxProvider

log = structlog.get_logger(__name__)

PRICED_AT_ONCE = 25
PRICING_SECONDS = 45.0
"""Less than a job may take."""

FORGETTING_SECONDS = 45.0
"""Less than a job may take."""

STATUS_SECONDS = 10.0
"""Then the messages themselves have their turn on the queue."""


def sweep_outbox() -> None:
    """Find outbox items whose wake-up was lost."""
    outbox.sweep(wake.current_waker())


def sweep_inbox() -> None:
    """Find messages whose wake-up was lost."""
    inbox.sweep(wake.current_waker())
    chats.sweep(wake.current_waker())


def note_message_statuses() -> None:
    """Note what Twilio said became of messages. Nobody is woken for it: it runs every few seconds."""
    give_up_at = time.monotonic() + STATUS_SECONDS
    while time.monotonic() < give_up_at:
        with transaction() as session:
            waiting = domain_inbox.due(session, now=clock.now(), limit=100, providers=[InboxProvider.TWILIO])
        if not waiting:
            return
        for item_id in waiting:
            inbox.handle(str(item_id))


def send_keys() -> None:
    """Send the keys of stays that begin within a day."""
    with transaction() as session:
        grants.send_due(session, now=clock.now())


def advance_stays() -> None:
    """Check in and complete the stays whose time has come."""
    with transaction() as session:
        schedule.advance(session, now=clock.now())


def end_unanswered_requests() -> None:
    """End the requests whose landlords did not answer in time; their guests are told."""
    with transaction() as session:
        request.expire_unanswered(session, now=clock.now())


def price_coming_nights() -> None:
    """Write prices of nights that come into reach, a few flats a transaction: each is locked until its commit.

    What is not done when the time is up is done the next night: the rings are good for three more days.
    """
    give_up_at = time.monotonic() + PRICING_SECONDS
    while time.monotonic() < give_up_at:
        with transaction() as session:
            if not index.extend_prices(session, now=clock.now(), limit=PRICED_AT_ONCE):
                return
    log.warning("prices_not_finished")


def clear_passed_nights() -> None:
    """Make room in the rings of busy nights, a batch of flats a transaction."""
    after = 0
    while True:
        with transaction() as session:
            last = index.clear_passed(session, after=after, now=clock.now())
        if last is None:
            return
        after = last


def sync_property_availability() -> int:
    """Write the rows of search anew that differ from their flat, its prices and its occupancies; how many. None should.

    One that a booking changes while it is looked at may be among them, which does no harm.
    """
    with transaction() as session:
        drifted = drift.drifted(session, now=clock.now())
    for property_id in drifted:
        with transaction() as session:
            index.rebuild(session, property_id, now=clock.now())
    if drifted:
        log.error("search_drifted", count=len(drifted), property_ids=drifted[:20])
    else:
        log.info("search_in_order")
    return len(drifted)


def ask_for_reviews() -> None:
    """Ask the guests who left yesterday how it was, some a transaction. The cron table runs it by daylight."""
    while True:
        with transaction() as session:
            asked = requests.ask_for_reviews(session, now=clock.now())
        if not asked:
            return


def forget() -> None:
    """Delete what has served its purpose: old codes, ended sessions, bodies of messages, finished work, old keys."""
    each(retention.STEPS, _forget, until=time.monotonic() + FORGETTING_SECONDS)


def _forget(step: Callable[..., None]) -> None:
    with transaction() as session:
        step(session, now=clock.now())
