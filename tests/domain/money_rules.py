"""What happens to the money of stays, as acts of the machine in stay_machine.py: it is shared, and it goes back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.checkout import sharing
from app.domain.payments import returns
from app.models import Booking, OutboxItem, Refund, RefundCause, RefundTransfer, TransferStatus

any_one = st.integers(min_value=0, max_value=20)


class Impossible(Exception):  # noqa: N818  # nothing went wrong: there is nothing to do it to
    """There is nothing that this act could be done to."""


class MoneyRules(RuleBasedStateMachine):
    """Acts on the money of the bookings in `references`."""

    now: datetime
    references: list[str]
    flats: list[int]

    @contextlib.contextmanager
    def act(self, name: str) -> Iterator[Session]:
        """One transaction; a rule that says no is an answer."""
        raise NotImplementedError

    @precondition(lambda self: self.references)
    @rule(later=st.booleans())
    def money_is_shared(self, later: bool) -> None:
        """The job of sharing comes by; with `later` for a stay whose day is still to come."""
        with self.act("share") as session:
            ours = select(Booking).where(Booking.reference.in_(self.references), Booking.settle_at.is_not(None))
            found = session.scalars(ours.order_by(Booking.settle_at)).first()
            if found is None or found.settle_at is None:
                raise Impossible
            if later:
                self.wait_until(found.settle_at, session)
            if not sharing.share_due(session, found.id, now=self.now):
                raise Impossible

    @precondition(lambda self: self.references)
    @rule(which=any_one, end=st.sampled_from(["done", "done", "done", "accepted", "failed", "refused"]))
    def money_goes_back(self, which: int, end: str) -> None:
        """Kaspi is asked for a transfer and says how it ended."""
        with self.act(f"return_{end}") as session:
            transfer = self._open_transfer(session, which)
            if returns.begin(session, transfer.id, now=self.now) is None:
                raise Impossible
            if end == "done":
                returns.done(session, transfer.id, now=self.now)
            elif end == "accepted":
                returns.accepted(session, transfer.id, now=self.now)
            else:
                returns.failed(session, transfer.id, code=end, is_final=end == "refused", now=self.now)

    def wait_until(self, moment: datetime, session: Session) -> None:
        """Let time pass."""
        raise NotImplementedError

    def owes(self, session: Session, booking_id: int, amount: int) -> None:
        """The refund of an ending is a row of exactly this amount, divided into transfers that are to be sent."""
        session.flush()
        rows = [row for row in session.scalars(select(Refund).where(Refund.booking_id == booking_id)) if _ends(row)]
        assert [row.amount for row in rows] == ([amount] if amount else [])
        for row in rows:
            mine = select(RefundTransfer.id).where(RefundTransfer.refund_id == row.id)
            planned = session.scalars(select(func.sum(RefundTransfer.amount)).where(RefundTransfer.id.in_(mine))).one()
            assert planned == amount
            ids = [str(transfer_id) for transfer_id in session.scalars(mine)]
            items = select(func.count()).where(OutboxItem.kind == "send_refund", OutboxItem.subject_id.in_(ids))
            assert session.scalars(items).one() == len(ids)

    def _open_transfer(self, session: Session, which: int) -> RefundTransfer:
        statement = (
            select(RefundTransfer)
            .join(Refund, Refund.id == RefundTransfer.refund_id)
            .join(Booking, Booking.id == Refund.booking_id)
            .where(Booking.reference.in_(self.references))
            .where(RefundTransfer.status.in_([TransferStatus.PLANNED, TransferStatus.SENT]))
            .order_by(Booking.id, RefundTransfer.amount, RefundTransfer.created_at)
        )
        found = session.scalars(statement).all()
        if not found:
            raise Impossible
        return found[which % len(found)]


def _ends(refund: Refund) -> bool:
    return RefundCause(refund.cause).ends_the_stay
