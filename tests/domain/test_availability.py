"""Nights of a flat: the timeline of occupancies and the ring that search reads always say the same."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range

from app.db import transaction
from app.domain.availability import occupancy, ring
from app.domain.availability.occupancy import HouseTimes
from app.domain.checkout import expire, pay
from app.domain.search import drift, index
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import Occupancy, OccupancyKind, Property, PropertySearch
from tests import factories
from tests.unit.strategies import days, stays

USUAL = HouseTimes(time(14), time(12), timedelta(hours=2))


@st.composite
def house_times(draw: st.DrawFn) -> HouseTimes:
    """Times that the database's CHECK allows: check-out plus cleaning is not after check-in."""
    check_out = draw(st.integers(0, 23 * 60))
    check_in = draw(st.integers(check_out, 23 * 60 + 59))
    cleaning = draw(st.integers(0, check_in - check_out))
    return HouseTimes(
        time(check_in // 60, check_in % 60), time(check_out // 60, check_out % 60), timedelta(minutes=cleaning)
    )


@given(house_times(), stays(longest=40))
def test_a_stay_meets_exactly_its_own_nights(times: HouseTimes, stay: Stay) -> None:
    assert list(times.nights_met(times.window(stay))) == list(stay.dates())


@given(house_times(), stays(longest=20), st.integers(1, 20))
def test_back_to_back_stays_do_not_meet(times: HouseTimes, stay: Stay, nights: int) -> None:
    """Promise 2, for every combination of times a flat may have."""
    following = Stay(stay.check_out, stay.check_out + timedelta(days=nights))
    one, other = times.window(stay), times.window(following)
    assert one.upper is not None
    assert other.lower is not None
    assert one.upper <= other.lower


@given(days, st.integers(0, 24 * 60 - 1), st.integers(1, 60 * 24 * 4))
def test_a_block_of_hours_makes_every_night_busy_that_it_touches(day: date, minute: int, minutes: int) -> None:
    """Against the slow way: each night's window, compared one by one."""
    begin = clock.at_local(day, time(minute // 60, minute % 60))
    during: Range[datetime] = Range(begin, begin + timedelta(minutes=minutes), bounds="[)")
    expected = []
    for offset in range(-3, 9):
        night = day + timedelta(days=offset)
        window = USUAL.window(Stay(night, night + timedelta(days=1)))
        if window.overlaps(during):
            expected.append(night)
    assert list(USUAL.nights_met(during)) == expected


def ring_of(property_id: int) -> str:
    with transaction() as session:
        return str(session.scalars(select(PropertySearch.busy).where(PropertySearch.property_id == property_id)).one())


def test_a_hold_sets_the_bits_of_its_nights_and_cancelling_clears_them(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        stay = factories.stay_in(10, nights=3)
        booking = factories.make_hold(session, prop, guest, stay, now=now)
    assert ring_of(prop.id) == ring.mask(stay.dates())
    with transaction() as session:
        pay.cancel_hold(session, booking.reference, guest_id=guest, now=now)
    assert ring_of(prop.id) == ring.EMPTY


def test_releasing_leaves_the_nights_of_neighbours_alone(app: Flask, now: datetime) -> None:
    """Back-to-back stays touch on a day; freeing one must not free a bit of the other."""
    with transaction() as session:
        prop = factories.make_property(session)
        guests = [factories.make_user(session) for _ in range(3)]
        held = [
            factories.make_hold(session, prop, guest, factories.stay_in(begin), now=now)
            for guest, begin in zip(guests, (10, 12, 14), strict=True)
        ]
        pay.cancel_hold(session, held[1].reference, guest_id=guests[1], now=now)
    kept = [*factories.stay_in(10, now=now).dates(), *factories.stay_in(14, now=now).dates()]
    assert ring_of(prop.id) == ring.mask(kept)


def test_a_refused_hold_leaves_no_bit(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(10, nights=2), now=now)
    before = ring_of(prop.id)
    with pytest.raises(DomainError, match="dates_taken"), transaction() as session:
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(9, nights=2), now=now)
    assert ring_of(prop.id) == before


def test_the_exclusion_constraint_has_the_last_word_when_the_ring_lies(app: Flask, now: datetime) -> None:
    """Promise 2: a ring that was cleared by mistake sells nothing twice."""
    with transaction() as session:
        prop = factories.make_property(session)
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(10), now=now)
        occupancy.set_ring(session, prop.id, ring.EMPTY)
    with pytest.raises(DomainError, match="dates_taken"), transaction() as session:
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(10), now=now)
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[prop.id]) == [prop.id]
        index.rebuild(session, prop.id, now=now)
        assert drift.drifted(session, now=now, of=[prop.id]) == []


