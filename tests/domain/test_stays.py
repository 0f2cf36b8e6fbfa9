"""3-domain, "Stays": which dates may be had, and what takes them off the market."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.dialects.postgresql import Range

from app.db import transaction
from app.domain.actor import Actor
from app.domain.availability import blocks
from app.domain.checkout import pay
from app.kit import clock
from app.models import Occupancy, OccupancyKind, PriceRule, Property
from tests import factories
from tests.domain.stays import check, extend, free, night, paid_stay, refused

TODAY = clock.local_date(clock.now())
MORNING = clock.at_local(TODAY, time(10, 0))
MINUTE = timedelta(minutes=1)


def flat(**terms: Any) -> Property:
    with transaction() as session:
        return factories.make_property(session, **terms)


def hold(prop: Property, days: int, nights: int = 2, *, now: datetime = MORNING, guests: int = 2) -> None:
    with transaction() as session:
        stay = factories.stay_in(days, nights, now=MORNING)
        factories.make_hold(session, prop, factories.make_user(session), stay, guests=guests, now=now)


def test_another_guest_may_arrive_on_the_day_of_check_out(app: Flask) -> None:
    """A stay is half-open: nights 10 and 11 leave the 12th free."""
    prop = flat()
    hold(prop, 10, 2)
    hold(prop, 12, 1)
    with refused("dates_taken"):
        hold(prop, 11, 1)


@pytest.mark.parametrize(
    ("nights", "code", "limit"), [(2, "too_few_nights", 3), (3, None, 0), (14, None, 0), (15, "too_many_nights", 14)]
)
def test_a_flat_accepts_stays_between_its_shortest_and_longest(
    app: Flask, nights: int, code: str | None, limit: int
) -> None:
    prop = flat(min_nights=3, max_nights=14)
    if code is None:
        hold(prop, 10, nights)
    else:
        with refused(code, nights=limit):
            hold(prop, 10, nights)


def test_without_limits_of_its_own_a_flat_accepts_1_to_90_nights(app: Flask) -> None:
    prop = flat()
    hold(prop, 10, 1)
    hold(prop, 20, 90)
    with refused("too_many_nights", nights=90):
        hold(prop, 200, 91)


def test_dates_may_ask_for_a_longer_stay_that_begins_on_them(app: Flask) -> None:
    """The rule counts for the check-in's night, not for stays that only pass through."""
    prop = flat()
    first = TODAY + timedelta(days=30)
    with transaction() as session:
        nights = Range(first, first + timedelta(days=3))
        session.add(PriceRule(property_id=prop.id, nights=nights, min_nights=4, name="Наурыз", created_at=MORNING))
    with refused("too_few_nights", nights=4):
        hold(prop, 30, 3)
    with refused("too_few_nights", nights=4):
        hold(prop, 32, 1)
    hold(prop, 33, 1)
    hold(prop, 29, 2)


@pytest.mark.parametrize(
    ("terms", "last"),
    [
        ({"self_check_in": True}, time(23, 59)),
        ({"self_check_in": False}, time(20, 0)),
        ({"self_check_in": True, "cut_off_time": time(18, 30)}, time(18, 30)),
        ({"self_check_in": False, "cut_off_time": time(22, 15)}, time(22, 15)),
    ],
    ids=["self check-in", "the landlord hands over", "own, earlier", "own, later"],
)
def test_tonight_can_be_booked_until_the_cut_off_of_the_flat(app: Flask, terms: dict[str, Any], last: time) -> None:
    """Its last minute counts to the end; tomorrow can still be booked after it."""
    end = clock.at_local(TODAY, last) + MINUTE
    hold(flat(**terms), 0, 1, now=end - timedelta(seconds=1))
    if last != time(23, 59):
        with refused("too_late_today", time=f"{last:%H:%M}"):
            hold(flat(**terms), 0, 1, now=end)
        hold(flat(**terms), 1, 1, now=end)


def test_yesterday_cannot_be_booked(app: Flask) -> None:
    with refused("check_in_passed"):
        hold(flat(), -1, 3)


def test_a_stay_ends_at_most_500_days_ahead(app: Flask) -> None:
    prop = flat()
    hold(prop, 498, 2)
    with refused("too_far_ahead", days=500):
        hold(flat(), 499, 2)


@pytest.mark.parametrize("cleaning", [0, 60, 120])
def test_cleaning_is_part_of_what_a_stay_takes(app: Flask, cleaning: int) -> None:
    """The next guest may come when the flat is clean: what begins earlier is in the way."""
    prop = flat(cleaning_minutes=cleaning)
    hold(prop, 10, 2)
    clean = clock.at_local(TODAY + timedelta(days=12), time(12, 0)) + timedelta(minutes=cleaning)
    with transaction() as session:
        during = Range(clean, clean + MINUTE, bounds="[)")
        session.add(Occupancy(property_id=prop.id, kind="maintenance", during=during, created_at=MORNING))
    with refused("dates_taken") as session:
        during = Range(clean - MINUTE, clean, bounds="[)")
        session.add(Occupancy(property_id=prop.id, kind="maintenance", during=during, created_at=MORNING))


