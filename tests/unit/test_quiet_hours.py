"""Quiet hours: when they are, whom they keep waiting, and what becomes of that by morning."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.config import Settings
from app.kit import clock
from app.kit.quiet import QuietHours
from app.models import BookingStatus, NotificationKind
from app.notify.catalogue import CATALOGUE, AtNight
from app.notify.news import Stay
from tests.services import make_settings

NIGHT = QuietHours.parse("22:00-08:00")
DAY = date(2027, 3, 5)
CHECK_IN_AT = clock.at_local(DAY, time(14))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    return clock.at_local(day, time(hour, minute))


def stay(status: BookingStatus = BookingStatus.CONFIRMED, **changes: object) -> Stay:
    values: dict[str, object] = {
        "status": status,
        "check_in": DAY,
        "check_out": DAY + timedelta(days=3),
        "check_in_at": CHECK_IN_AT,
        "check_out_at": at(12, day=DAY + timedelta(days=3)),
        "hold_expires_at": None,
        "answer_by": None,
    }
    return Stay(**values | changes)  # type: ignore[arg-type]


def wait(kind: NotificationKind, about: Stay | None, now: datetime) -> datetime | None:
    return CATALOGUE[kind].wait_until(about, created_at=now, quiet=NIGHT, now=now)


@given(MOMENTS)
def test_the_end_of_the_quiet_is_the_next_morning_and_not_quiet_itself(moment: datetime) -> None:
    """From 22:00 until just before 08:00 on Almaty's clocks, over midnight, every day of the year."""
    ends = NIGHT.end_of(moment)
    wall = clock.local_time(moment)
    assert (ends is not None) == (wall >= time(22) or wall < time(8))
    if ends is not None:
        assert timedelta(0) < ends - moment <= timedelta(hours=10)
        assert clock.local_time(ends) == time(8)
        assert NIGHT.end_of(ends) is None
        assert NIGHT.end_of(ends - timedelta(microseconds=1)) == ends


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        (at(21, 59), None),
        (at(22), at(8, day=DAY + timedelta(days=1))),
        (at(23, 59), at(8, day=DAY + timedelta(days=1))),
        (at(0), at(8)),
        (at(7, 59), at(8)),
        (at(8), None),
    ],
)
def test_the_edges_of_the_night(moment: datetime, ends: datetime | None) -> None:
    assert NIGHT.end_of(moment) == ends


@given(MOMENTS)
def test_hours_within_one_day_do_not_go_over_midnight(moment: datetime) -> None:
    siesta = QuietHours.parse("13:00-15:30")
    ends = siesta.end_of(moment)
    assert (ends is not None) == (time(13) <= clock.local_time(moment) < time(15, 30))
    assert ends is None or clock.local_date(ends) == clock.local_date(moment)


@pytest.mark.parametrize("text", ["", "22-8", "22:00", "22:00-24:00", "25:00-08:00", "08:00-08:00", "22:00-08:60"])
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # several reasons, one meaning
        QuietHours.parse(text)


WAITS = {
    NotificationKind.CHECK_IN_TOMORROW,
    NotificationKind.CHECK_IN_TODAY,
    NotificationKind.CHECK_OUT_TOMORROW,
    NotificationKind.REFUNDED,
    NotificationKind.REQUEST_DECLINED,
    NotificationKind.REVIEW_REQUEST,
    NotificationKind.REQUEST_RECEIVED,
    NotificationKind.NEW_BOOKING,
    NotificationKind.STAY_CHANGED_TO_LANDLORD,
    NotificationKind.DEPOSIT_CLAIM_OPEN,
    NotificationKind.PAYOUT_SENT,
    NotificationKind.MESSAGE_RECEIVED,
}


def test_codes_keys_money_and_arrival_do_not_wait() -> None:
    """5-channels: quiet hours for anything that is not about money, keys or arrival."""
    assert {kind for kind, entry in CATALOGUE.items() if entry.at_night is not AtNight.SEND} == WAITS


@given(MOMENTS, st.sampled_from(sorted(NotificationKind)))
def test_nothing_that_may_wait_is_sent_at_night_while_it_keeps(moment: datetime, kind: NotificationKind) -> None:
    """What waits is news in the morning or is dropped; what goes at night may, or would be stale by then."""
    entry = CATALOGUE[kind]
    around = clock.local_date(moment)
    about = stay(
        BookingStatus.CHECKED_IN,
        check_in=around - timedelta(days=2),
        check_out=around + timedelta(days=2),
        check_in_at=moment - timedelta(days=2),
        check_out_at=moment + timedelta(days=2),
    )
    until = entry.wait_until(about, created_at=moment, quiet=NIGHT, now=moment)
    if NIGHT.end_of(moment) is None or entry.at_night is AtNight.SEND:
        assert until is None
    elif until is None:
        assert entry.at_night is AtNight.WAIT_OR_SEND
        morning = NIGHT.end_of(moment)
        assert morning is not None
        is_news = entry.is_worth_sending(about, created_at=moment, now=morning)
        assert not is_news or not entry.may_wait(about, morning)
    else:
        assert until == NIGHT.end_of(moment)


