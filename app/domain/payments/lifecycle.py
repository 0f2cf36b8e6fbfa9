"""One attempt to pay, from intent to the provider's last word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import audit, outbox
from app.domain.actor import SYSTEM
from app.domain.payments import reviewing
from app.domain.payments.polling import POLL_FIRST, pause_until_poll
from app.domain.payments.ways import BY_LINK, PayWay
from app.kit.errors import DomainError, ErrorKind
from app.models import (
    OutboxKind,
    Payment,
    PaymentStatus,
    PayMethod,
    ReviewReason,
    Transaction,
    TransactionKind,
    TransactionSource,
)


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What the provider reported about a payment. `amount` is whole tenge as reported."""

    payment_id: UUID
    kind: TransactionKind
    amount: int
    transaction_id: str | None
    at: datetime
    source: TransactionSource
    provider_id: str | None = None
    refunded: int = 0
    """What the provider has given back already."""

    @property
    def external_id(self) -> str:
        """The event's identity, the same by callback and by poll."""
        return f"{self.kind}:{self.transaction_id or self.payment_id}"


@dataclass(frozen=True, slots=True)
class WantedPayment:
    """What a job asks the provider for."""

    id: UUID
    booking_id: int
    amount: int
    expires_at: datetime
    is_for_extension: bool
    way: PayWay


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """A payment that the provider knows: what a job needs to ask about it.

    `is_unwanted_bill`: it lies in the payer's app although we have closed it, and is to be withdrawn.
    """

    id: UUID
    provider_id: str
    is_unwanted_bill: bool


def intend(
    session: Session,
    booking_id: int,
    amount: int,
    *,
    expires_at: datetime,
    now: datetime,
    amendment_id: int | None = None,
    way: PayWay = BY_LINK,
) -> Payment:
    """Write the intent to take `amount` tenge for a booking, or for an extension of it.

    A job asks the provider for a link, a code or a bill after the commit.
    """
    row = intent_row(booking_id, amount, expires_at=expires_at, now=now, method=way.method)
    payment = Payment(**row, amendment_id=amendment_id)
    payment.phone = way.phone
    session.add(payment)
    session.flush()
    outbox.add(session, OutboxKind.CREATE_PAYMENT, payment.id, now=now)
    return payment


def intent_row(
    booking_id: int, amount: int, *, expires_at: datetime, now: datetime, method: PayMethod = PayMethod.LINK
) -> dict[str, object]:
    """A new payment as values, for who writes it together with other rows; an outbox item must be among them."""
    return {
        "id": uuid4(),
        "booking_id": booking_id,
        "amount": amount,
        "captured": 0,
        "returned": 0,
        "status": PaymentStatus.NEW,
        "method": method,
        "expires_at": expires_at,
        "created_at": now,
    }


def lock(session: Session, payment_id: UUID) -> Payment:
    """The payment, locked. Raises DomainError `payment_unknown` (404)."""
    payment = session.scalars(select(Payment).where(Payment.id == payment_id).with_for_update()).one_or_none()
    if payment is None:
        raise DomainError("payment_unknown", ErrorKind.NOT_FOUND)
    return payment


def to_create(session: Session, payment_id: UUID, *, now: datetime) -> WantedPayment | None:
    """What to ask the provider for, or None when it is no longer wanted.

    A bill is pushed at most once: the attempt is noted before it is made, and one that left no trace (its worker died)
    ends the payment, since the bill may be in the payer's app by now.
    """
    payment = session.get(Payment, payment_id)
    if payment is None or payment.status != PaymentStatus.NEW or payment.expires_at <= now:
        return None
    if payment.method == PayMethod.PUSH:
        session.refresh(payment, with_for_update=True)
        if payment.pushed_at is not None:
            record_refused(session, payment_id, code="push_unknown", now=now)
        if payment.status != PaymentStatus.NEW:
            return None
        payment.pushed_at = now
    is_for_extension = payment.amendment_id is not None
    way = PayWay(PayMethod(payment.method), payment.phone)
    return WantedPayment(payment.id, payment.booking_id, payment.amount, payment.expires_at, is_for_extension, way)


def record_not_pushed(session: Session, payment_id: UUID) -> None:
    """The provider did not take the bill: it may be pushed later."""
    lock(session, payment_id).pushed_at = None


