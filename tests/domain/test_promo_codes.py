"""3-domain, "Price": promo codes with their limits, dates and the first booking."""

from __future__ import annotations

import threading
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.actor import Actor
from app.domain.availability import occupancy
from app.domain.checkout import cancel, expire, pay, request
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.settle import settle
from app.kit import clock
from app.kit.errors import DomainError
from app.models import Booking, BookingStatus, Channel, PromoCode, PromoRedemption, Property
from tests import factories
from tests.domain.stays import refused
from tests.domain.test_hold_races import Attempt
from tests.patience import wait_for_waiting

TODAY = clock.local_date(clock.now())
MORNING = clock.at_local(TODAY, time(10, 0))
DAY = timedelta(days=1)
NIGHTS = 3 * 15_000


def make_code(**changes: Any) -> str:
    values: dict[str, Any] = {
        "code": f"CODE-{factories.new_phone()[1:]}",
        "percent": 10,
        "valid_from": MORNING - DAY,
        "valid_until": MORNING + 30 * DAY,
        "min_nights": 1,
        "first_booking_only": False,
        "created_at": MORNING,
    }
    with transaction() as session:
        session.add(PromoCode(**(values | changes)))
    return str((values | changes)["code"])


def flat(**terms: Any) -> Property:
    with transaction() as session:
        return factories.make_property(session, **terms)


def guest() -> UUID:
    with transaction() as session:
        return factories.make_user(session)


def book(
    session: Session, code: str, *, by: UUID | None = None, prop: Property | None = None, now: datetime = MORNING
) -> Booking:
    """A hold of three nights with the code, in a flat of its own."""
    prop = prop or factories.make_property(session)
    wanted = HoldRequest(prop.id, factories.stay_in(10, 3, now=MORNING), 2, None, code)
    by = by or factories.make_user(session)
    return hold(session, wanted, guest_id=by, channel=Channel.WEB, now=now)


def off(session: Session, booking: Booking) -> int:
    found = session.get(PromoRedemption, booking.id)
    return 0 if found is None else found.amount


@pytest.mark.parametrize(
    ("changes", "taken_off"),
    [
        ({"percent": 10}, 4_500),
        ({"percent": 10, "max_amount": 2_000}, 2_000),
        ({"percent": None, "amount": 7_000}, 7_000),
        ({"percent": None, "amount": 1_000_000}, NIGHTS * 9 // 10),
    ],
    ids=["per cent", "per cent, at most", "an amount", "an amount larger than the stay"],
)
def test_a_code_takes_off_the_nights_and_with_them_off_the_service_fee(
    app: Flask, changes: dict[str, Any], taken_off: int
) -> None:
    code = make_code(**changes)
    with transaction() as session:
        booking = book(session, code)
        fee = ((NIGHTS - taken_off) * 10 + 50) // 100
        assert booking.total == NIGHTS - taken_off + 3_000 + fee
        assert off(session, booking) == taken_off


@pytest.mark.parametrize("typed", ["лето-2027", "  ЛЕТО-2027 ", "Лето-2027"])
def test_a_code_is_found_however_it_is_typed(app: Flask, typed: str) -> None:
    with transaction() as session:
        known = session.scalars(select(PromoCode.id).where(PromoCode.code == "ЛЕТО-2027")).one_or_none()
    if known is None:
        make_code(code="ЛЕТО-2027")
    with transaction() as session:
        assert off(session, book(session, typed)) == 4_500


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"valid_from": MORNING + timedelta(seconds=1)}, "promo_not_now"),
        ({"valid_from": MORNING}, None),
        ({"valid_until": MORNING}, "promo_not_now"),
        ({"stay_from": TODAY + 11 * DAY}, "promo_other_dates"),
        ({"stay_from": TODAY + 10 * DAY, "stay_until": TODAY + 13 * DAY}, None),
        ({"stay_until": TODAY + 12 * DAY}, "promo_other_dates"),
        ({"min_nights": 4}, "promo_too_short"),
        ({"min_nights": 3}, None),
    ],
)
def test_a_code_has_dates_and_a_shortest_stay(app: Flask, changes: dict[str, Any], refusal: str | None) -> None:
    code = make_code(**changes)
    if refusal is None:
        with transaction() as session:
            assert off(session, book(session, code)) == 4_500
    else:
        with refused(refusal) as session:
            book(session, code)


@pytest.mark.parametrize("typed", ["NO-SUCH-CODE", "x", "'; DROP TABLE promo_codes; --", "А" * 500])
def test_an_unknown_code_is_refused_and_holds_nothing(app: Flask, typed: str) -> None:
    with refused("promo_unknown") as session:
        book(session, typed)


def test_the_first_reason_is_told(app: Flask) -> None:
    """Unknown, then its dates, the stay's dates, the length, the uses in all, the guest's own, the first booking."""
    by = guest()
    code = make_code(first_booking_only=True, uses_per_guest=1, uses_limit=1)
    with transaction() as session:
        book(session, code, by=by)
        row = session.scalars(select(PromoCode).where(PromoCode.code == code)).one()
        row.min_nights, row.stay_from, row.valid_until = 9, TODAY + 20 * DAY, MORNING
    repairs: list[tuple[str, dict[str, Any]]] = [
        ("promo_not_now", {"valid_until": MORNING + DAY}),
        ("promo_other_dates", {"stay_from": None}),
        ("promo_too_short", {"min_nights": 1}),
        ("promo_used_up", {"uses_limit": None}),
        ("promo_used_before", {"uses_per_guest": None}),
        ("promo_first_only", {"first_booking_only": False}),
    ]
    for refusal, repair in repairs:
        with refused(refusal) as session:
            book(session, code, by=by)
        with transaction() as session:
            row = session.scalars(select(PromoCode).where(PromoCode.code == code)).one()
            for column, value in repair.items():
                setattr(row, column, value)
    with transaction() as session:
        assert off(session, book(session, code, by=by)) == 4_500


