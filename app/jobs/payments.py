"""Talking to Kaspi: create payments, ask about open ones. Providers are called between transactions, never in one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.bots import announcing
from app.channels import whatsapp_inbound
from app.db import transaction
from app.domain.checkout import expire
from app.domain.checkout.settle import settle
from app.domain.payments import lifecycle
from app.domain.payments.lifecycle import OpenPayment, ProviderEvent
from app.integrations.errors import ProviderError, ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.port import ProviderPaymentStatus, ProviderStatus
from app.jobs import providers
from app.jobs.each import each
from app.kit import clock
from app.kit.errors import DomainError
from app.models import Channel, PayMethod, TransactionKind, TransactionSource

log = structlog.get_logger(__name__)

_ENDED = {
    ProviderPaymentStatus.FAILED: TransactionKind.FAILED,
    ProviderPaymentStatus.EXPIRED: TransactionKind.EXPIRED,
}

SECONDS = 20.0
"""Other work waits behind it on its queue, also when Kaspi answers slowly; who has not been asked about then has their
turn the next time, which is seconds away."""

SHORTEST_SECONDS = 30
"""Kaspi is asked for at least so long, however little is left of the hold."""


def create(payment_id: UUID, *, now: datetime) -> None:
    """Ask Kaspi for what the guest pays with and keep it. A link or a code may be asked for again, a bill may not.

    Raises ProviderUnavailable; and ProviderRefused or ProviderProtocolError after the payment was ended.
    """
    kaspi = providers.kaspi()
    with transaction() as session:
        wanted = lifecycle.to_create(session, payment_id, now=now)
        if wanted is None:
            return
        reference, channel = announcing.origin_of(session, payment_id)
    try:
        created = kaspi.create(
            order_id=str(wanted.id),
            amount=wanted.amount,
            description=f"ЖильеGO, бронь {reference}{', продление' if wanted.is_for_extension else ''}",
            return_url=_way_back(reference, channel, is_extension=wanted.is_for_extension),
            expires_in=max(SHORTEST_SECONDS, int((wanted.expires_at - now).total_seconds())),
            method=wanted.way.method,
            phone=wanted.way.phone,
        )
    except ProviderUnavailable:
        if wanted.way.method is PayMethod.PUSH:
            with transaction() as session:
                lifecycle.record_not_pushed(session, payment_id)
        raise
    except (ProviderRefused, ProviderProtocolError) as error:
        code = error.code if isinstance(error, ProviderRefused) else "protocol"
        with transaction() as session:
            lifecycle.record_refused(session, payment_id, code=code, now=clock.now())
            _tell_chat(session, payment_id)
        raise
    with transaction() as session:
        lifecycle.record_created(
            session,
            payment_id,
            provider_id=created.provider_id,
            pay_url=created.pay_url,
            qr_text=created.qr_text,
            expires_at=created.expires_at,
            poll_after=created.poll_after,
            now=clock.now(),
        )
        _tell_chat(session, payment_id)


def _way_back(reference: str, channel: Channel, *, is_extension: bool) -> str:
    """Where the payer goes afterwards: to the chat they asked in, since no browser may know them; else to the page."""
    settings, link = providers.settings(), ""
    if channel is Channel.TELEGRAM:
        link = settings.telegram_link(f"b{reference}")
    elif channel is Channel.WHATSAPP and settings.whatsapp_link_base:
        link = whatsapp_inbound.link(settings.whatsapp_link_base, f"b{reference}")
    return link or f"{settings.public_url}/checkout/{reference}{'/extension' if is_extension else ''}"


def _tell_chat(session: Session, payment_id: UUID) -> None:
    """Whoever booked in a chat hears there what to pay with, by itself."""
    announcing.payment_changed(session, payment_id, ways=providers.pay_ways(), now=clock.now())


def poll_open() -> None:
    """Ask about the open payments whose turn it is: a lost callback is found here."""
    with transaction() as session:
        due = lifecycle.due_for_poll(session, now=clock.now())
    each(due, _poll, until=time.monotonic() + SECONDS)


def _poll(payment: OpenPayment) -> None:
    with _alone(payment_id=str(payment.id)):
        _ask(payment)


def end_lapsed_holds() -> None:
    """End holds that ran out; one whose payment Kaspi knows is asked about once more before."""
    with transaction() as session:
        lapsed = expire.lapsed(session, now=clock.now())
    each(lapsed, _end, until=time.monotonic() + SECONDS)


def _end(hold: expire.LapsedHold) -> None:
    was_asked = False
    with _alone(booking_id=hold.booking_id):
        if hold.is_open and hold.in_grace(clock.now()):
            with transaction() as session:
                payment = lifecycle.open_payment_of(session, hold.booking_id)
            was_asked = payment is not None and _ask(payment)
        with transaction() as session:
            expire.expire(
                session, hold.booking_id, now=clock.now(), provider_asked=was_asked, amendment_id=hold.amendment_id
            )


@contextlib.contextmanager
def _alone(**subject: str | int) -> Iterator[None]:
    """What may go wrong with one is logged and tried again next time: no reason for the job to fail."""
    try:
        yield
    except (DomainError, DBAPIError, ProviderError) as error:
        log.exception("sweep_skipped", **subject, error=type(error).__name__)


def _ask(payment: OpenPayment) -> bool:
    """Ask Kaspi about one payment and let the answer have its effect. False when Kaspi did not answer.

    A bill that we have closed is withdrawn first, each time until Kaspi has ended it.
    """
    if payment.is_unwanted_bill:
        _withdraw(payment)
    try:
        status = providers.kaspi().status(payment.provider_id)
    except ProviderError as error:
        log.warning("payment_status_unknown", payment_id=str(payment.id), error=str(error))
        return False
    event = _event(payment, status)
    if event is not None:
        with transaction() as session:
            settle_and_tell(session, event, now=clock.now())
    return True


def settle_and_tell(session: Session, event: ProviderEvent, *, now: datetime) -> None:
    """Let a payment's event have its effect; a declined payment for more nights is told where they were asked for.

    Raises DomainError as `settle`.
    """
    if settle(session, event, now=now):
        announcing.extension_declined(session, event.payment_id, ways=providers.pay_ways(), now=now)


def _withdraw(payment: OpenPayment) -> None:
    try:
        providers.kaspi().withdraw(payment.provider_id)
    except ProviderError as error:
        log.warning("bill_not_withdrawn", payment_id=str(payment.id), error=str(error))


def _event(payment: OpenPayment, status: ProviderStatus) -> ProviderEvent | None:
    kind = TransactionKind.PAID if status.status.took_money else _ENDED.get(status.status)
    if kind is None:
        return None
    return ProviderEvent(
        payment_id=payment.id,
        kind=kind,
        amount=status.amount,
        transaction_id=status.transaction_id,
        at=status.paid_at or clock.now(),
        source=TransactionSource.POLL,
        refunded=status.refunded,
    )
