"""What is done about each kind of outbox item. Working off a queue of them is relay.py's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from app.config import SettingsError
from app.db import transaction
from app.domain import outbox
from app.domain.outbox import Claimed, End, Outcome
from app.integrations.errors import ProviderError, ProviderUnavailable
from app.jobs import chat_replies, notifications, payments, refunds
from app.jobs.wake import QUEUE_OF, Waker
from app.kit import clock
from app.kit.errors import DomainError
from app.models import NotificationKind, OutboxKind
from app.notify.together import Together

log = structlog.get_logger(__name__)


Handler = Callable[[str, datetime, Together | None], None]
"""What is done about a subject at a moment; messages may have been prepared together."""


def _create_payment(subject_id: str, now: datetime, _: Together | None) -> None:
    payments.create(UUID(subject_id), now=now)


def _send_refund(subject_id: str, _now: datetime, _: Together | None) -> None:
    refunds.send(UUID(subject_id))


def _send_notification(subject_id: str, now: datetime, together: Together | None) -> None:
    notifications.send_notification(UUID(subject_id), now=now, together=together)


def _send_booking_confirmation(subject_id: str, now: datetime, together: Together | None) -> None:
    notifications.send_booking_confirmation(UUID(subject_id), now=now, together=together)


def _send_chat_reply(subject_id: str, now: datetime, _together: Together | None) -> None:
    chat_replies.send(int(subject_id), now=now)


HANDLERS: dict[OutboxKind, Handler] = {
    OutboxKind.CREATE_PAYMENT: _create_payment,
    OutboxKind.SEND_REFUND: _send_refund,
    OutboxKind.SEND_NOTIFICATION: _send_notification,
    OutboxKind.SEND_CHAT_REPLY: _send_chat_reply,
}

TOPICS: dict[str, Handler] = {
    NotificationKind.BOOKING_CONFIRMED: _send_booking_confirmation,
}
"""Notifications with a job of their own; the others have that of their outbox kind."""


def attempt(item: Claimed, together: Together | None = None) -> Outcome:
    """Do what an item is about, outside any transaction, and say how it ended. Never raises an Exception."""
    with structlog.contextvars.bound_contextvars(outbox_id=item.id, kind=item.kind.value):
        try:
            handler = TOPICS.get(item.topic or "", HANDLERS[item.kind])
            handler(item.subject_id, clock.now(), together)
        except (chat_replies.WaitsForOlderError, refunds.WaitsBehindError) as error:
            return Outcome(item, End.UNTOUCHED, again_after=error.again_after)
        except (ProviderError, SettingsError, DomainError) as error:
            return _failed(item, error)
        except Exception as error:  # recorded, counted and in the end given up, like any failure
            log.exception("outbox_crashed", attempt=item.attempt)
            return outbox.failed(item, type(error).__name__)
        return Outcome(item, End.DONE)


def _failed(item: Claimed, error: ProviderError | SettingsError | DomainError) -> Outcome:
    """What becomes of an attempt that a provider, our set-up or a rule has ended."""
    if isinstance(error, ProviderUnavailable):
        log.warning("outbox_postponed", attempt=item.attempt, error=str(error))
        return outbox.failed(
            item,
            str(error),
            retry_after=error.retry_after,
            again_within=error.again_within,
            is_outage=error.is_outage,
            outcome_unknown=error.outcome_unknown,
        )
    if isinstance(error, SettingsError):  # no work is at fault for it: all of it waits for whoever sets it right
        log.error("outbox_postponed", attempt=item.attempt, error=str(error))
        return outbox.failed(item, str(error), is_outage=True)
    if isinstance(error, DomainError):
        log.warning("outbox_postponed", attempt=item.attempt, error=error.code)
        return outbox.failed(item, error.code)
    log.error("outbox_dead", error=str(error))
    return Outcome(item, End.DEAD, str(error))


def messages_together(items: Sequence[Claimed]) -> Callable[[Claimed], Outcome]:
    """How to attempt messages that were claimed together: what they say is read here, at once. Never raises.

    One of them that cannot be read spoils the reading of all: then each is read when it is attempted, and that one
    says so itself.
    """
    try:
        together = notifications.prepare([UUID(item.subject_id) for item in items], now=clock.now())
    except Exception:
        log.warning("messages_not_prepared", count=len(items), exc_info=True)
        return attempt
    return partial(attempt, together=together)


def work_off(item_id: int) -> None:
    """Do one outbox item, if it is due and nobody else does (`flask work now`)."""
    with transaction() as session:
        items = outbox.claim(session, list(HANDLERS), now=clock.now(), limit=1, only=item_id)
    outcomes = [attempt(item) for item in items]
    with transaction() as session:
        outbox.record(session, outcomes, now=clock.now())


def sweep(waker: Waker) -> int:
    """Wake a worker for every queue of which something is due: what a lost wake-up left is found here. How many."""
    with transaction() as session:
        kinds = outbox.due_kinds(session, now=clock.now())
    queues = {QUEUE_OF[kind] for kind in kinds if kind in QUEUE_OF}
    for queue in sorted(queues):
        waker.wake(queue)
    return len(queues)
