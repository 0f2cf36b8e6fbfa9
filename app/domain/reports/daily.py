"""The report of a day, by Almaty's calendar: what was booked, cancelled, paid and given back, and how full it was.

A report follows from records that stay, so making it again gives the same figures; only the number of flats is that of
the moment of making.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.kit import clock
from app.models import (
    AmendmentKind,
    Booking,
    BookingAmendment,
    BookingEvent,
    BookingStatus,
    City,
    DailyReport,
    Occupancy,
    OccupancyKind,
    Property,
    PropertyStatus,
    Refund,
    Transaction,
    TransactionKind,
)

MADE_UP_FOR = 7
"""Days that are reported late when nobody was there to do it in time."""

_CANCELLED = (
    BookingStatus.CANCELLED_BY_GUEST,
    BookingStatus.CANCELLED_BY_LANDLORD,
    BookingStatus.CANCELLED_BY_STAFF,
)
_PAID = (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN)


@dataclass(frozen=True, slots=True)
class CityNight:
    """How many of a city's published flats somebody slept in."""

    city: str
    flats: int
    taken: int


@dataclass(frozen=True, slots=True)
class DailyFigures:
    """A day's figures; money in whole tenge.

    `bookings_made` became paid on that day; `nights_sold` are theirs and those of extensions paid on that day;
    `bookings_cancelled` had been paid; `gross` is the money that came in; `refunds` is what that day's acts give back.
    """

    day: date
    bookings_made: int
    bookings_cancelled: int
    nights_sold: int
    gross: int
    refunds: int
    occupancy: tuple[CityNight, ...]


def generate(session: Session, day: date, *, now: datetime) -> DailyFigures:
    """Write the report of a day, in place of an earlier one. Raises ValueError for a day that is not over."""
    if day >= clock.local_date(now):
        raise ValueError("the day is not over")
    figures = figures_of(session, day)
    row = {
        "day": day,
        "bookings_made": figures.bookings_made,
        "bookings_cancelled": figures.bookings_cancelled,
        "nights_sold": figures.nights_sold,
        "gross": figures.gross,
        "refunds": figures.refunds,
        "occupancy": [{"city": each.city, "flats": each.flats, "taken": each.taken} for each in figures.occupancy],
        "made_at": now,
    }
    session.execute(insert(DailyReport).values(row).on_conflict_do_update(index_elements=["day"], set_=row))
    return figures


def missing(session: Session, *, now: datetime) -> list[date]:
    """The days of the last week without a report, oldest first."""
    today = clock.local_date(now)
    days = [today - timedelta(days=back) for back in range(MADE_UP_FOR, 0, -1)]
    found = set(session.scalars(select(DailyReport.day).where(DailyReport.day.in_(days))))
    return [day for day in days if day not in found]


def figures_of(session: Session, day: date) -> DailyFigures:
    """What the records say about a day, in two statements. Of a day that is not over: so far."""
    made = select(func.count()).where(_on(Booking.confirmed_at, day))
    nights = func.coalesce(func.sum(func.cardinality(Booking.night_prices)), 0)
    sold = select(nights).where(_on(Booking.confirmed_at, day))
    added = select(func.coalesce(func.sum(func.cardinality(BookingAmendment.night_prices)), 0)).where(
        BookingAmendment.kind == AmendmentKind.EXTENSION, _on(BookingAmendment.confirmed_at, day)
    )
    cancelled = select(func.count()).where(
        BookingEvent.to_status.in_(_CANCELLED), BookingEvent.from_status.in_(_PAID), _on(BookingEvent.at, day)
    )
    gross = select(func.coalesce(func.sum(Transaction.amount), 0)).where(
        Transaction.kind == TransactionKind.PAID, _on(Transaction.at, day)
    )
    refunds = select(func.coalesce(func.sum(Refund.amount), 0)).where(_on(Refund.created_at, day))
    asked = [each.scalar_subquery() for each in (made, sold, added, cancelled, gross, refunds)]
    found = [int(each) for each in session.execute(select(*asked)).one()]
    return DailyFigures(
        day=day,
        bookings_made=found[0],
        bookings_cancelled=found[3],
        nights_sold=found[1] + found[2],
        gross=found[4],
        refunds=found[5],
        occupancy=_occupancy(session, day),
    )


def _on(
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], day: date
) -> ColumnElement[bool]:
    begin, end = (clock.at_local(each, time(0)) for each in (day, day + timedelta(days=1)))
    return (moment >= begin) & (moment < end)


def _occupancy(session: Session, day: date) -> tuple[CityNight, ...]:
    """Whoever sleeps somewhere is there at midnight."""
    midnight = clock.at_local(day + timedelta(days=1), time(0))
    taken = (
        select(Occupancy.property_id)
        .where(Occupancy.kind == OccupancyKind.BOOKING, Occupancy.during.contains(midnight))
        .subquery()
    )
    statement = (
        select(City.slug, func.count(), func.sum(case((taken.c.property_id.is_not(None), 1), else_=0)))
        .select_from(Property)
        .join(City, City.id == Property.city_id)
        .join(taken, taken.c.property_id == Property.id, isouter=True)
        .where(Property.status == PropertyStatus.PUBLISHED)
        .group_by(City.slug)
        .order_by(City.slug)
    )
    return tuple(CityNight(slug, flats, int(count)) for slug, flats, count in session.execute(statement))
