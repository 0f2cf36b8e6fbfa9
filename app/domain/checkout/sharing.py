"""When a guest's money becomes the landlord's and the platform's: 24 hours after check-in, and with every later change.

A booking says when its money is shared next (`settle_at`). Sharing brings the ledger to what was kept of the stay: what
was paid less what came or comes back. So it may be repeated, and a refund after it takes back what was shared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.domain.bookings import refunds
from app.domain.bookings.cancellation import Part
from app.domain.bookings.refunds import PaidStay
from app.domain.checkout.locking import lock_booking
from app.domain.ledger import posting
from app.domain.ledger.shares import Kept, Shares, share
from app.models import Account, Booking, LedgerEntry, PostingKind, Refund

SHARE_AFTER = timedelta(hours=24)
"""So long after check-in; a problem at arrival that is reported until then keeps the money back."""


def plan(booking: Booking) -> None:
    """The booking was paid: its money is shared when the guest has been there for a day."""
    booking.settle_at = booking.check_in_at + SHARE_AFTER


def plan_extension(booking: Booking, *, now: datetime) -> None:
    """More was paid: it is shared with the rest, or at once when that has been done."""
    if booking.settle_at is None:
        booking.settle_at = now


def due(session: Session, *, now: datetime, limit: int = 200) -> list[int]:
    """Bookings whose money is to be shared, those first that wait longest. A reported problem keeps one out."""
    statement = (
        select(Booking.id)
        .where(Booking.settle_at <= now, Booking.frozen_at.is_(None))
        .order_by(Booking.settle_at)
        .limit(limit)
    )
    return list(session.scalars(statement))


def share_due(session: Session, booking_id: int, *, now: datetime) -> bool:
    """Share what was paid for a booking if its time has come. False when it has not (any more)."""
    prop, booking = lock_booking(session, booking_id)
    if booking.settle_at is None or booking.settle_at > now or booking.frozen_at is not None:
        return False
    booking.settle_at = None
    _bring_up_to_date(session, booking, prop.landlord_id, now=now)
    return True


def follow_refund(session: Session, booking: Booking, landlord_id: UUID, *, now: datetime) -> None:
    """A refund was owed: what was shared before is shared anew. Nothing before the first sharing."""
    if _shared(session, booking.id)[1]:
        _bring_up_to_date(session, booking, landlord_id, now=now)


def kept_of(session: Session, booking: Booking) -> Kept:
    """What was paid for a booking and neither came nor comes back. Nothing for one that was never paid."""
    if booking.confirmed_at is None:
        return Kept(0, 0, 0)
    return _kept(refunds.paid_stay(session.connection(), booking.id), _given_back(session, [booking.id])[booking.id])


def kept_of_all(session: Session, rows: Sequence[Row[tuple[Any, ...]]]) -> dict[int, Kept]:
    """The same of several paid bookings, whose `refunds.PAID_COLUMNS` were read, in two statements more; by id."""
    stays = refunds.paid_stays(session.connection(), rows)
    back = _given_back(session, list(stays))
    return {booking_id: _kept(stay, back[booking_id]) for booking_id, stay in stays.items()}


def _given_back(session: Session, booking_ids: Sequence[int]) -> dict[int, dict[Part, int]]:
    back = {booking_id: dict.fromkeys(Part, 0) for booking_id in booking_ids}
    owed = select(Refund.booking_id, Refund.lines).where(Refund.booking_id.in_(booking_ids))
    for booking_id, lines in session.execute(owed):
        for line in lines:
            back[booking_id][Part(line["part"])] += line["back"]
    return back


def _kept(stay: PaidStay, back: Mapping[Part, int]) -> Kept:
    paid = stay.ever_paid
    return Kept(
        nights=paid.nights - back[Part.NIGHTS],
        cleaning=paid.cleaning - back[Part.CLEANING],
        service_fee=paid.service_fee - back[Part.SERVICE_FEE],
        deposit=paid.deposit - back[Part.DEPOSIT],
    )


def _bring_up_to_date(session: Session, booking: Booking, landlord_id: UUID, *, now: datetime) -> None:
    wanted = share(kept_of(session, booking), commission_percent=booking.commission_percent)
    present, times = _shared(session, booking.id)
    if wanted != present:
        posting.stay_earned(
            session,
            booking_id=booking.id,
            landlord_id=landlord_id,
            landlord=wanted.landlord - present.landlord,
            platform=wanted.platform - present.platform,
            number=times + 1,
            at=now,
        )


def _shared(session: Session, booking_id: int) -> tuple[Shares, int]:
    """What was shared of a booking so far, and how often."""
    session.flush()
    mine = (LedgerEntry.booking_id == booking_id, LedgerEntry.kind == PostingKind.STAY_EARNED)
    sums = select(LedgerEntry.account, func.sum(LedgerEntry.amount)).where(*mine).group_by(LedgerEntry.account)
    found = {account: -int(total) for account, total in session.execute(sums)}
    times = session.scalar(select(func.count(LedgerEntry.posting_id.distinct())).where(*mine)) or 0
    return Shares(found.get(Account.LANDLORD_PAYABLE, 0), found.get(Account.PLATFORM_REVENUE, 0)), times
