"""One of many that cannot be worked off keeps no other waiting, and is not passed over in silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError

from app.db import transaction
from app.domain.ledger import balances
from app.domain.pricing.quote import deposit_in
from app.jobs import aftercare, housekeeping, sharing
from app.models import Account, Booking, Notification, OutboxItem
from tests import factories


@pytest.mark.parametrize(
    ("job", "due", "account"),
    [
        (sharing.share_due, "settle_at", Account.LANDLORD_PAYABLE),
        (aftercare.give_back_deposits, "deposit_due_at", Account.REFUNDS_PAYABLE),
    ],
)
def test_a_stay_that_cannot_be_worked_off_holds_up_no_other(
    alone: Flask, now: datetime, job: Callable[[], None], due: str, account: Account
) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session, deposit=20_000), factories.make_user(session)
        poison, healthy = (
            factories.make_completed_booking(session, prop, guest, left=left, now=now) for left in (10, 5)
        )
        assert deposit_in(healthy.quote) == 20_000
        for stay, days in ((poison, 2), (healthy, 1)):
            session.execute(update(Booking).where(Booking.id == stay.id).values({due: now - timedelta(days=days)}))
        session.execute(update(Booking).where(Booking.id == poison.id).values(quote=[{}]))
    with pytest.raises(KeyError):
        job()
    with transaction() as session:
        assert balances.of_booking(session.connection(), healthy.id).get(account, 0) < 0
        assert getattr(session.get_one(Booking, healthy.id), due) is None
        assert getattr(session.get_one(Booking, poison.id), due) is not None


def test_what_cannot_be_forgotten_keeps_nothing_else_from_being_forgotten(alone: Flask, now: datetime) -> None:
    """Promise 30: bodies go after thirty days, also when another table takes too long or is in somebody's hands."""
    with transaction() as session:
        factories.make_paid_booking(
            session, factories.make_property(session), factories.make_user(session), factories.stay_in(9), now=now
        )
        session.execute(update(Notification).values(params_sealed=b"x", created_at=now - timedelta(days=31)))
        session.execute(update(OutboxItem).values(done_at=now - timedelta(days=8)))
        session.execute(text("ALTER TABLE login_codes RENAME TO codes_of_yesterday"))
    with pytest.raises(ProgrammingError):
        housekeeping.forget()
    with transaction() as session:
        kept = select(func.count()).select_from(Notification).where(Notification.params_sealed.is_not(None))
        assert session.scalar(kept) == 0
        assert session.scalar(select(func.count()).select_from(OutboxItem)) == 0
