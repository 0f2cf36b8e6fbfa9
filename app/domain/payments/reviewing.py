"""The review list: payments about which the provider told something odd, until somebody of the staff has looked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import SYSTEM, Actor
from app.kit.errors import DomainError, ErrorKind
from app.models import Payment, PaymentStatus, ReviewReason


def flag(session: Session, payment: Payment, reason: ReviewReason, *, now: datetime, has_taken: bool = False) -> None:
    """Put a payment on the list, and look at it again soon when the provider may tell more.

    What staff has looked at stays off the list when the same is only told again; not when money was taken
    (`has_taken`) or the reason is another one.
    """
    if has_taken or payment.review_reason != reason:
        payment.reviewed_at = None
    payment.review_reason = reason
    if payment.provider_id is not None and payment.status != PaymentStatus.PAID:
        payment.next_poll_at = now
    audit.record(
        session, "payment.flagged", actor=SYSTEM, subject=("payment", payment.id), now=now, reason=reason.value
    )


def close(session: Session, payment_id: UUID, *, actor: Actor, reason: str, now: datetime) -> bool:
    """Staff has looked, and says what they found or did. False when somebody did so before: nothing changes then.

    The reason of the review stays with the payment, since what may be paid and refunded goes by it.
    Raises DomainError `reason_missing`, `reason_too_long`, `payment_unknown` (404), `payment_not_listed` (409).
    """
    text = audit.reason_of(reason)
    payment = session.scalars(select(Payment).where(Payment.id == payment_id).with_for_update()).one_or_none()
    if payment is None:
        raise DomainError("payment_unknown", ErrorKind.NOT_FOUND)
    if payment.review_reason is None:
        raise DomainError("payment_not_listed", ErrorKind.CONFLICT)
    if payment.reviewed_at is not None:
        return False
    payment.reviewed_at = now
    audit.record(
        session,
        "payment.reviewed",
        actor=actor,
        subject=("payment", payment.id),
        now=now,
        about=payment.review_reason,
        reason=text,
    )
    return True