def test_the_last_use_of_a_code_cannot_be_had_twice(app: Flask) -> None:
    """Four guests at once, each at a flat of their own: one gets the last use."""
    code = make_code(uses_limit=1)
    guests, flats = [guest() for _ in range(4)], [flat() for _ in range(4)]
    outcomes: list[str] = []
    together = threading.Barrier(len(guests))

    def attempt(by: UUID, prop: Property) -> None:
        with app.app_context():
            together.wait(30)
            try:
                with transaction() as session:
                    book(session, code, by=by, prop=prop)
                outcomes.append("held")
            except DomainError as error:
                outcomes.append(error.code)

    threads = [threading.Thread(target=attempt, args=pair) for pair in zip(guests, flats, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    while "busy" in outcomes:  # waited too long for a lock: an answer too, and nothing was used
        outcomes.remove("busy")
    assert outcomes.count("held") == 1
    assert set(outcomes) == {"held", "promo_used_up"}
    with transaction() as session:
        uses = select(func.count()).select_from(PromoRedemption).join(PromoCode).where(PromoCode.code == code)
        assert session.scalar(uses) == 1


def test_a_code_for_the_first_booking_is_not_for_the_second(app: Flask) -> None:
    code, by = make_code(first_booking_only=True), guest()
    with transaction() as session:
        stay = factories.stay_in(40, now=MORNING)
        factories.make_paid_booking(session, factories.make_property(session), by, stay, now=MORNING)
    with refused("promo_first_only") as session:
        book(session, code, by=by)


def test_a_code_for_the_first_booking_is_not_for_several_requests_at_once(app: Flask) -> None:
    code, by = make_code(first_booking_only=True), guest()
    props = [flat(instant_booking=False) for _ in range(2)]
    wanted = [HoldRequest(prop.id, factories.stay_in(10, 3, now=MORNING), 2, None, code) for prop in props]
    with transaction() as session:
        request.ask(session, wanted[0], guest_id=by, channel=Channel.WEB, now=MORNING)
    with refused("promo_first_only") as session:
        request.ask(session, wanted[1], guest_id=by, channel=Channel.WEB, now=MORNING)


@pytest.mark.parametrize("how", ["expired", "given back", "cancelled"])
def test_an_ended_booking_gives_its_use_back(app: Flask, how: str) -> None:
    code, by = make_code(uses_limit=1, uses_per_guest=1, first_booking_only=True), guest()
    with transaction() as session:
        booking = book(session, code, by=by)
    with refused("promo_used_up") as session:
        book(session, code)
    later = MORNING + timedelta(minutes=40)
    with transaction() as session:
        if how == "expired":
            expire.expire(session, booking.id, now=later, provider_asked=True)
        elif how == "given back":
            pay.cancel_hold(session, booking.reference, guest_id=by, now=later)
        else:
            settle(session, factories.paid_event(factories.payment_of(session, booking)), now=MORNING)
            cancel.cancel(session, booking.reference, actor=Actor.guest(by), now=later)
    with transaction() as session:
        book(session, code, by=by, now=later)


def test_a_hold_that_waits_for_its_flat_keeps_no_code_from_others(waiting_app: Flask, fresh_database_url: str) -> None:
    """The flat's lock comes before the code's: else a hold and a request of one guest could wait for each other."""
    code, prop, by = make_code(), flat(), guest()
    wanted = HoldRequest(prop.id, factories.stay_in(10, 3, now=MORNING), 2, None, code)
    found = select(PromoCode).where(PromoCode.code == code)
    with transaction() as first:
        occupancy.lock_property(first, prop.id)
        attempt = Attempt(waiting_app, wanted, by, MORNING)
        wait_for_waiting(fresh_database_url)
        with transaction() as second:
            assert second.scalars(found.with_for_update(nowait=True)).one().code == code
    with transaction() as session:
        assert session.get_one(Booking, attempt.result()).total == NIGHTS - 4_500 + 3_000 + 4_050


def test_late_money_keeps_the_price_it_paid_though_the_last_use_is_someone_elses(app: Flask) -> None:
    """The decision of 2026-11-23: a limit is passed by holds revived by late money, and by nothing else.

    Nobody new gets the code, and a use over the limit keeps it closed when the other one is given back.
    """
    code, late, other = make_code(uses_limit=1), guest(), guest()
    after = MORNING + timedelta(minutes=40)
    with transaction() as session:
        first = book(session, code, by=late)
        expire.expire(session, first.id, now=after, provider_asked=True)
    with transaction() as session:
        second = book(session, code, by=other, now=after)
        settle(session, factories.paid_event(factories.payment_of(session, second)), now=after)
    with transaction() as session:
        payment = factories.payment_of(session, first)
        settle(session, factories.paid_event(payment), now=after)
    with transaction() as session:
        revived, payment = session.get_one(Booking, first.id), factories.payment_of(session, first)
        assert (revived.status, revived.total) == (BookingStatus.CONFIRMED, first.total)
        assert (payment.amount, payment.review_reason) == (first.total, None)
        assert off(session, revived) == off(session, session.get_one(Booking, second.id)) == 4_500
    with refused("promo_used_up") as session:
        book(session, code, now=after)
    with transaction() as session:
        cancel.cancel(session, second.reference, actor=Actor.guest(other), now=after)
    with refused("promo_used_up") as session:
        book(session, code, now=after)
