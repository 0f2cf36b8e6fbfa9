"""What landlords have earned, and a day's batch: what the tests of payouts share."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import reading, transaction
from app.domain.actor import SYSTEM
from app.domain.checkout import sharing
from app.domain.ledger import posting
from app.domain.ledger.balances import of_landlord
from app.domain.payouts import batches
from app.kit import clock
from app.models import Account, Payout
from tests import bank, factories
from tests.domain.stays import Paid, paid_stay


def shared_stay(*, now: datetime, with_account: bool = True, **terms: object) -> tuple[Paid, datetime]:
    """A stay whose money was shared a day after check-in; it, and that moment."""
    paid = paid_stay(2, 5, now=now, **terms)
    later = paid.check_in_at + timedelta(hours=24)
    with transaction() as session:
        assert sharing.share_due(session, paid.id, now=later)
        if with_account:
            bank.open_account(session, paid.landlord, now=later)
    return paid, later


def owe(session: Session, landlord_id: UUID, amount: int, *, at: datetime, number: int = 1) -> None:
    """Let a landlord have earned so much (negative: owe us)."""
    prop = factories.make_property(session, landlord_id=landlord_id)
    booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(9))
    posting.stay_earned(
        session, booking_id=booking.id, landlord_id=landlord_id, landlord=amount, platform=0, number=number, at=at
    )
    session.flush()


def landlord_with(amount: int, *, now: datetime) -> UUID:
    """A landlord who is owed so much and may be paid."""
    with transaction() as session:
        landlord_id = factories.make_property(session).landlord_id
        bank.open_account(session, landlord_id, now=now)
        owe(session, landlord_id, amount, at=now)
    return landlord_id


def make_batch(*, now: datetime) -> tuple[int, date]:
    """Today's batch; its id and day."""
    with transaction() as session:
        made = batches.batch(session, clock.local_date(now), actor=SYSTEM, now=now)
        return made.id, made.day


def payout_to(landlord_id: UUID) -> Payout | None:
    with transaction() as session:
        statement = select(Payout).where(Payout.landlord_id == landlord_id).order_by(Payout.created_at.desc())
        return session.scalars(statement.limit(1)).first()


def owed_to(landlord_id: UUID, account: Account = Account.LANDLORD_PAYABLE) -> int:
    with reading() as connection:
        return -of_landlord(connection, landlord_id, account)


new_days = itertools.count(step=10)
"""Each ten days after the last one: a day has one batch, and both files share a database."""
