"""Kaspi pays what it holds for us to our bank account: noted by staff, from the bank's statement."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import audit
from app.domain.actor import Actor
from app.domain.ledger import posting
from app.kit.errors import DomainError, ErrorKind
from app.models import Account, LedgerEntry, PostingKind

_REFERENCE = re.compile(r"[0-9A-Za-z._/-]{1,80}")


def note(session: Session, reference: str, amount: int, *, actor: Actor, now: datetime) -> bool:
    """`amount` tenge came from Kaspi under the bank's number `reference`. False when that was noted before.

    Raises DomainError `settlement_wrong` (422) for a number or an amount that cannot be, and `settlement_other` (409)
    for a number that was noted with another amount.
    """
    if _REFERENCE.fullmatch(reference) is None or amount <= 0:
        raise DomainError("settlement_wrong")
    event_key = f"bank:{reference}"
    noted = select(func.sum(LedgerEntry.amount)).where(
        LedgerEntry.kind == PostingKind.KASPI_SETTLED,
        LedgerEntry.event_key == event_key,
        LedgerEntry.account == Account.BANK,
    )
    before = session.scalar(noted)
    if before is not None:
        if before != amount:
            raise DomainError("settlement_other", ErrorKind.CONFLICT, noted=int(before))
        return False
    posting.kaspi_settled(session, event_key=event_key, amount=amount, at=now)
    audit.record(session, "ledger.settled", actor=actor, subject=("settlement", reference), now=now, amount=amount)
    return True
