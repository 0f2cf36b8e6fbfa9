"""What people were told, and where, is forgotten after thirty days (promise 30 in part)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain import notifications
from app.domain.retention import BODIES, purge
from app.models import Notification, NotificationKind, NotificationStatus
from tests import factories


def code(now: datetime) -> UUID:
    """A one-time code on its way: the address and the code are sealed in the row."""
    key = f"test:{uuid4()}"
    with transaction() as session:
        phone = factories.new_phone()
        notifications.tell(
            session,
            NotificationKind.LOGIN_CODE,
            phone=phone,
            language="ru",
            dedup_key=key,
            now=now,
            params={"code": "1"},
        )
        return session.scalars(select(Notification.id).where(Notification.dedup_key == key)).one()


def payout(now: datetime) -> UUID:
    """A message to an account: the row holds what it says, and no address."""
    key = f"test:{uuid4()}"
    with transaction() as session:
        user = factories.make_user(session)
        notifications.tell_user(
            session, NotificationKind.PAYOUT_SENT, user, dedup_key=key, now=now, params={"amount": "127500"}
        )
        return session.scalars(select(Notification.id).where(Notification.dedup_key == key)).one()


@pytest.mark.parametrize("make", [code, payout])
@pytest.mark.parametrize("is_sent", [True, False])
def test_addresses_and_texts_go_after_thirty_days_and_not_before(
    app: Flask, now: datetime, *, make: object, is_sent: bool
) -> None:
    told: UUID = make(now)  # type: ignore[operator]
    if is_sent:
        with transaction() as session:
            row = session.get_one(Notification, told)
            row.status, row.sent_at = NotificationStatus.SENT, now
    with transaction() as session:
        purge(session, now=now + BODIES - timedelta(seconds=1))
    with transaction() as session:
        assert session.get_one(Notification, told).params_sealed is not None
    with transaction() as session:
        purge(session, now=now + BODIES + timedelta(seconds=1))
    with transaction() as session:
        row = session.get_one(Notification, told)
        assert (row.address_sealed, row.params_sealed) == (None, None)
        assert row.status == (NotificationStatus.SENT if is_sent else NotificationStatus.FAILED)
