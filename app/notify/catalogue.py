"""The catalogue: who is told what, by which channels, whether at night, and for how long it is worth telling.

The words of a kind are in templates/messages/<kind>/. One line here and a folder there make a notification.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.kit.quiet import QuietHours
from app.models import Channel, NotificationChannel, NotificationKind
from app.notify import news
from app.notify.news import IsNews, Stay


class Audience(StrEnum):
    """Who is told."""

    PHONE = "phone"
    """The owner of a number, who may have no account."""
    GUEST = "guest"
    LANDLORD = "landlord"
    EITHER = "either"
    """Whichever of the two did not write."""


class AtNight(StrEnum):
    """What is done in quiet hours."""

    SEND = "send"
    """Money, keys and arrival do not wait (5-channels, Delivery of notifications)."""
    WAIT_OR_SEND = "wait_or_send"
    """It waits for the morning; what would be stale by then is sent at once."""
    WAIT_OR_DROP = "wait_or_drop"
    """It waits for the morning; what would be stale by then is not sent."""


SMS_ONLY = (NotificationChannel.SMS,)
CHATS_FIRST = (NotificationChannel.TELEGRAM, NotificationChannel.WHATSAPP, NotificationChannel.SMS)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

SOON = timedelta(minutes=2)
"""A guest stands at the door, or a hold of 15 minutes runs out. Outages of a minute are waited out (7-promises, 34)."""


PATIENCE = HOUR
"""What is less urgent waits so long for a chat in trouble: it would be no news any more before some outages end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of notification."""

    audience: Audience
    at_night: AtNight
    news_for: timedelta
    """After so long it is worthless, whatever it is about."""
    is_news: IsNews = news.always
    channels: tuple[NotificationChannel, ...] = CHATS_FIRST
    """In order; the channel that the guest booked by comes first."""
    everywhere: bool = False
    """By every channel that reaches the person, instead of the first."""
    may_wait: IsNews = news.always
    """What must hold in the morning for it to wait until then, besides being news."""
    again_when_unsure: bool = True
    """Sent again when nobody knows whether the provider took it."""
    is_marketing: bool = False
    """Whoever asked for silence in any chat (STOP) gets it by no channel. The rest comes by another one."""
    other_way_after: timedelta | None = None
    """Urgent: so long a channel's temporary trouble is waited out, then the next one tells it."""

    @property
    def patience(self) -> timedelta | None:
        """The same for every kind. None: as long as it is tried."""
        return None if self.is_marketing else self.other_way_after or PATIENCE

    def is_worth_sending(self, stay: Stay | None, *, created_at: datetime, now: datetime) -> bool:
        """Is it still news at `now`?"""
        return now < created_at + self.news_for and (stay is None or self.is_news(stay, now))

    def wait_until(
        self, stay: Stay | None, *, created_at: datetime, quiet: QuietHours | None, now: datetime
    ) -> datetime | None:
        """The morning that something which is news now waits for; None when it goes at once."""
        morning = quiet.end_of(now) if quiet is not None and self.at_night is not AtNight.SEND else None
        if morning is None or self.at_night is AtNight.WAIT_OR_DROP:
            return morning
        is_late = stay is not None and not self.may_wait(stay, morning)
        return morning if not is_late and self.is_worth_sending(stay, created_at=created_at, now=morning) else None


_PHONE, _GUEST, _LANDLORD = Audience.PHONE, Audience.GUEST, Audience.LANDLORD
_SEND, _OR_SEND, _OR_DROP = AtNight.SEND, AtNight.WAIT_OR_SEND, AtNight.WAIT_OR_DROP

CATALOGUE: dict[NotificationKind, Entry] = {
    NotificationKind.LOGIN_CODE: Entry(_PHONE, _SEND, HOUR, channels=SMS_ONLY),
    NotificationKind.BOOKING_HELD: Entry(_GUEST, _SEND, HOUR, news.while_held, other_way_after=SOON),
    NotificationKind.PAYMENT_FAILED: Entry(_GUEST, _SEND, DAY, news.while_held, other_way_after=SOON),
    NotificationKind.BOOKING_CONFIRMED: Entry(_GUEST, _SEND, 3 * DAY, news.until_check_out),
    NotificationKind.KEYS: Entry(_GUEST, _SEND, 91 * DAY, news.until_check_out, other_way_after=SOON),
    NotificationKind.CHECK_IN_TOMORROW: Entry(_GUEST, _OR_DROP, DAY, news.day_before_check_in),
    NotificationKind.CHECK_IN_TODAY: Entry(_GUEST, _OR_DROP, DAY, news.day_of_check_in),
    NotificationKind.CHECK_OUT_TOMORROW: Entry(_GUEST, _OR_DROP, DAY, news.day_before_check_out),
    NotificationKind.STAY_CHANGED: Entry(_GUEST, _SEND, 3 * DAY, news.until_check_out),
    NotificationKind.BOOKING_CANCELLED: Entry(_GUEST, _SEND, 3 * DAY),
    NotificationKind.REFUNDED: Entry(_GUEST, _OR_SEND, 7 * DAY),
    NotificationKind.REQUEST_ACCEPTED: Entry(_GUEST, _SEND, DAY, news.while_held, other_way_after=SOON),
    NotificationKind.REQUEST_DECLINED: Entry(_GUEST, _OR_SEND, DAY),
    NotificationKind.REVIEW_REQUEST: Entry(
        _GUEST, _OR_DROP, 3 * DAY, news.when_over, again_when_unsure=False, is_marketing=True
    ),
    NotificationKind.REQUEST_RECEIVED: Entry(_LANDLORD, _OR_SEND, DAY, news.while_asked),
    NotificationKind.NEW_BOOKING: Entry(
        _LANDLORD, _OR_SEND, 3 * DAY, news.until_check_out, may_wait=news.before_check_in
    ),
    NotificationKind.STAY_CHANGED_TO_LANDLORD: Entry(_LANDLORD, _OR_SEND, 3 * DAY, news.until_check_out),
    NotificationKind.CANCELLED_TO_LANDLORD: Entry(_LANDLORD, _SEND, 3 * DAY),
    NotificationKind.DEPOSIT_CLAIM_OPEN: Entry(_LANDLORD, _OR_SEND, 2 * DAY, news.while_claimable),
    NotificationKind.PAYOUT_SENT: Entry(_LANDLORD, _OR_SEND, 7 * DAY),
    NotificationKind.IBAN_CHANGED: Entry(_LANDLORD, _SEND, 3 * DAY, everywhere=True),
    NotificationKind.MESSAGE_RECEIVED: Entry(Audience.EITHER, _OR_DROP, DAY),
}


def order_of(entry: Entry, booked_by: Channel | None) -> tuple[NotificationChannel, ...]:
    """The channels to try, in order: the one the guest booked by first, when it carries this kind (pure)."""
    if entry.audience is not Audience.GUEST or booked_by is None:
        return entry.channels
    return tuple(sorted(entry.channels, key=lambda channel: channel.value != booked_by.value))
