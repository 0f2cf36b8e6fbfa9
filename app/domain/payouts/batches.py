"""The payouts of a day: every landlord who is owed money and whose account may be used is paid in one batch.

What a landlord is owed is the balance of their account in the ledger, so a refund after a payout makes it smaller or
turns it round, and the next payouts are what is left. A landlord's account row is locked before the balance is read:
two batches at once do not pay the same money twice.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import audit, notifications
from app.domain.actor import Actor
from app.domain.ledger import posting
from app.domain.payouts.accounts import let_pending_in
from app.kit import clock
from app.kit.errors import DomainError, ErrorKind
from app.models import (
    Account,
    LandlordAccount,
    LedgerEntry,
    NotificationKind,
    Payout,
    PayoutBatch,
    PayoutStatus,
    User,
)

LEAST = 1_000
"""Tenge; what is less waits for more: a bank's fee would eat it."""
RETURN_REASONS = frozenset({"account_closed", "wrong_details", "refused_by_bank", "other"})
"""Why a bank returns a payout."""
BLOCKED = "landlord_blocked"
"""Why a payout never went to the bank: its landlord was blocked after the batch was made."""


def batch(session: Session, day: date, *, actor: Actor, now: datetime) -> PayoutBatch:
    """The batch of this day on Almaty's calendar, made by the first who asks; the same one ever after.

    Raises DomainError `payout_day_wrong` (422) for a day without a batch that is not today.
    """
    found = of_day(session, day)
    if found is not None:
        return found
    if day != clock.local_date(now):
        raise DomainError("payout_day_wrong", today=clock.local_date(now).isoformat())
    statement = insert(PayoutBatch).values(day=day, created_at=now).on_conflict_do_nothing()
    batch_id = session.scalar(statement.returning(PayoutBatch.id))  # waits for whoever makes it in this moment
    if batch_id is None:
        return session.scalars(select(PayoutBatch).where(PayoutBatch.day == day)).one()
    made = session.get_one(PayoutBatch, batch_id)
    payouts = _pay_everyone(session, made, now=now)
    total = sum(payout.amount for payout in payouts)
    audit.record(
        session, "payouts.made", actor=actor, subject=("payout_batch", made.id), now=now, count=len(payouts), sum=total
    )
    return made


def of_day(session: Session, day: date) -> PayoutBatch | None:
    """The batch of a day, if there is one."""
    return session.scalars(select(PayoutBatch).where(PayoutBatch.day == day)).one_or_none()


def payouts_of(session: Session, batch_id: int) -> list[Payout]:
    """The payouts of a batch, always in the same order."""
    return list(session.scalars(select(Payout).where(Payout.batch_id == batch_id).order_by(Payout.id)))


def confirm(session: Session, payout_id: UUID, *, actor: Actor, now: datetime) -> Payout:
    """The bank has carried a payout out; again is nothing.

    Raises DomainError `payout_unknown` (404), `payout_state` (409) for one that is not at the bank.
    """
    payout = _lock(session, payout_id)
    if payout.status == PayoutStatus.CONFIRMED:
        return payout
    _check_is_at_bank(payout)
    payout.status, payout.confirmed_at = PayoutStatus.CONFIRMED, now
    posting.payout_confirmed(session, payout_id=payout.id, landlord_id=payout.landlord_id, amount=payout.amount, at=now)
    audit.record(session, "payout.confirmed", actor=actor, subject=("payout", payout.id), now=now)
    notifications.tell_user(
        session,
        NotificationKind.PAYOUT_SENT,
        payout.landlord_id,
        dedup_key=f"payout:{payout.id}",
        now=now,
        params={"amount": str(payout.amount)},
    )
    return payout


def take_back(session: Session, payout_id: UUID, *, reason: str, actor: Actor, now: datetime) -> Payout:
    """The bank has returned a payout: the landlord is owed it again; again is nothing.

    Also one that it had carried out: the landlord's bank may refuse it days later. Raises DomainError
    `payout_unknown`, `payout_state` (409), `return_reason_unknown` (422).
    """
    if reason not in RETURN_REASONS:
        raise DomainError("return_reason_unknown", reasons=", ".join(sorted(RETURN_REASONS)))
    payout = _lock(session, payout_id)
    if payout.status == PayoutStatus.RETURNED:
        return payout
    if payout.status != PayoutStatus.CONFIRMED:
        _check_is_at_bank(payout)
    _return(session, payout, reason=reason, actor=actor, now=now)
    return payout


