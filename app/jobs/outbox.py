"""Working off the outbox: claim, act outside any transaction, record the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog

from app.db import transaction
from app.domain import outbox
from app.domain.outbox import Claimed
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.jobs import payments, providers, refunds
from app.jobs.wake import QUEUE_OF, Waker
from app.kit import clock
from app.models import OutboxKind
from app.notify import delivery

log = structlog.get_logger(__name__)


def _create_payment(subject_id: str, now: datetime) -> None:
    payments.create(UUID(subject_id), now=now)


def _send_refund(subject_id: str, _now: datetime) -> None:
    refunds.send(UUID(subject_id))


def _send_notification(subject_id: str, now: datetime) -> None:
    config = providers.settings()
    delivery.deliver(
        UUID(subject_id), sms=providers.sms(), public_url=config.public_url, quiet=config.quiet_time, now=now
    )


HANDLERS: dict[OutboxKind, Callable[[str, datetime], None]] = {
    OutboxKind.CREATE_PAYMENT: _create_payment,
    OutboxKind.SEND_REFUND: _send_refund,
    OutboxKind.SEND_NOTIFICATION: _send_notification,
}


def work_off(item_id: int) -> None:
    """Do one outbox item, if nobody else does."""
    with transaction() as session:
        item = outbox.claim(session, item_id, now=clock.now())
    if item is not None:
        _attempt(item)


def _attempt(item: Claimed) -> None:
    with structlog.contextvars.bound_contextvars(outbox_id=item.id, kind=item.kind.value):
        try:
            HANDLERS[item.kind](item.subject_id, clock.now())
        except ProviderUnavailable as error:
            log.warning("outbox_postponed", attempt=item.attempt, error=str(error))
            with transaction() as session:
                outbox.postpone(session, item, error=str(error), retry_after=error.retry_after, now=clock.now())
        except (ProviderRefused, ProviderProtocolError) as error:
            log.error("outbox_dead", error=str(error))  # noqa: TRY400  # expected: the text says all
            with transaction() as session:
                outbox.give_up(session, item.id, error=str(error), now=clock.now())
        except Exception as error:  # recorded, counted and in the end given up, like any failure
            log.exception("outbox_crashed", attempt=item.attempt)
            with transaction() as session:
                outbox.postpone(session, item, error=type(error).__name__, now=clock.now())
        else:
            with transaction() as session:
                outbox.finish(session, item.id, now=clock.now())


def sweep(waker: Waker) -> int:
    """Wake a worker for everything that is due and unclaimed; how many. What a lost wake-up left is found here."""
    with transaction() as session:
        items = outbox.due(session, list(QUEUE_OF), now=clock.now())
    waker.wake_outbox(items)
    return len(items)