def test_a_request_waits_for_the_morning_unless_its_answer_is_due_before() -> None:
    asked = stay(BookingStatus.REQUESTED, answer_by=at(23) + timedelta(hours=24))
    assert wait(NotificationKind.REQUEST_RECEIVED, asked, at(23)) == at(8, day=DAY + timedelta(days=1))
    due = stay(BookingStatus.REQUESTED, answer_by=at(23, 59))
    assert wait(NotificationKind.REQUEST_RECEIVED, due, at(23)) is None


def test_a_landlord_sleeps_unless_the_guest_comes_before_the_morning() -> None:
    assert wait(NotificationKind.NEW_BOOKING, stay(), at(1)) == at(8)
    tonight = stay(check_in_at=at(1, 30))
    assert wait(NotificationKind.NEW_BOOKING, tonight, at(1)) is None
    begun = stay(BookingStatus.CHECKED_IN, check_in_at=at(14, day=DAY - timedelta(days=1)))
    assert wait(NotificationKind.NEW_BOOKING, begun, at(23, day=DAY - timedelta(days=1))) is None


def test_a_reminder_of_yesterday_is_dropped_in_the_morning() -> None:
    """«Завтра заезд» that could not be sent in the evening waits, and is no news when the day has come."""
    entry, evening = CATALOGUE[NotificationKind.CHECK_IN_TOMORROW], at(22, 30, day=DAY - timedelta(days=1))
    assert entry.is_worth_sending(stay(), created_at=evening, now=evening)
    assert entry.wait_until(stay(), created_at=evening, quiet=NIGHT, now=evening) == at(8)
    assert not entry.is_worth_sending(stay(), created_at=evening, now=at(8))


@pytest.mark.parametrize(
    ("kind", "about", "moment", "is_news"),
    [
        (NotificationKind.CHECK_IN_TOMORROW, stay(), at(23, 59, day=DAY - timedelta(days=1)), True),
        (NotificationKind.CHECK_IN_TOMORROW, stay(), at(0), False),
        (NotificationKind.CHECK_IN_TODAY, stay(), at(0), True),
        (NotificationKind.CHECK_IN_TODAY, stay(), at(14), False),
        (NotificationKind.CHECK_IN_TODAY, stay(BookingStatus.CANCELLED_BY_GUEST), at(10), False),
        (NotificationKind.CHECK_OUT_TOMORROW, stay(), at(18, day=DAY + timedelta(days=2)), True),
        (NotificationKind.CHECK_OUT_TOMORROW, stay(), at(18, day=DAY + timedelta(days=1)), False),
        (NotificationKind.BOOKING_CONFIRMED, stay(BookingStatus.CANCELLED_BY_GUEST), at(1), False),
        (NotificationKind.BOOKING_HELD, stay(BookingStatus.HELD, hold_expires_at=at(10)), at(9, 59), True),
        (NotificationKind.BOOKING_HELD, stay(BookingStatus.HELD, hold_expires_at=at(10)), at(10), False),
        (NotificationKind.BOOKING_HELD, stay(), at(9), False),
        (NotificationKind.REVIEW_REQUEST, stay(BookingStatus.COMPLETED), at(10), True),
        (NotificationKind.REVIEW_REQUEST, stay(BookingStatus.NO_SHOW), at(10), False),
        (NotificationKind.DEPOSIT_CLAIM_OPEN, stay(), at(11, 59, day=DAY + timedelta(days=5)), True),
        (NotificationKind.DEPOSIT_CLAIM_OPEN, stay(), at(12, day=DAY + timedelta(days=5)), False),
    ],
)
def test_what_is_news_follows_the_booking(
    kind: NotificationKind, about: Stay, moment: datetime, *, is_news: bool
) -> None:
    assert CATALOGUE[kind].is_worth_sending(about, created_at=moment, now=moment) is is_news


@pytest.mark.parametrize("kind", NotificationKind)
def test_everything_is_old_at_last(kind: NotificationKind) -> None:
    entry = CATALOGUE[kind]
    assert not entry.is_worth_sending(None, created_at=at(9), now=at(9) + entry.news_for)


@pytest.mark.parametrize(("text", "quiet"), [("off", None), ("23:30-07:00", QuietHours(time(23, 30), time(7)))])
def test_the_hours_are_a_setting(text: str, quiet: QuietHours | None) -> None:
    made = make_settings("postgresql://localhost/x", "redis://localhost", quiet_hours=text)
    assert made.quiet_time == quiet


def test_hours_that_cannot_be_stop_the_process() -> None:
    with pytest.raises(ValidationError, match="22:00-08:00"):
        make_settings("postgresql://localhost/x", "redis://localhost", quiet_hours="at night")
    assert Settings.model_fields["quiet_hours"].default == "22:00-08:00"
