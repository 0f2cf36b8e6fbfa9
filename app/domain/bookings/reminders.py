"""Reminding guests: the evening before check-in, in the morning of it, the evening before check-out. Once each.

Each run is one query for those who were not reminded yet; the cron table says when. What changes between a reminder's
writing and its sending is the catalogue's matter (app/notify).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Text, cast, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain import notifications
from app.domain.notifications import Recipient
from app.kit import clock
from app.models import Booking, BookingStatus, Notification, NotificationKind

BATCH = 500
MORNING, EVENING = time(9, 45), time(17, 45)
"""Before, nobody is reminded: a clock that starts anew makes up for its last run, whenever that is."""


def check_in_tomorrow(session: Session, *, now: datetime) -> int:
    """Remind the guests whose stays begin tomorrow; how many. Zero when all of them were."""
    day = clock.local_date(now) + timedelta(days=1)
    kind = NotificationKind.CHECK_IN_TOMORROW
    return _remind(session, kind, Booking.check_in_at, day, BookingStatus.CONFIRMED, not_before=EVENING, now=now)


def check_in_today(session: Session, *, now: datetime) -> int:
    """Tell the guests whose stays begin later today that they are welcome."""
    day = clock.local_date(now)
    kind = NotificationKind.CHECK_IN_TODAY
    return _remind(session, kind, Booking.check_in_at, day, BookingStatus.CONFIRMED, not_before=MORNING, now=now)


def check_out_tomorrow(session: Session, *, now: datetime) -> int:
    """Remind the guests whose stays end tomorrow. A stay that is extended meanwhile is reminded of its new end."""
    day = clock.local_date(now) + timedelta(days=1)
    kind = NotificationKind.CHECK_OUT_TOMORROW
    return _remind(session, kind, Booking.check_out_at, day, BookingStatus.CHECKED_IN, not_before=EVENING, now=now)


def _remind(
    session: Session,
    kind: NotificationKind,
    moment: InstrumentedAttribute[datetime],
    day: date,
    status: BookingStatus,
    *,
    not_before: time,
    now: datetime,
) -> int:
    """Remind of what happens on `day`; at most a batch, so that the transaction stays short."""
    if clock.local_time(now) < not_before:
        return 0
    key: ColumnElement[str] = func.concat(f"{kind.value}:", cast(Booking.id, Text), f":{day.isoformat()}")
    statement = (
        select(Booking.guest_id, key, Booking.id)
        .where(Booking.status == status)
        # the indexes are on the moments; a stay's times are those of its flat
        .where(moment >= clock.at_local(day, time.min), moment < clock.at_local(day + timedelta(days=1), time.min))
        .where(moment > now, ~exists().where(Notification.dedup_key == key))
        .order_by(moment, Booking.id)
        .limit(BATCH)
    )
    recipients = [Recipient(*found) for found in session.execute(statement)]
    return notifications.tell_users(session, kind, recipients, now=now)
