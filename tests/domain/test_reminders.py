"""Reminders by the clock: who, when, once each; and what the people of a booking are told on its way to a stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import count_queries, transaction
from app.domain.bookings import reminders, schedule
from app.domain.checkout.settle import settle
from app.domain.checkout.telling import REMIND_OF_HOLD
from app.kit import clock
from app.models import (
    Booking,
    BookingStatus,
    Notification,
    NotificationKind,
    OutboxItem,
    Property,
    TransactionKind,
)
from tests import factories
from tests.domain.stays import Paid, extend, paid_stay, pay_extension, shorten, told

TOMORROW, TODAY, OUT = (
    NotificationKind.CHECK_IN_TOMORROW,
    NotificationKind.CHECK_IN_TODAY,
    NotificationKind.CHECK_OUT_TOMORROW,
)
Remind = Callable[..., int]


def evening(day: date) -> datetime:
    return clock.at_local(day, time(18))


def morning(day: date) -> datetime:
    return clock.at_local(day, time(10))


def run(remind: Remind, now: datetime) -> None:
    """As the job does: batch by batch until nobody is left."""
    while True:
        with transaction() as session:
            if not remind(session, now=now):
                return


def reminded(paid: Paid, kind: NotificationKind) -> int:
    with transaction() as session:
        return told(session, paid.id).count(kind)


def checked_in(paid: Paid) -> None:
    with transaction() as session:
        session.execute(update(Booking).where(Booking.id == paid.id).values(status=BookingStatus.CHECKED_IN))


def test_a_stay_is_reminded_of_the_evening_before_in_the_morning_and_before_its_end(app: Flask, now: datetime) -> None:
    """Once each, however often the clock runs (issue 4, point 6)."""
    paid = paid_stay(10, 3, now=now)
    day = paid.stay.check_in
    for remind, kind, moment in (
        (reminders.check_in_tomorrow, TOMORROW, evening(day - timedelta(days=1))),
        (reminders.check_in_today, TODAY, morning(day)),
        (reminders.check_out_tomorrow, OUT, evening(paid.stay.check_out - timedelta(days=1))),
    ):
        if kind is OUT:
            checked_in(paid)
        run(remind, moment - timedelta(days=1))
        assert reminded(paid, kind) == 0, "a day too early"
        for _ in range(3):
            run(remind, moment)
        run(remind, moment + timedelta(hours=3))
        assert reminded(paid, kind) == 1
        run(remind, moment + timedelta(days=1))
        assert reminded(paid, kind) == 1, "a day too late"


@pytest.mark.parametrize(("hour", "minute", "count"), [(0, 0, 0), (3, 0, 0), (17, 44, 0), (17, 45, 1), (23, 59, 1)])
def test_a_clock_that_starts_anew_at_night_reminds_nobody(
    app: Flask, now: datetime, hour: int, minute: int, count: int
) -> None:
    """Midnight is where the day changes, all year (there is no summer time)."""
    paid = paid_stay(10, now=now)
    day = paid.stay.check_in - timedelta(days=1)
    run(reminders.check_in_tomorrow, clock.at_local(day, time(hour, minute)))
    assert reminded(paid, TOMORROW) == count


def test_only_stays_that_stand_are_reminded_of(app: Flask, now: datetime) -> None:
    cancelled, held_day = paid_stay(10, now=now), clock.local_date(now) + timedelta(days=10)
    with transaction() as session:
        values = {"status": BookingStatus.CANCELLED_BY_GUEST}
        session.execute(update(Booking).where(Booking.id == cancelled.id).values(values))
        prop, guest = factories.make_property(session), factories.make_user(session)
        held = factories.make_hold(session, prop, guest, factories.stay_in(10, now=now), now=now)
    run(reminders.check_in_tomorrow, evening(held_day - timedelta(days=1)))
    assert reminded(cancelled, TOMORROW) == 0
    with transaction() as session:
        assert TOMORROW not in told(session, held.id)


def test_an_extended_stay_is_reminded_of_its_new_end(app: Flask, now: datetime) -> None:
    paid = paid_stay(10, 3, now=now)
    checked_in(paid)
    run(reminders.check_out_tomorrow, evening(paid.stay.check_out - timedelta(days=1)))
    with transaction() as session:
        session.execute(
            update(Booking)
            .where(Booking.id == paid.id)
            .values(
                check_out=paid.stay.check_out + timedelta(days=2), check_out_at=paid.check_out_at + timedelta(days=2)
            )
        )
    run(reminders.check_out_tomorrow, evening(paid.stay.check_out + timedelta(days=1)))
    assert reminded(paid, OUT) == 2


def test_a_run_is_one_query_for_those_who_are_due_and_two_to_tell_them(app: Flask, now: datetime) -> None:
    """However many there are; each also gets its outbox item."""
    stays = [paid_stay(12, now=now) for _ in range(3)]
    seen: list[str] = []
    stop = count_queries(seen.append)
    try:
        with transaction() as session:
            assert reminders.check_in_tomorrow(session, now=evening(stays[0].stay.check_in - timedelta(days=1))) >= 3
    finally:
        stop()
    assert len(seen) == 3
    with transaction() as session:
        ids = select(Notification.id).where(
            Notification.kind == TOMORROW, Notification.booking_id.in_([stay.id for stay in stays])
        )
        subjects = [str(row_id) for row_id in session.scalars(ids)]
        assert len(subjects) == 3
        assert len(session.scalars(select(OutboxItem).where(OutboxItem.subject_id.in_(subjects))).all()) == 3


def test_reminders_say_nothing_to_people_of_yesterday(app: Flask, now: datetime) -> None:
    """A stay that is advanced by the clock is not confirmed any more: «ждём вас» would be late."""
    paid = paid_stay(10, now=now)
    with transaction() as session:
        schedule.advance(session, now=paid.check_in_at + timedelta(minutes=1))
    run(reminders.check_in_today, clock.at_local(paid.stay.check_in, time(15)))
    assert reminded(paid, TODAY) == 0


def held_notice(session: Session, booking_id: int) -> OutboxItem:
    kind = Notification.kind == NotificationKind.BOOKING_HELD
    found = session.scalars(select(Notification.id).where(kind, Notification.booking_id == booking_id)).one()
    return session.scalars(select(OutboxItem).where(OutboxItem.subject_id == str(found))).one()


def test_a_hold_is_told_of_some_minutes_later(app: Flask, now: datetime) -> None:
    """Whoever pays at once needs no message; it is news only while the hold lives (catalogue)."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(10, now=now), now=now)
        assert told(session, booking.id) == [NotificationKind.BOOKING_HELD]
        assert held_notice(session, booking.id).available_at == now + REMIND_OF_HOLD
        assert booking.hold_expires_at is not None
        assert now + REMIND_OF_HOLD < booking.hold_expires_at


