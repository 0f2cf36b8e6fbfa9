"""Owing money to a guest: the refund, its postings, its shares of the payments, and the intention to send them.

All of it in the transaction of the act that causes it. The flat and the booking are locked.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.bookings.cancellation import Part, RefundLine, RefundQuote, Tier
from app.domain.checkout import sharing, telling
from app.domain.checkout.locking import lock_booking
from app.domain.ledger import posting
from app.domain.payments import returns
from app.kit.money import Tenge
from app.models import Booking, Payment, Property, Refund, RefundCause, RefundStatus, RefundTransfer


def owe(
    session: Session,
    prop: Property,
    booking: Booking,
    cause: RefundCause,
    price: RefundQuote,
    *,
    now: datetime,
    amendment_id: int | None = None,
) -> Refund | None:
    """Note that the guest gets this back of a stay that was paid, and intend to send it. None when nothing does."""
    if not price.total:
        return None
    refund = Refund(
        id=uuid4(),
        booking_id=booking.id,
        amendment_id=amendment_id,
        cause=cause,
        status=RefundStatus.OWED,
        amount=price.total,
        lines=price.as_json(),
        created_at=now,
    )
    session.add(refund)
    session.flush()
    _plan(session, refund, now=now)
    sharing.follow_refund(session, booking, prop.landlord_id, now=now)
    return refund


def owe_stray(
    session: Session, payment: Payment, transaction_id: int, amount: int, cause: RefundCause, *, now: datetime
) -> None:
    """Money that cannot become a stay goes back in full. The payment is locked."""
    refund = Refund(
        id=uuid4(),
        booking_id=payment.booking_id,
        transaction_id=transaction_id,
        cause=cause,
        status=RefundStatus.OWED,
        amount=amount,
        lines=[],
        created_at=now,
    )
    session.add(refund)
    session.flush()
    posting.refund_owed(
        session, refund_id=refund.id, booking_id=payment.booking_id, prepayments=amount, deposit=0, at=now
    )
    returns.plan(session, refund, [payment], now=now)


def owe_deposit(session: Session, prop: Property, booking: Booking, amount: int, *, now: datetime) -> Refund | None:
    """The deposit (or what staff left of it) goes back to the guest."""
    line = RefundLine(Part.DEPOSIT, Tenge(amount), Tenge(amount))
    return owe(session, prop, booking, RefundCause.DEPOSIT, RefundQuote(Tier.FULL, (line,) if amount else ()), now=now)


def transfer_done(session: Session, transfer_id: UUID, *, now: datetime) -> None:
    """Kaspi returned the money of one transfer; with the last one the guest is told."""
    refund = returns.done(session, transfer_id, now=now)
    if refund is not None:
        telling.refunded(session, refund, now=now)


def pay_by_bank(session: Session, refund_id: UUID, *, actor: Actor, reason: str, now: datetime) -> Refund:
    """Staff transferred by bank what Kaspi refused; the guest is told when that was the last of it.

    Raises DomainError `refund_unknown` (404), `nothing_refused` (409).
    """
    refund = returns.pay_by_bank(session, refund_id, actor=actor, reason=reason, now=now)
    if refund.status == RefundStatus.DONE:
        telling.refunded(session, refund, now=now)
    return refund


def plan_forgotten(session: Session, refund_id: UUID, *, now: datetime) -> None:
    """Plan a refund that was owed by a version of this product that did not send money yet; else nothing."""
    refund = session.get(Refund, refund_id)
    if refund is None:
        return
    lock_booking(session, refund.booking_id)
    planned = select(RefundTransfer.id).where(RefundTransfer.refund_id == refund.id)
    if session.scalars(planned).first() is None:
        _plan(session, refund, now=now)


def _plan(session: Session, refund: Refund, *, now: datetime) -> None:
    deposit = sum(line["back"] for line in refund.lines if line["part"] == Part.DEPOSIT)
    posting.refund_owed(
        session,
        refund_id=refund.id,
        booking_id=refund.booking_id,
        prepayments=refund.amount - deposit,
        deposit=deposit,
        at=now,
    )
    payments = select(Payment).where(Payment.booking_id == refund.booking_id).order_by(Payment.id).with_for_update()
    found = session.scalars(payments.execution_options(populate_existing=True)).all()
    newest_first = sorted((each for each in found if each.paid_at), key=lambda each: each.paid_at or now, reverse=True)
    returns.plan(session, refund, newest_first, now=now)
