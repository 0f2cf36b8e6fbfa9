"""The report of a day: what counts, from midnight to midnight in Almaty, the same figures however often it is made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.bookings import state_machine
from app.domain.checkout.settle import settle
from app.domain.reports import daily
from app.domain.reports.daily import CityNight, DailyFigures
from app.jobs import reports
from app.kit import clock
from app.models import Booking, BookingStatus, City, DailyReport, Property, PropertyStatus, Refund, RefundCause
from tests import factories
from tests.local.made_up import installation
from tests.services import Services

DAY = date(2027, 3, 4)
NOON = clock.at_local(DAY, time(12))


@pytest.fixture
def alone(services: Services, fresh_database_url: str) -> Iterator[Flask]:
    """An installation without any bookings."""
    with installation(fresh_database_url, services) as app:
        yield app


def paid(moment: datetime, *, nights: int = 2, total: int | None = None) -> Booking:
    with transaction() as session:
        prop = factories.make_property(session)
        stay = factories.stay_in(5, nights, now=moment)
        return factories.make_paid_booking(session, prop, factories.make_user(session), stay, now=moment)


def report(day: date = DAY) -> DailyFigures:
    with transaction() as session:
        return daily.generate(session, day, now=clock.at_local(DAY + timedelta(days=2), time(0, 15)))


def test_what_was_paid_that_day_counts_by_almatys_midnight(alone: Flask) -> None:
    midnight = clock.at_local(DAY, time(0))
    assert midnight == datetime(2027, 3, 3, 19, 0, tzinfo=UTC)
    paid(midnight - timedelta(seconds=1), nights=7)
    inside = [paid(midnight, nights=2), paid(midnight + timedelta(days=1, seconds=-1), nights=3)]
    paid(midnight + timedelta(days=1), nights=7)
    with transaction() as session:
        settle(session, factories.paid_event(factories.payment_of(session, inside[0]), at=NOON), now=NOON)
    figures = report()
    assert (figures.bookings_made, figures.nights_sold) == (2, 5)
    twice = inside[0].total
    assert figures.gross == sum(booking.total for booking in inside) + twice, "all money that came, also for nothing"
    assert (figures.bookings_cancelled, figures.refunds) == (0, twice)


def test_cancellations_of_paid_stays_and_their_refunds_count(alone: Flask) -> None:
    booking = paid(NOON - timedelta(days=1))
    with transaction() as session:
        row = session.get_one(Booking, booking.id, with_for_update=True)
        state_machine.transition(
            session, row, BookingStatus.CANCELLED_BY_GUEST, actor=Actor.guest(row.guest_id), now=NOON
        )
        session.add(
            Refund(booking_id=row.id, cause=RefundCause.CANCELLED_BY_GUEST, amount=7000, lines=[], created_at=NOON)
        )
    figures = report()
    assert (figures.bookings_made, figures.bookings_cancelled, figures.refunds) == (0, 1, 7000)


def test_a_hold_that_was_never_paid_is_no_booking_and_no_cancellation(alone: Flask) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(9))
    figures = report()
    assert (figures.bookings_made, figures.bookings_cancelled, figures.gross) == (0, 0, 0)


def test_who_sleeps_somewhere_is_there_at_midnight(alone: Flask) -> None:
    """A stay of two nights takes the flat on both of its nights, and neither before nor on the day of leaving."""
    booking = paid(NOON - timedelta(days=10))
    with transaction() as session:
        slug = session.scalars(
            select(City.slug).join(Property, Property.city_id == City.id).where(Property.id == booking.property_id)
        ).one()
        factories.make_property(session)
        session.get_one(Property, factories.make_property(session).id).status = PropertyStatus.PAUSED
    nights = [booking.check_in + timedelta(days=n) for n in (-1, 0, 1, 2)]
    with transaction() as session:
        taken = [daily.figures_of(session, night).occupancy for night in nights]
    assert taken == [(CityNight(slug, 2, count),) for count in (0, 1, 1, 0)]


def test_making_it_again_changes_nothing_but_the_moment(alone: Flask) -> None:
    paid(NOON)
    first = report()
    assert report() == first
    with transaction() as session:
        [row] = session.scalars(select(DailyReport)).all()
        assert (row.day, row.gross, row.nights_sold) == (DAY, first.gross, first.nights_sold)
        assert row.occupancy == [{"city": each.city, "flats": each.flats, "taken": 0} for each in first.occupancy]


def test_a_day_that_is_not_over_has_no_report(alone: Flask) -> None:
    with transaction() as session, pytest.raises(ValueError, match="not over"):
        daily.generate(session, DAY, now=clock.at_local(DAY, time(23, 59)))


def test_the_job_makes_up_for_the_days_of_the_last_week(alone: Flask) -> None:
    reports.generate_daily_report()
    today = clock.local_date(clock.now())
    with transaction() as session:
        days = sorted(session.scalars(select(DailyReport.day)))
        assert days == [today - timedelta(days=n) for n in range(7, 0, -1)]
        made = {row.day: row.made_at for row in session.scalars(select(DailyReport))}
    reports.generate_daily_report()
    with transaction() as session:
        assert {row.day: row.made_at for row in session.scalars(select(DailyReport))} == made
