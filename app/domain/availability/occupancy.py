"""Taking and releasing nights. Whoever changes a flat's occupancies locks its `property_search` row first.

The exclusion constraint on `occupancies` has the last word; the ring of nights is its index, written here in the same
transaction. A night is busy when its window (check-in time to next day's check-out time plus cleaning) meets any
occupancy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.domain import changes
from app.domain.availability import ring
from app.kit import clock
from app.kit.period import Stay
from app.models import BookingAmendment, Occupancy, OccupancyKind, Property, PropertySearch

_SET_BITS = text("UPDATE property_search SET busy = busy | CAST(:mask AS bit(512)) WHERE property_id = :property_id")
_CLEAR_BITS = text(
    "UPDATE property_search SET busy = (busy & ~CAST(:touched AS bit(512))) | CAST(:busy AS bit(512))"
    " WHERE property_id = :property_id"
)


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HouseTimes:
    """When nights begin and end in one flat (local times)."""

    check_in: time
    check_out: time
    cleaning: timedelta

    @classmethod
    def of(cls, prop: Property) -> HouseTimes:
        """The flat's own times."""
        return cls(prop.check_in_time, prop.check_out_time, timedelta(minutes=prop.cleaning_minutes))

    def check_in_at(self, stay: Stay) -> datetime:
        """The moment (UTC) the flat is the guest's."""
        return clock.at_local(stay.check_in, self.check_in)

    def check_out_at(self, stay: Stay) -> datetime:
        """The moment (UTC) the guest must be out."""
        return clock.at_local(stay.check_out, self.check_out)

    def window(self, stay: Stay) -> Range[datetime]:
        """What the stay takes on the timeline: half-open, cleaning included."""
        return Range(self.check_in_at(stay), self.check_out_at(stay) + self.cleaning, bounds="[)")

    def nights_met(self, during: Range[datetime]) -> Iterator[date]:
        """The nights whose windows meet `during`."""
        if during.lower is None or during.upper is None:
            raise ValueError("an occupancy has both ends")
        # Kazakhstan's clocks are never put forward or back (app/kit/clock.py), so they can be compared as they are.
        begin, end = (moment.astimezone(clock.ALMATY).replace(tzinfo=None) for moment in (during.lower, during.upper))
        first = begin.date() - _DAY
        if datetime.combine(begin.date(), self.check_out) + self.cleaning <= begin:
            first += _DAY
        last = end.date() if datetime.combine(end.date(), self.check_in) < end else end.date() - _DAY
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            yield date.fromordinal(ordinal)


def lock_property(session: Session, property_id: int) -> tuple[Property, str] | None:
    """Lock a flat's timeline until the transaction ends; its data and ring, or None when there is no such flat.

    The flat is read after the lock is held: a statement that joins would show it as it was before the wait.
    """
    locked = select(PropertySearch.busy).where(PropertySearch.property_id == property_id).with_for_update()
    busy = session.scalar(locked)
    if busy is None:
        return None
    return session.get_one(Property, property_id, populate_existing=True), str(busy)


def occupy(
    session: Session,
    prop: Property,
    stay: Stay,
    *,
    kind: OccupancyKind,
    booking_id: int | None = None,
    now: datetime,
) -> bool:
    """Take the stay's nights; False when something has them already. The caller holds the property's lock."""
    values = row(prop.id, HouseTimes.of(prop).window(stay), kind=kind, booking_id=booking_id, now=now)
    taken = session.execute(insert(Occupancy).values(values).on_conflict_do_nothing().returning(Occupancy.id)).first()
    if taken is None:
        return False
    session.execute(_SET_BITS, {"mask": ring.mask(_bookable(set(stay.dates()), now)), "property_id": prop.id})
    changes.nights(session, prop.id, prop.city_id)
    return True


def row(
    property_id: int, during: Range[datetime], *, kind: OccupancyKind, booking_id: int | None, now: datetime
) -> dict[str, object]:
    """An occupancy as values: see `taking.take_with`."""
    return {"property_id": property_id, "kind": kind, "booking_id": booking_id, "during": during, "created_at": now}


def release_booking(session: Session, prop: Property, booking_id: int, *, now: datetime) -> None:
    """Give a booking's nights back. The caller holds the property's lock."""
    statement = delete(Occupancy).where(Occupancy.booking_id == booking_id).returning(Occupancy.during)
    freed = list(session.scalars(statement))
    refresh_ring(session, prop, freed, now=now)


