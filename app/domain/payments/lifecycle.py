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
from app.kit.errors import DomainError, ErrorKind
from app.models import (
    OutboxKind,
    Payment,
    PaymentStatus,
    ReviewReason,
    Transaction,
    TransactionKind,
    TransactionSource,
)

POLL_FIRST = timedelta(seconds=5)
POLL_MOST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What the provider reported about a payment. `amount` is whole tenge as reported."""

    payment_id: UUID
    kind: TransactionKind
    amount: int
    transaction_id: str | None
    at: datetime
    source: TransactionSource

    @property
    def external_id(self) -> str:
        """The event's identity, the same by callback and by poll."""
        return f"{self.kind}:{self.transaction_id or self.payment_id}"


@dataclass(frozen=True, slots=True)
class OpenPayment:
    """What a job needs to ask the provider about a payment."""

    id: UUID
    booking_id: int
    amount: int
    provider_id: str | None
    expires_at: datetime


def intend(session: Session, booking_id: int, amount: int, *, expires_at: datetime, now: datetime) -> Payment:
    """Write the intent to take `amount` tenge; a job asks the provider for a link after the commit."""
    payment = Payment(
        id=uuid4(),
        booking_id=booking_id,
        amount=amount,
        status=PaymentStatus.NEW,
        expires_at=expires_at,
        created_at=now,
    )
    session.add(payment)
    session.flush()
    outbox.add(session, OutboxKind.CREATE_PAYMENT, payment.id, now=now)
    return payment


def lock(session: Session, payment_id: UUID) -> Payment:
    """The payment, locked. Raises DomainError `payment_unknown` (404)."""
    payment = session.scalars(select(Payment).where(Payment.id == payment_id).with_for_update()).one_or_none()
    if payment is None:
        raise DomainError("payment_unknown", ErrorKind.NOT_FOUND)
    return payment


def to_create(session: Session, payment_id: UUID, *, now: datetime) -> OpenPayment | None:
    """What to ask the provider for, or None when it is no longer wanted."""
    payment = session.get(Payment, payment_id)
    if payment is None or payment.status != PaymentStatus.NEW or payment.expires_at <= now:
        return None
    return _open(payment)


def record_created(
    session: Session, payment_id: UUID, *, provider_id: str, pay_url: str, qr_text: str, now: datetime
) -> None:
    """Keep the link the provider gave. Ignored when the payment is not waiting for one any more."""
    payment = lock(session, payment_id)
    payment.provider_id = provider_id
    payment.pay_url = pay_url
    payment.qr_text = qr_text
    if payment.status == PaymentStatus.NEW:
        payment.status = PaymentStatus.CREATED
        payment.next_poll_at = now + POLL_FIRST


def record_refused(session: Session, payment_id: UUID, *, code: str, now: datetime) -> None:
    """The provider will not take this payment at all: it failed, and the guest may try again."""
    payment = lock(session, payment_id)
    if payment.status == PaymentStatus.NEW:
        payment.status = PaymentStatus.FAILED
        audit.record(
            session, "payment.refused", actor=SYSTEM, subject=("payment", payment.id), now=now, code=code[:100]
        )


def due_for_poll(session: Session, *, now: datetime, limit: int = 100) -> list[OpenPayment]:
    """Open payments whose turn it is to be asked about; each next question is put off (5 s growing to 30 s)."""
    statement = (
        select(Payment)
        .where(Payment.status == PaymentStatus.CREATED, Payment.next_poll_at <= now)
        .order_by(Payment.next_poll_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    payments = list(session.scalars(statement))
    for payment in payments:
        payment.next_poll_at = now + min(POLL_MOST, max(POLL_FIRST, (now - payment.created_at) / 4))
    return [_open(payment) for payment in payments]


def open_payment_of(session: Session, booking_id: int) -> OpenPayment | None:
    """The payment of a booking that the provider knows and that may still be paid, unlocked."""
    statement = select(Payment).where(Payment.booking_id == booking_id, Payment.status == PaymentStatus.CREATED)
    payment = session.scalars(statement).one_or_none()
    return None if payment is None else _open(payment)


def record_transaction(session: Session, event: ProviderEvent, *, now: datetime) -> bool:
    """Keep the provider's event once. False: it was there already, and whatever it meant has been done."""
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
    return session.execute(statement).first() is not None


def flag(session: Session, payment: Payment, reason: ReviewReason, *, now: datetime) -> None:
    """Put a payment on the staff's review list, and look at it again soon when the provider may tell more."""
    payment.review_reason = reason
    if reason is ReviewReason.WRONG_AMOUNT and payment.status == PaymentStatus.CREATED:
        payment.next_poll_at = now
    audit.record(
        session, "payment.flagged", actor=SYSTEM, subject=("payment", payment.id), now=now, reason=reason.value
    )


def close_open(session: Session, booking_id: int, *, status: PaymentStatus) -> None:
    """No more money is expected for this booking: its open payment, if any, ends as `status`."""
    statement = (
        select(Payment)
        .where(Payment.booking_id == booking_id, Payment.status.in_([PaymentStatus.NEW, PaymentStatus.CREATED]))
        .with_for_update()
    )
    for payment in session.scalars(statement):
        payment.status = status
        payment.next_poll_at = None


def _open(payment: Payment) -> OpenPayment:
    return OpenPayment(payment.id, payment.booking_id, payment.amount, payment.provider_id, payment.expires_at)
