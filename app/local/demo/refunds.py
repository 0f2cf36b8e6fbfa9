"""Refunds of the demo's past: they have arrived, and nothing asks Kaspi for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.payments import returns
from app.models import OutboxItem, Refund, RefundTransfer

_TAKES = timedelta(minutes=2)


def let_refunds_arrive(session: Session, booking_ids: Collection[int]) -> None:
    """End what is owed to the guests of these bookings, each refund soon after it was owed."""
    session.flush()
    statement = (
        select(RefundTransfer.id, RefundTransfer.created_at)
        .join(Refund, Refund.id == RefundTransfer.refund_id)
        .where(Refund.booking_id.in_(booking_ids), RefundTransfer.done_at.is_(None))
        .order_by(RefundTransfer.created_at)
    )
    for transfer_id, owed_at in session.execute(statement).all():
        returns.begin(session, transfer_id, now=owed_at)
        returns.done(session, transfer_id, now=owed_at + _TAKES)
        session.execute(delete(OutboxItem).where(OutboxItem.subject_id == str(transfer_id)))