def refresh_ring(session: Session, prop: Property, freed: list[Range[datetime]], *, now: datetime) -> None:
    """Recompute the bits of the nights that `freed` touched from the occupancies that remain."""
    times = HouseTimes.of(prop)
    touched = {night for during in freed for night in times.nights_met(during)}
    if not touched:
        return
    bookable = _bookable(touched, now)
    around = times.window(Stay(min(touched), max(touched) + timedelta(days=1)))
    remaining = select(Occupancy.during).where(
        Occupancy.property_id == prop.id, Occupancy.during.op("&&")(bindparam("around", around, Occupancy.during.type))
    )
    busy = {night for during in session.scalars(remaining) for night in times.nights_met(during)} & bookable
    session.execute(
        _CLEAR_BITS,
        {"touched": ring.mask(bookable), "busy": ring.mask(busy), "property_id": prop.id},
    )
    changes.nights(session, prop.id, prop.city_id)


def _bookable(nights: set[date], now: datetime) -> set[date]:
    """The nights the ring is about: from yesterday to the horizon."""
    today = clock.local_date(now)
    last = today + timedelta(days=ring.HORIZON_DAYS)
    return {night for night in nights if today - timedelta(days=1) <= night < last}


def busy_ring(session: Session, prop: Property, *, now: datetime) -> str:
    """What the ring must be, computed from the occupancies: for rebuilding and for finding drift."""
    times = HouseTimes.of(prop)
    from_today = Occupancy.property_id == prop.id, func.upper(Occupancy.during) > now - timedelta(days=2)
    nights = {
        night
        for during in session.scalars(select(Occupancy.during).where(*from_today))
        for night in times.nights_met(during)
    }
    return ring.mask(_bookable(nights, now))


def set_ring(session: Session, property_id: int, busy: str) -> None:
    """Write a recomputed ring. The caller holds the property's lock."""
    session.execute(update(PropertySearch).where(PropertySearch.property_id == property_id).values(busy=busy))


def occupy_for_amendment(
    session: Session, prop: Property, added: Stay, amendment: BookingAmendment, *, now: datetime
) -> bool:
    """Take the nights that an extension adds; False when something has them. The caller holds the property's lock."""
    taken = occupy(session, prop, added, kind=OccupancyKind.BOOKING, booking_id=amendment.booking_id, now=now)
    if taken:
        window = HouseTimes.of(prop).window(added)
        statement = update(Occupancy).where(Occupancy.booking_id == amendment.booking_id, Occupancy.during == window)
        session.execute(statement.values(amendment_id=amendment.id))
    return taken


def release_amendment(session: Session, prop: Property, amendment_id: int, *, now: datetime) -> None:
    """Give back the nights that an extension held. The caller holds the property's lock."""
    statement = delete(Occupancy).where(Occupancy.amendment_id == amendment_id).returning(Occupancy.during)
    refresh_ring(session, prop, list(session.scalars(statement)), now=now)


def join(session: Session, prop: Property, booking_id: int, stay: Stay) -> None:
    """Make one occupancy of a booking's nights and those an extension added. The caller holds the property's lock.

    The bits are set already: no night changes hands.
    """
    added = delete(Occupancy).where(Occupancy.booking_id == booking_id, Occupancy.amendment_id.is_not(None))
    session.execute(added)
    whole = update(Occupancy).where(Occupancy.booking_id == booking_id).values(during=HouseTimes.of(prop).window(stay))
    session.execute(whole)


def shorten(session: Session, prop: Property, booking_id: int, stay: Stay, *, now: datetime) -> None:
    """Keep only the nights of `stay` for a booking and free the rest. The caller holds the property's lock."""
    before = list(session.scalars(select(Occupancy.during).where(Occupancy.booking_id == booking_id)))
    whole = update(Occupancy).where(Occupancy.booking_id == booking_id).values(during=HouseTimes.of(prop).window(stay))
    session.execute(whole)
    refresh_ring(session, prop, before, now=now)


def keep_blocked(session: Session, booking_id: int) -> None:
    """A landlord cancelled: the booking's nights stay off the market as a block. The caller holds the lock."""
    statement = update(Occupancy).where(Occupancy.booking_id == booking_id, Occupancy.amendment_id.is_(None))
    session.execute(statement.values(kind=OccupancyKind.BLOCK, booking_id=None))