# --- the landlord's own calendar ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [OccupancyKind.BLOCK, OccupancyKind.MAINTENANCE])
def test_a_landlord_takes_nights_off_the_market_and_puts_exactly_those_back(
    app: Flask, database_url: str, kind: OccupancyKind
) -> None:
    prop = flat()
    actor = Actor.landlord(prop.landlord_id)
    stays = [factories.stay_in(days, 3, now=MORNING) for days in (5, 8, 11)]
    with transaction() as session:
        ids = [blocks.block(session, prop.id, stay, kind=kind, actor=actor, now=MORNING) for stay in stays]
    with refused("dates_taken"):
        hold(prop, 9, 1)
    with transaction() as session:
        blocks.unblock(session, prop.id, ids[1], actor=actor, now=MORNING)
    assert [free(prop.id, stay) for stay in stays] == [False, True, False]
    hold(prop, 8, 3)
    with refused("block_unknown") as session:
        blocks.unblock(session, prop.id, ids[1], actor=actor, now=MORNING)
    check(database_url, prop.id, now=MORNING)


def test_a_block_does_not_push_out_a_guest(app: Flask, database_url: str) -> None:
    paid = paid_stay(now=MORNING)
    actor = Actor.landlord(paid.landlord)
    for days, nights in [(8, 3), (12, 1), (14, 4), (5, 30)]:
        with refused("dates_taken") as session:
            stay = factories.stay_in(days, nights, now=MORNING)
            blocks.block(session, paid.flat, stay, kind=OccupancyKind.BLOCK, actor=actor, now=MORNING)
    with transaction() as session:
        for days in (9, 15):
            stay = night(TODAY + timedelta(days=days))
            blocks.block(session, paid.flat, stay, kind=OccupancyKind.BLOCK, actor=actor, now=MORNING)
    check(database_url, paid.flat, now=MORNING)


def test_only_the_flats_own_landlord_and_staff_block_and_unblock(app: Flask) -> None:
    prop, other = flat(), flat()
    stay = factories.stay_in(5, now=MORNING)
    stranger = Actor.landlord(other.landlord_id)
    with refused("property_unknown") as session:
        blocks.block(session, prop.id, stay, kind=OccupancyKind.BLOCK, actor=stranger, now=MORNING)
    with transaction() as session:
        staff = Actor.staff(factories.make_user(session))
        block = blocks.block(session, prop.id, stay, kind=OccupancyKind.BLOCK, actor=staff, now=MORNING)
    for flat_id, code in [(prop.id, "property_unknown"), (other.id, "block_unknown")]:
        with refused(code) as session:
            blocks.unblock(session, flat_id, block, actor=stranger, now=MORNING)


def test_a_guests_nights_cannot_be_unblocked(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        taken = session.query(Occupancy.id).filter_by(booking_id=paid.id).scalar()
    with refused("block_unknown") as session:
        blocks.unblock(session, paid.flat, taken, actor=Actor.landlord(paid.landlord), now=MORNING)
    assert not free(paid.flat, paid.stay)


def test_a_block_is_for_coming_nights_that_the_calendar_has(app: Flask) -> None:
    prop = flat()
    for days, nights, code in [(-1, 3, "check_in_passed"), (499, 2, "too_far_ahead")]:
        with refused(code) as session:
            stay = factories.stay_in(days, nights, now=MORNING)
            actor = Actor.landlord(prop.landlord_id)
            blocks.block(session, prop.id, stay, kind=OccupancyKind.BLOCK, actor=actor, now=MORNING)


# --- holds ----------------------------------------------------------------------------------------------------------


def test_a_hold_keeps_the_nights_for_15_minutes(app: Flask) -> None:
    prop = flat()
    hold(prop, 10)
    with refused("dates_taken"):
        hold(prop, 10, now=MORNING + 15 * MINUTE - timedelta(seconds=1))
    hold(prop, 10, now=MORNING + 15 * MINUTE)


def test_an_extension_counts_as_one_of_a_guests_two_holds(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    others = [flat(), flat()]
    stay = factories.stay_in(40, now=MORNING)
    with transaction() as session:
        extend(session, paid, 1, now=MORNING)
        held = factories.make_hold(session, others[0], paid.guest, stay, now=MORNING)
    with refused("too_many_holds") as session:
        factories.make_hold(session, others[1], paid.guest, stay, now=MORNING)
    with transaction() as session:
        pay.cancel_hold(session, held.reference, guest_id=paid.guest, now=MORNING)
        factories.make_hold(session, others[1], paid.guest, stay, now=MORNING)
