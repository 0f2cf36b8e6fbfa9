"""Giving money back through the provider that took it: from the plan to the provider's last word.

A refund is divided into transfers, each of one payment. One transfer of a payment is in flight at a time (a unique
index). Every step is repeatable: the provider knows a transfer by its id, or is asked what can still be given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import audit, outbox
from app.domain.actor import SYSTEM, Actor
from app.domain.ledger import posting
from app.kit.errors import DomainError, ErrorKind
from app.models import OutboxKind, Payment, Refund, RefundStatus, RefundTransfer, TransferStatus

MOST_TRIES = 3
"""So many times a refund that the provider accepted and then failed is asked for anew; then staff transfers it."""

TRY_AGAIN_AFTER = timedelta(minutes=5)
ASK_FIRST = timedelta(seconds=5)
ASK_MOST = timedelta(hours=1)
CLAIM = timedelta(seconds=75)
"""How long one question may take: longer than a job may run, so whoever held it is gone."""

_OPEN = (TransferStatus.PLANNED, TransferStatus.SENT)
_FINISHED = (TransferStatus.DONE, TransferStatus.BY_BANK)


@dataclass(frozen=True, slots=True)
class WantedReturn:
    """What a job asks the provider for, its own until `claimed_until`. `returnable_before`: see the model."""

    id: UUID
    provider_id: str
    amount: int
    returnable_before: int | None
    claimed_until: datetime


def plan(session: Session, refund: Refund, payments: Sequence[Payment], *, now: datetime) -> None:
    """Divide a refund among these locked payments, in their order, and intend to send each share.

    Raises RuntimeError when they took less: nothing is ever given back twice.
    """
    left = refund.amount
    for payment in payments:
        amount = min(left, payment.captured - payment.returned)
        if amount > 0:
            payment.returned += amount
            left -= amount
            _intend(session, refund.id, payment.id, amount, now=now)
    if left:
        raise RuntimeError("a refund is larger than what was paid")


def begin(session: Session, transfer_id: UUID, *, now: datetime) -> WantedReturn | None:
    """Take a transfer in hand; None when it is ended. `release` gives it back.

    When it is to be asked about next stays as it was: whoever asks now may die, or not be answered.
    Raises DomainError `refund_in_flight` (409) behind another one of the payment, and while someone else asks.
    """
    transfer = _lock(session, transfer_id)
    if transfer is None or TransferStatus(transfer.status) not in _OPEN:
        return None
    if transfer.claimed_until is not None and transfer.claimed_until > now:
        raise DomainError("refund_in_flight", ErrorKind.CONFLICT)
    in_flight = select(RefundTransfer.id).where(
        RefundTransfer.payment_id == transfer.payment_id,
        RefundTransfer.status == TransferStatus.SENT,
        RefundTransfer.id != transfer.id,
    )
    if session.scalars(in_flight).first() is not None:
        raise DomainError("refund_in_flight", ErrorKind.CONFLICT)
    provider_id = session.scalars(select(Payment.provider_id).where(Payment.id == transfer.payment_id)).one()
    if provider_id is None:
        raise RuntimeError("only a payment that the provider knows can be given back")
    transfer.status = TransferStatus.SENT
    transfer.sent_at = transfer.sent_at or now
    transfer.attempts += 1
    until = transfer.claimed_until = now + CLAIM
    return WantedReturn(transfer.id, provider_id, transfer.amount, transfer.returnable_before, until)


def release(session: Session, wanted: WantedReturn) -> None:
    """This job asks no more; what became of it is not known yet. A claim that ran out may be another one's by now."""
    transfer = _lock(session, wanted.id)
    if transfer is not None and transfer.claimed_until == wanted.claimed_until:
        transfer.claimed_until = None


def note_returnable(session: Session, transfer_id: UUID, amount: int) -> None:
    """Keep what the provider said could be given back before this transfer was asked for; the first word counts."""
    transfer = _lock(session, transfer_id)
    if transfer is not None and transfer.returnable_before is None:
        transfer.returnable_before = amount


def accepted(session: Session, transfer_id: UUID, *, now: datetime) -> None:
    """The provider will do it: ask again, first soon and then ever more seldom."""
    transfer = _lock(session, transfer_id)
    if transfer is not None and transfer.status == TransferStatus.SENT:
        waited = now - (transfer.sent_at or now)
        transfer.ask_at = now + min(ASK_MOST, max(ASK_FIRST, waited / 2))
        transfer.claimed_until = None


def done(session: Session, transfer_id: UUID, *, now: datetime) -> Refund | None:
    """The money is back with the guest. The refund when that was the last of it, once."""
    transfer = _lock(session, transfer_id)
    if transfer is None or transfer.status != TransferStatus.SENT:
        return None
    return _finish(session, transfer, TransferStatus.DONE, now=now)


def failed(session: Session, transfer_id: UUID, *, code: str, is_final: bool, now: datetime) -> None:
    """The provider did not do it: ask anew later (under a new id), or, when it never will, leave it to the staff."""
    transfer = _lock(session, transfer_id)
    if transfer is None or transfer.status != TransferStatus.SENT:
        return
    transfer.status = TransferStatus.REFUSED
    transfer.failure = code[:100]
    transfer.ask_at = transfer.claimed_until = None
    tries = select(func.count()).where(
        RefundTransfer.refund_id == transfer.refund_id,
        RefundTransfer.payment_id == transfer.payment_id,
        RefundTransfer.status == TransferStatus.REFUSED,
    )
    session.flush()
    audit.record(
        session, "refund.refused", actor=SYSTEM, subject=("refund", transfer.refund_id), now=now, code=code[:100]
    )
    if is_final or session.scalars(tries).one() >= MOST_TRIES:
        session.get_one(Refund, transfer.refund_id).status = RefundStatus.BY_BANK
    else:
        again = _new(session, transfer.refund_id, transfer.payment_id, transfer.amount, now=now)
        again.ask_at = now + TRY_AGAIN_AFTER