def test_back_to_back_bookings_are_accepted_by_the_rules(app: Flask, now: datetime) -> None:
    """Promise 2."""
    with transaction() as session:
        prop = factories.make_property(session)
        for begin in (10, 12, 8):
            factories.make_paid_booking(session, prop, factories.make_user(session), factories.stay_in(begin), now=now)
        found = session.scalars(select(Occupancy).where(Occupancy.property_id == prop.id)).all()
        assert len(found) == 3


def test_rings_follow_occupancies_through_a_random_life(app: Flask, now: datetime) -> None:
    """60 random acts on three flats: after each, rings equal what the occupancies say; at the end nothing drifted."""
    draw = random.Random(20270304)
    with transaction() as session:
        props = [factories.make_property(session) for _ in range(3)]
    held: list[tuple[str, object, int]] = []
    moment, refused = now, 0
    for _ in range(60):
        moment += timedelta(seconds=20)
        with transaction() as session:
            if held and draw.random() < 0.4:
                reference, guest, booking_id = held.pop(draw.randrange(len(held)))
                if draw.random() < 0.5:
                    pay.cancel_hold(session, reference, guest_id=guest, now=moment)  # type: ignore[arg-type]
                else:
                    assert expire.expire(session, booking_id, now=moment + timedelta(hours=3), provider_asked=True)
                continue
            prop = session.get_one(Property, draw.choice(props).id)
            stay = factories.stay_in(draw.randrange(1, 25), draw.randrange(1, 6), now=now)
            guest_id = factories.make_user(session)
            if ring.is_free(ring_of(prop.id), stay.check_in, stay.check_out):
                booking = factories.make_hold(session, prop, guest_id, stay, now=moment)
                held.append((booking.reference, guest_id, booking.id))
            else:
                refused += 1
    assert refused > 2
    assert held
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[prop.id for prop in props]) == []
        for prop in props:
            assert str(occupancy.busy_ring(session, prop, now=now)) == ring_of(prop.id)


def test_control_a_wrong_bit_is_reported_as_drift(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        occupancy.set_ring(session, prop.id, ring.mask([clock.local_date(now) + timedelta(days=3)]))
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[prop.id]) == [prop.id]
        index.rebuild(session, prop.id, now=now)


def test_passed_nights_are_cleared_and_coming_ones_kept(app: Flask) -> None:
    now = datetime(2031, 3, 4, 19, 0, 1, tzinfo=UTC)  # just after midnight of 5 March in Almaty
    today = date(2031, 3, 5)
    nights = [today - timedelta(days=2), today - timedelta(days=1), today, today + timedelta(days=499)]
    with transaction() as session:
        prop = factories.make_property(session)
        occupancy.set_ring(session, prop.id, ring.mask(nights))
    after: int | None = prop.id - 1
    while after is not None:
        with transaction() as session:
            after = index.clear_passed(session, after=after, now=now)
    assert ring_of(prop.id) == ring.mask(nights[2:])


def test_a_flat_without_its_index_row_cannot_be_booked(app: Flask, now: datetime) -> None:
    """The row is the lock: without it there is no booking, rather than an unguarded one."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        session.execute(text("DELETE FROM property_search WHERE property_id = :id"), {"id": prop.id})
    with pytest.raises(DomainError, match="property_unknown"), transaction() as session:
        factories.make_hold(session, prop, guest, factories.stay_in(5), now=now)
    with transaction() as session:
        index.rebuild(session, prop.id, now=now)
        factories.make_hold(session, prop, guest, factories.stay_in(5), now=now)


def test_a_landlords_block_keeps_guests_out(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        assert occupancy.lock_property(session, prop.id) is not None
        stay = factories.stay_in(5, nights=3)
        assert occupancy.occupy(session, prop, stay, kind=OccupancyKind.BLOCK, now=now)
        assert not occupancy.occupy(session, prop, stay, kind=OccupancyKind.BLOCK, now=now)
    with pytest.raises(DomainError, match="dates_taken"), transaction() as session:
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(7), now=now)
