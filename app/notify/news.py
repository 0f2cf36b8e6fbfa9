"""Until when a notification is news: pure questions about a booking at a moment.

They are asked when a message is about to be sent, and at night about the morning it could wait for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.kit import clock
from app.models import BookingStatus

CLAIM_DEPOSIT_WITHIN = timedelta(hours=48)
"""After check-out; then a deposit goes back by itself (3-domain, After the stay)."""


@dataclass(frozen=True, slots=True)
class Stay:
    """What is known of the booking that a notification is about. Moments are UTC, dates Almaty's."""

    status: BookingStatus
    check_in: date
    check_out: date
    check_in_at: datetime
    check_out_at: datetime
    hold_expires_at: datetime | None
    answer_by: datetime | None

    @property
    def claim_until(self) -> datetime:
        """Until when the landlord may claim the deposit."""
        return self.check_out_at + CLAIM_DEPOSIT_WITHIN


IsNews = Callable[[Stay, datetime], bool]
"""Is it still news about this stay at this moment (UTC)?"""


def while_held(stay: Stay, now: datetime) -> bool:
    """It can still be paid."""
    return stay.status is BookingStatus.HELD and stay.hold_expires_at is not None and now < stay.hold_expires_at


def while_asked(stay: Stay, now: datetime) -> bool:
    """The landlord can still answer."""
    return stay.status is BookingStatus.REQUESTED and stay.answer_by is not None and now < stay.answer_by


def before_check_in(stay: Stay, now: datetime) -> bool:
    """The guest cannot be at the door yet."""
    return now < stay.check_in_at


def until_check_out(stay: Stay, now: datetime) -> bool:
    """The stay stands and is not over."""
    return stay.status in {BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN} and now < stay.check_out_at


def day_before_check_in(stay: Stay, now: datetime) -> bool:
    """It begins tomorrow."""
    return stay.status is BookingStatus.CONFIRMED and stay.check_in == clock.local_date(now) + timedelta(days=1)


def day_of_check_in(stay: Stay, now: datetime) -> bool:
    """It begins today, later."""
    return stay.status is BookingStatus.CONFIRMED and now < stay.check_in_at and stay.check_in == clock.local_date(now)


def day_before_check_out(stay: Stay, now: datetime) -> bool:
    """It ends tomorrow; a stay that was changed since may not."""
    return until_check_out(stay, now) and stay.check_out == clock.local_date(now) + timedelta(days=1)


def when_over(stay: Stay, now: datetime) -> bool:
    """The guest has been there."""
    return stay.status is BookingStatus.COMPLETED


def while_claimable(stay: Stay, now: datetime) -> bool:
    """The landlord may still claim the deposit."""
    return now < stay.claim_until


def always(stay: Stay, now: datetime) -> bool:
    """It has happened, and nothing takes it back."""
    return True