def test_a_payment_that_failed_is_told_once_while_it_can_be_tried_again(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(10, now=now), now=now)
        event = factories.paid_event(factories.payment_of(session, booking), at=now, kind=TransactionKind.FAILED)
    for _ in range(3):
        with transaction() as session:
            settle(session, event, now=now)
    with transaction() as session:
        assert told(session, booking.id).count(NotificationKind.PAYMENT_FAILED) == 1


def test_a_payment_that_ran_out_is_no_failure(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(10, now=now), now=now)
        event = factories.paid_event(factories.payment_of(session, booking), at=now, kind=TransactionKind.EXPIRED)
        settle(session, event, now=now)
        assert NotificationKind.PAYMENT_FAILED not in told(session, booking.id)


def to_landlord(session: Session, paid: Paid) -> list[str]:
    prop = session.get_one(Property, paid.flat)
    statement = select(Notification.kind).where(
        Notification.booking_id == paid.id, Notification.user_id == prop.landlord_id
    )
    return sorted(session.scalars(statement))


def test_the_landlord_hears_of_a_booking_and_of_each_change(app: Flask, now: datetime) -> None:
    paid = paid_stay(10, 5, now=now)
    with transaction() as session:
        assert to_landlord(session, paid) == [NotificationKind.NEW_BOOKING]
        shorten(session, paid, 1, now=now)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=now)
        pay_extension(session, amendment, now=now)
    with transaction() as session:
        changes = [NotificationKind.STAY_CHANGED_TO_LANDLORD] * 2
        assert to_landlord(session, paid) == [NotificationKind.NEW_BOOKING, *changes]
        assert told(session, paid.id).count(NotificationKind.STAY_CHANGED) == 2