def to_export(session: Session, made: PayoutBatch, *, actor: Actor, now: datetime) -> list[Payout]:
    """The payouts of a locked batch that go to the bank, always the same once it was exported.

    Until then those of people who were blocked since are kept back: the money is owed to them as before, also when that
    leaves nobody. Raises DomainError `payout_batch_empty` (409) for a batch that was made of nobody.
    """
    payouts = payouts_of(session, made.id)
    if not payouts:
        raise DomainError("payout_batch_empty", ErrorKind.CONFLICT)
    if made.exported_at is None:
        landlords = [payout.landlord_id for payout in payouts]
        blocked = set(session.scalars(select(User.id).where(User.id.in_(landlords), User.blocked_at.is_not(None))))
        for payout in payouts:
            if payout.landlord_id in blocked:
                _return(session, payout, reason=BLOCKED, actor=actor, now=now)
    return [payout for payout in payouts if payout.return_reason != BLOCKED]


def _pay_everyone(session: Session, made: PayoutBatch, *, now: datetime) -> list[Payout]:
    accounts = _usable_accounts(session, now=now)
    owed = _owed(session, [account.landlord_id for account in accounts])
    payouts = [
        _pay(session, made, account, owed[account.landlord_id], now=now)
        for account in accounts
        if owed.get(account.landlord_id, 0) >= LEAST
    ]
    session.flush()
    return payouts


def _usable_accounts(session: Session, *, now: datetime) -> list[LandlordAccount]:
    """Verified accounts with an IBAN that may be used now, of people who are not blocked; locked, ids ascending."""
    statement = (
        select(LandlordAccount)
        .join(User, User.id == LandlordAccount.landlord_id)
        .where(LandlordAccount.verified_at.is_not(None), User.blocked_at.is_(None))
        .order_by(LandlordAccount.landlord_id)
        .with_for_update(of=LandlordAccount)
    )
    accounts = session.scalars(statement.execution_options(populate_existing=True)).all()
    for account in accounts:
        let_pending_in(account, now=now)
    return [account for account in accounts if account.iban_sealed is not None]


def _owed(session: Session, landlord_ids: list[UUID]) -> dict[UUID, int]:
    """What each of them is owed, in tenge, read after their accounts were locked."""
    statement = (
        select(LedgerEntry.landlord_id, func.sum(LedgerEntry.amount))
        .where(LedgerEntry.account == Account.LANDLORD_PAYABLE, LedgerEntry.landlord_id.in_(landlord_ids))
        .group_by(LedgerEntry.landlord_id)
    )
    return {landlord_id: -int(total) for landlord_id, total in session.execute(statement) if landlord_id is not None}


def _pay(session: Session, made: PayoutBatch, account: LandlordAccount, amount: int, *, now: datetime) -> Payout:
    payout = Payout(
        id=uuid4(),
        batch_id=made.id,
        landlord_id=account.landlord_id,
        amount=amount,
        status=PayoutStatus.CREATED,
        iban_last4=account.iban_last4,
        created_at=now,
    )
    payout.holder, payout.tax_id, payout.iban = account.holder, account.tax_id, account.iban or ""
    session.add(payout)
    posting.payout_sent(session, payout_id=payout.id, landlord_id=account.landlord_id, amount=amount, at=now)
    return payout


def _return(session: Session, payout: Payout, *, reason: str, actor: Actor, now: datetime) -> None:
    posting.payout_returned(
        session,
        payout_id=payout.id,
        landlord_id=payout.landlord_id,
        amount=payout.amount,
        was_confirmed=payout.status == PayoutStatus.CONFIRMED,
        at=now,
    )
    payout.status, payout.returned_at, payout.return_reason = PayoutStatus.RETURNED, now, reason
    payout.confirmed_at = None
    audit.record(session, "payout.returned", actor=actor, subject=("payout", payout.id), now=now, reason=reason)


def _lock(session: Session, payout_id: UUID) -> Payout:
    statement = select(Payout).where(Payout.id == payout_id).with_for_update()
    payout = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if payout is None:
        raise DomainError("payout_unknown", ErrorKind.NOT_FOUND)
    return payout


def _check_is_at_bank(payout: Payout) -> None:
    if payout.status != PayoutStatus.EXPORTED:
        raise DomainError("payout_state", ErrorKind.CONFLICT, status=payout.status)
