"""Chaining the audit trail and exporting the chain's head into the logs."""

from __future__ import annotations

import time

import structlog

from app.db import transaction
from app.domain import audit_chain
from app.kit import clock

log = structlog.get_logger(__name__)

SECONDS = 15.0
"""The sweeps run on the same queue; the next run goes on."""


def chain_audit() -> None:
    """Chain what was committed since, and what was late by some minutes."""
    with transaction() as session:
        after = audit_chain.floor(session, now=clock.now())
    _chain_after(after)


def chain_whole_audit() -> None:
    """Look for unchained entries among all of them: what was later than any transaction may be."""
    _chain_after(0)


def _chain_after(after: int) -> None:
    give_up_at = time.monotonic() + SECONDS
    has_chained = False
    while time.monotonic() < give_up_at:
        with transaction() as session:
            last = audit_chain.extend(session, after=after, now=clock.now())
        if last is None:
            break
        after, has_chained = last, True
    if has_chained:
        with transaction() as session:
            log.info("audit_chained", audit_head=str(audit_chain.head(session)))
