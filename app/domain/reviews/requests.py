"""Asking guests, the day after they left, how it was."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import String, cast, exists, func, select
from sqlalchemy.orm import Session

from app.domain import notifications
from app.kit import clock
from app.models import Booking, BookingStatus, Notification, NotificationKind, Review, User

ASK_WITHIN = timedelta(days=3)
"""After check-out; a stay that was missed for longer is not asked about any more."""
_PREFIX = "review:"


def ask_for_reviews(session: Session, *, now: datetime, limit: int = 200) -> int:
    """Ask the guests of stays that ended yesterday, or up to three days ago, once each; how many were asked.

    Not asked are those who have written already, and blocked accounts. It is the caller's matter not to ask at night.
    """
    today = clock.local_date(now)
    asked = exists().where(Notification.dedup_key == func.concat(_PREFIX, cast(Booking.id, String)))
    statement = (
        select(Booking.id, Booking.guest_id)
        .where(
            Booking.status == BookingStatus.COMPLETED,
            # the index is on the moment; the rule is on the day
            Booking.check_out_at >= clock.at_local(today - ASK_WITHIN, time.min),
            Booking.check_out_at < clock.at_local(today, time.min),
            ~exists().where(Review.booking_id == Booking.id),
            ~exists().where(User.id == Booking.guest_id, User.blocked_at.is_not(None)),
            ~asked,
        )
        .order_by(Booking.check_out_at, Booking.id)
        .limit(limit)
    )
    return sum(
        notifications.tell_user(
            session,
            NotificationKind.REVIEW_REQUEST,
            guest_id,
            dedup_key=f"{_PREFIX}{booking_id}",
            now=now,
            booking_id=booking_id,
        )
        for booking_id, guest_id in session.execute(statement).all()
    )