def record_created(
    session: Session,
    payment_id: UUID,
    *,
    provider_id: str,
    pay_url: str | None,
    qr_text: str | None,
    now: datetime,
    expires_at: datetime | None = None,
    poll_after: timedelta = POLL_FIRST,
) -> None:
    """Keep what the provider gave to pay with, until when it is good and how often it may be asked about.

    A payment that was closed meanwhile stays closed, but is asked about. Of two answers (a slow worker was overtaken)
    the first one stays: the guest may have been shown it, and nobody the second one.
    """
    payment = lock(session, payment_id)
    if payment.provider_id not in {None, provider_id}:
        return
    payment.provider_id = provider_id
    payment.pay_url = pay_url
    payment.qr_text = qr_text
    payment.provider_expires_at = expires_at
    payment.poll_seconds = round(poll_after.total_seconds())
    if payment.status == PaymentStatus.NEW:
        payment.status = PaymentStatus.CREATED
    if payment.status != PaymentStatus.PAID:
        payment.next_poll_at = now + poll_after


def record_refused(session: Session, payment_id: UUID, *, code: str, now: datetime) -> None:
    """The provider will not take this payment at all: it failed, and the guest may try again."""
    payment = lock(session, payment_id)
    if payment.status == PaymentStatus.NEW:
        payment.status = PaymentStatus.FAILED
        audit.record(
            session, "payment.refused", actor=SYSTEM, subject=("payment", payment.id), now=now, code=code[:100]
        )


def due_for_poll(session: Session, *, now: datetime, limit: int = 100) -> list[OpenPayment]:
    """Payments whose turn it is to be asked about: all that the provider has not ended. Each next turn is put off."""
    statement = (
        select(Payment)
        .where(Payment.next_poll_at <= now, Payment.provider_id.is_not(None))
        .order_by(Payment.next_poll_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    payments = list(session.scalars(statement))
    for payment in payments:
        payment.next_poll_at = now + pause_until_poll(
            timedelta(seconds=payment.poll_seconds), age=now - payment.created_at, is_over=payment.expires_at <= now
        )
    return [_open(payment) for payment in payments]


def open_payment_of(session: Session, booking_id: int) -> OpenPayment | None:
    """The payment of a booking that the provider knows and that may still be paid, unlocked."""
    statement = select(Payment).where(Payment.booking_id == booking_id, Payment.status == PaymentStatus.CREATED)
    payment = session.scalars(statement).one_or_none()
    return None if payment is None else _open(payment)


def set_aside(session: Session, payment: Payment, *, now: datetime) -> None:
    """Another attempt takes the place of this open payment (locked).

    It is asked about soon: its link may still be paid, and its bill is withdrawn.
    """
    payment.status = PaymentStatus.EXPIRED
    if payment.provider_id is not None:
        payment.next_poll_at = now


def ask_soon(session: Session, payment_id: UUID, *, now: datetime) -> None:
    """Something happened to this payment that only its status tells: ask at the next opportunity."""
    payment = lock(session, payment_id)
    if payment.provider_id is not None and payment.status != PaymentStatus.PAID:
        payment.next_poll_at = now


def record_transaction(session: Session, event: ProviderEvent, *, now: datetime) -> int | None:
    """Keep the provider's event once; its id. None: it was there already, and whatever it meant has been done.

    An event that was told of another payment before contradicts itself: this payment goes to the review list.
    """
    row = {
        "payment_id": event.payment_id,
        "external_id": event.external_id,
        "kind": event.kind,
        "source": event.source,
        "amount": event.amount,
        "at": event.at,
        "received_at": now,
    }
    statement = insert(Transaction).values(row).on_conflict_do_nothing().returning(Transaction.id)
    new_id = session.scalars(statement).first()
    if new_id is None:
        known = select(Transaction.payment_id).where(Transaction.external_id == event.external_id)
        if session.scalars(known).one() != event.payment_id:
            payment = session.get_one(Payment, event.payment_id)
            reviewing.flag(session, payment, ReviewReason.MISMATCH, now=now)
    return new_id


def close_open(session: Session, booking_id: int, *, status: PaymentStatus) -> None:
    """No more money is expected for this booking: its open payment, if any, ends as `status`.

    It is still asked about: until the provider says it is over, its link can be paid.
    """
    statement = (
        select(Payment)
        .where(Payment.booking_id == booking_id, Payment.status.in_([PaymentStatus.NEW, PaymentStatus.CREATED]))
        .with_for_update()
    )
    for payment in session.scalars(statement):
        payment.status = status


def _open(payment: Payment) -> OpenPayment:
    if payment.provider_id is None:
        raise RuntimeError("only a payment that the provider knows can be asked about")
    is_unwanted_bill = payment.method == PayMethod.PUSH and not PaymentStatus(payment.status).is_open
    return OpenPayment(payment.id, payment.provider_id, is_unwanted_bill)
