"""Sending money back: each transfer of a refund is asked for until Kaspi has said how it ended."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from app.db import transaction
from app.domain.checkout import refunding
from app.domain.payments import returns
from app.domain.payments.returns import WantedReturn
from app.integrations.errors import ProviderError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.port import ProviderRefundStatus, RefundResult
from app.jobs import providers
from app.jobs.each import each
from app.kit import clock
from app.kit.errors import DomainError

log = structlog.get_logger(__name__)

SECONDS = 20.0
"""Then nothing more is asked about: a Kaspi that answers slowly must not keep the queue from everything else on it."""

BEHIND_ANOTHER = timedelta(seconds=10)
REASON = "ЖильеGO: возврат"


class WaitsBehindError(ProviderUnavailable):
    """Another refund of the payment, or another asker, is first: nothing was attempted, nothing has failed.

    Kaspi may take hours over a refund that it accepted, so waiting uses up no attempt.
    """

    is_outage = False
    again_after = BEHIND_ANOTHER


def send(subject_id: UUID) -> None:
    """Ask for one transfer, whose end may come later.

    Raises ProviderUnavailable, ProviderProtocolError; WaitsBehindError while another one of its payment is in flight.
    Items of the outbox that are older than transfers name a refund: it is planned now.
    """
    try:
        with transaction() as session:
            refunding.plan_forgotten(session, subject_id, now=clock.now())
            wanted = returns.begin(session, subject_id, now=clock.now())
    except DomainError as error:  # one refund of a payment is in flight at a time
        raise WaitsBehindError(f"kaspi: {error.code}") from error
    if wanted is not None:
        _ask(wanted)


def ask_due(seconds: float = SECONDS) -> None:
    """Ask about the transfers that Kaspi accepted, and send those that it failed once more.

    Begins nothing after so many seconds: who has not been asked about then has their turn in a minute.
    """
    give_up_at = time.monotonic() + seconds
    with transaction() as session:
        due = returns.due_to_ask(session, now=clock.now())
    each(due, _send_due, until=give_up_at)


def _send_due(transfer_id: UUID) -> None:
    try:
        send(transfer_id)
    except (ProviderError, DomainError, DBAPIError) as error:  # its next turn comes by itself
        log.warning("refund_status_unknown", transfer_id=str(transfer_id), error=str(error))


def _ask(wanted: WantedReturn) -> None:
    try:
        answer = _call(wanted)
    except ProviderRefused as error:
        log.error("refund_refused", transfer_id=str(wanted.id), answer=error.code)  # noqa: TRY400  # the code says all
        with transaction() as session:
            returns.failed(session, wanted.id, code=error.code, is_final=True, now=clock.now())
    except ProviderError:
        with transaction() as session:
            returns.release(session, wanted)
        raise
    else:
        _record(wanted.id, answer)


def _call(wanted: WantedReturn) -> RefundResult:
    kaspi = providers.kaspi()
    before = wanted.returnable_before
    if before is None:
        before = kaspi.returnable(wanted.provider_id)
        if before is not None:  # kept before anything is asked for: it tells later whether it was done
            with transaction() as session:
                returns.note_returnable(session, wanted.id, before)
    return kaspi.refund(wanted.provider_id, str(wanted.id), wanted.amount, REASON, returnable_before=before)


def _record(transfer_id: UUID, answer: RefundResult) -> None:
    with transaction() as session:
        if answer.status is ProviderRefundStatus.DONE:
            refunding.transfer_done(session, transfer_id, now=clock.now())
        elif answer.status is ProviderRefundStatus.FAILED:
            returns.failed(session, transfer_id, code="failed", is_final=False, now=clock.now())
        else:
            returns.accepted(session, transfer_id, now=clock.now())
