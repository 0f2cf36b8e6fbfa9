"""A flat's nights as its landlord sees them: whose they are, what they cost, which blocks can be lifted."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import Connection

from app.domain.availability.blocks import punished_blocks
from app.domain.availability.occupancy import HouseTimes
from app.domain.pricing.tariff import Tariff
from app.kit import clock
from app.kit.period import Stay
from app.models import OccupancyKind


@dataclass(frozen=True, slots=True)
class Taken:
    """One stretch of nights that is not free. `stays`: a block that only staff can lift."""

    id: int
    kind: OccupancyKind
    nights: Stay
    reference: str | None
    is_held: bool
    """A booking, or an extension of one, that is not paid yet."""
    stays: bool


@dataclass(frozen=True, slots=True)
class Night:
    """One night of a month. `price` in tenge, of nights that have not passed."""

    date: date
    taken: Taken | None
    is_past: bool
    price: int
    has_rule: bool


_TAKEN = text(
    """
    SELECT o.id, o.kind, o.during, b.reference,
        coalesce(b.status = 'held', false) OR (o.amendment_id IS NOT NULL) AS is_held
    FROM occupancies o LEFT JOIN bookings b ON b.id = o.booking_id
    WHERE o.property_id = :property_id AND o.during && tstzrange(:begins, :ends)
    ORDER BY o.during LIMIT 1000
    """
)


def taken_between(
    connection: Connection, property_id: int, times: HouseTimes, *, first: date, until: date
) -> list[Taken]:
    """What takes nights from `first` up to `until`, in order."""
    params = {
        "property_id": property_id,
        "begins": clock.at_local(first, times.check_in),
        "ends": clock.at_local(until, times.check_in),
    }
    rows = connection.execute(_TAKEN, params).all()
    punished = punished_blocks(connection, property_id) if rows else frozenset[int]()
    found = []
    for row in rows:
        nights = _nights(row.during, times)
        if nights is not None:
            kind = OccupancyKind(row.kind)
            found.append(Taken(row.id, kind, nights, row.reference, row.is_held, row.id in punished))
    return found


def month_of(first: date, taken: Sequence[Taken], tariff: Tariff, *, today: date) -> list[Night]:
    """Every night of the month that begins on `first`. Pure."""
    by_night = {night: each for each in taken for night in each.nights.dates()}
    days = [first.replace(day=number) for number in range(1, monthrange(first.year, first.month)[1] + 1)]
    return [
        Night(day, by_night.get(day), day < today, tariff.price_of(day), tariff.rule_of(day) is not None)
        for day in days
    ]


def times_of(check_in: time, check_out: time, cleaning_minutes: int) -> HouseTimes:
    """When nights begin and end in a flat."""
    return HouseTimes(check_in, check_out, timedelta(minutes=cleaning_minutes))


def _nights(during: Range[datetime], times: HouseTimes) -> Stay | None:
    """The nights that a stretch of time meets; None when it lies between two nights."""
    met = list(times.nights_met(during))
    return Stay(met[0], met[-1] + timedelta(days=1)) if met else None