def pay_by_bank(session: Session, refund_id: UUID, *, actor: Actor, reason: str, now: datetime) -> Refund:
    """Staff transferred by bank what the provider refused. Raises DomainError `refund_unknown`, `nothing_refused`."""
    refund = session.scalars(select(Refund).where(Refund.id == refund_id).with_for_update()).one_or_none()
    if refund is None:
        raise DomainError("refund_unknown", ErrorKind.NOT_FOUND)
    if refund.status != RefundStatus.BY_BANK:
        raise DomainError("nothing_refused", ErrorKind.CONFLICT)
    for transfer in _refused_and_not_replaced(session, refund.id):
        _finish(session, transfer, TransferStatus.BY_BANK, now=now)
    if refund.status != RefundStatus.DONE:  # the share of another payment is still on its way
        refund.status = RefundStatus.OWED
    audit.record(
        session, "refund.paid_by_bank", actor=actor, subject=("refund", refund.id), now=now, reason=reason[:200]
    )
    return refund


def due_to_ask(session: Session, *, now: datetime, limit: int = 100) -> list[UUID]:
    """Transfers whose turn it is to be sent or asked about; each next turn is put off, should this one be lost."""
    statement = (
        select(RefundTransfer)
        .where(RefundTransfer.ask_at <= now)
        .order_by(RefundTransfer.ask_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    transfers = session.scalars(statement).all()
    for transfer in transfers:
        transfer.ask_at = now + timedelta(minutes=1)
    return [transfer.id for transfer in transfers]


def ask_soon(session: Session, payment_id: UUID, *, now: datetime) -> None:
    """The provider told something about a refund of this payment: ask about the one in flight at once."""
    statement = select(RefundTransfer).where(
        RefundTransfer.payment_id == payment_id, RefundTransfer.status == TransferStatus.SENT
    )
    for transfer in session.scalars(statement.with_for_update()):
        transfer.ask_at = now


def ask_again(session: Session, refund_id: UUID, *, actor: Actor, reason: str, now: datetime) -> int:
    """Staff has what is open of a refund sent or asked about now, though nobody would any more; how many transfers.

    Raises DomainError `refund_unknown` (404), `nothing_open` (409).
    """
    if session.get(Refund, refund_id) is None:
        raise DomainError("refund_unknown", ErrorKind.NOT_FOUND)
    mine = (RefundTransfer.refund_id == refund_id, RefundTransfer.status.in_(_OPEN))
    transfers = session.scalars(select(RefundTransfer).where(*mine).with_for_update()).all()
    if not transfers:
        raise DomainError("nothing_open", ErrorKind.CONFLICT)
    for transfer in transfers:
        transfer.ask_at = now
    audit.record(
        session, "refund.asked_again", actor=actor, subject=("refund", refund_id), now=now, reason=reason[:200]
    )
    return len(transfers)


def _intend(session: Session, refund_id: UUID, payment_id: UUID, amount: int, *, now: datetime) -> None:
    transfer = _new(session, refund_id, payment_id, amount, now=now)
    outbox.add(session, OutboxKind.SEND_REFUND, transfer.id, now=now)


def _new(session: Session, refund_id: UUID, payment_id: UUID, amount: int, *, now: datetime) -> RefundTransfer:
    transfer = RefundTransfer(
        id=uuid4(),
        refund_id=refund_id,
        payment_id=payment_id,
        amount=amount,
        status=TransferStatus.PLANNED,
        attempts=0,
        created_at=now,
    )
    session.add(transfer)
    session.flush()
    return transfer


def _lock(session: Session, transfer_id: UUID) -> RefundTransfer | None:
    """The transfer, its refund's and its payment's rows locked in the product's order."""
    ids = select(RefundTransfer.payment_id, RefundTransfer.refund_id).where(RefundTransfer.id == transfer_id)
    found = session.execute(ids).one_or_none()
    if found is None:
        return None
    session.execute(select(Payment.id).where(Payment.id == found.payment_id).with_for_update())
    session.execute(select(Refund.id).where(Refund.id == found.refund_id).with_for_update())
    statement = select(RefundTransfer).where(RefundTransfer.id == transfer_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def _finish(session: Session, transfer: RefundTransfer, status: TransferStatus, *, now: datetime) -> Refund | None:
    transfer.status = status
    transfer.done_at = now
    transfer.ask_at = transfer.claimed_until = None
    refund = session.get_one(Refund, transfer.refund_id)
    posting.refund_paid(
        session,
        transfer_id=transfer.id,
        booking_id=refund.booking_id,
        payment_id=transfer.payment_id,
        amount=transfer.amount,
        at=now,
        by_bank=status is TransferStatus.BY_BANK,
    )
    session.flush()
    finished = select(func.coalesce(func.sum(RefundTransfer.amount), 0)).where(
        RefundTransfer.refund_id == refund.id, RefundTransfer.status.in_(_FINISHED)
    )
    if session.scalars(finished).one() < refund.amount:
        return None
    refund.status = RefundStatus.DONE
    refund.done_at = now
    return refund


def _refused_and_not_replaced(session: Session, refund_id: UUID) -> list[RefundTransfer]:
    """Of each payment the last transfer, where it was refused."""
    statement = (
        select(RefundTransfer)
        .where(RefundTransfer.refund_id == refund_id)
        .order_by(RefundTransfer.created_at)
        .with_for_update()
    )
    last = {transfer.payment_id: transfer for transfer in session.scalars(statement)}
    return [transfer for transfer in last.values() if transfer.status == TransferStatus.REFUSED]
