"""Handling what providers told us."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog

from app.db import transaction
from app.domain import inbox
from app.domain.payments import lifecycle, returns
from app.domain.payments.lifecycle import ProviderEvent
from app.integrations.errors import ProviderProtocolError
from app.integrations.kaspi.signature import KaspiCallback, KaspiEvent, parse_callback
from app.jobs.payments import settle_and_tell
from app.jobs.queues import QueueName
from app.jobs.statuses import note_message_status
from app.jobs.wake import Waker
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import InboxItem, InboxProvider, TransactionKind, TransactionSource

log = structlog.get_logger(__name__)

_KINDS = {
    KaspiEvent.PAID: TransactionKind.PAID,
    KaspiEvent.FAILED: TransactionKind.FAILED,
    KaspiEvent.EXPIRED: TransactionKind.EXPIRED,
}
_REFUNDS = {KaspiEvent.REFUND_DONE, KaspiEvent.REFUND_FAILED}


def process_kaspi_payment(item: InboxItem) -> None:
    """Let one stored callback of Kaspi have its effect, once; raises when it cannot."""
    callback = parse_callback((item.body or "").encode())
    with transaction() as session:
        if callback.event in _REFUNDS:  # who asked for it asks how it ended: the provider's answer is the truth
            returns.ask_soon(session, _payment_id(callback.order_id), now=clock.now())
        elif callback.event is KaspiEvent.UNKNOWN:
            lifecycle.ask_soon(session, _payment_id(callback.order_id), now=clock.now())
        else:
            settle_and_tell(session, _event(callback), now=clock.now())
        inbox.finish(session, item.id, now=clock.now())


JOBS: dict[InboxProvider, Callable[[InboxItem], None]] = {
    InboxProvider.KASPI: process_kaspi_payment,
    InboxProvider.TWILIO: note_message_status,
}
"""What handles each provider's messages."""


def handle(item_id: str) -> None:
    """Let one stored message have its effect, once. What cannot be understood waits for a person."""
    row_id = UUID(item_id)
    with transaction() as session:
        item = inbox.claim(session, row_id, now=clock.now())
    if item is None:
        return
    try:
        JOBS[InboxProvider(item.provider)](item)
    except ProviderProtocolError as error:
        _give_up(row_id, str(error))
    except DomainError as error:
        if error.kind is ErrorKind.NOT_FOUND:
            _give_up(row_id, error.code)
        else:
            log.warning("inbox_postponed", inbox_id=item_id, error=error.code)
            _postpone(row_id, error.code)
    except Exception as error:  # recorded, counted and in the end given up, like any failure
        log.exception("inbox_crashed", inbox_id=item_id)
        _postpone(row_id, type(error).__name__)


def waiting(*, limit: int) -> list[UUID]:
    """Messages that nobody is at work on, first come first."""
    with transaction() as session:
        return inbox.due(session, now=clock.now(), limit=limit)


def sweep(waker: Waker) -> bool:
    """Wake a worker when a message waits: what a lost wake-up left is found here. Was there any?"""
    is_any = bool(waiting(limit=1))
    if is_any:
        waker.wake(QueueName.HIGH_PRIORITY)
    return is_any


def _event(callback: KaspiCallback) -> ProviderEvent:
    return ProviderEvent(
        payment_id=_payment_id(callback.order_id),
        kind=_KINDS[callback.event],
        amount=callback.amount,
        transaction_id=callback.transaction_id,
        at=callback.at,
        source=TransactionSource.CALLBACK,
        provider_id=callback.payment_id,
    )


def _payment_id(order_id: str) -> UUID:
    try:
        return UUID(order_id)
    except ValueError:
        raise ProviderProtocolError("kaspi: order_id is not one of ours") from None


def _postpone(row_id: UUID, error: str) -> None:
    with transaction() as session:
        inbox.postpone(session, row_id, error=error, now=clock.now())


def _give_up(row_id: UUID, error: str) -> None:
    log.error("inbox_dead", inbox_id=str(row_id), error=error)
    with transaction() as session:
        inbox.give_up(session, row_id, error=error, now=clock.now())
