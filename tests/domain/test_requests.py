"""3-domain, "Stays": asking first. A request blocks nothing; an accepted one becomes a hold of 12 h."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import cancel, expire, pay, request
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.settle import settle
from app.kit import clock
from app.kit.period import Stay
from app.models import Booking, BookingStatus, Channel, Payment, Property, ReviewReason
from tests import factories
from tests.domain.stays import audited, check, free, refused, told

TODAY = clock.local_date(clock.now())
MORNING = clock.at_local(TODAY, time(10, 0))
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
STAY = factories.stay_in(10, 3, now=MORNING)


def asked_first(**terms: Any) -> Property:
    with transaction() as session:
        return factories.make_property(session, instant_booking=False, **terms)


def ask(
    session: Session, prop: Property, stay: Stay = STAY, *, guest: UUID | None = None, now: datetime = MORNING
) -> Booking:
    guest = guest or factories.make_user(session)
    return request.ask(session, HoldRequest(prop.id, stay, 2), guest_id=guest, channel=Channel.WEB, now=now)


def accept(session: Session, prop: Property, booking: Booking, *, now: datetime) -> Booking:
    return request.accept(session, booking.reference, landlord_id=prop.landlord_id, now=now)


def pay_for(session: Session, booking: Booking, *, now: datetime) -> Payment:
    payment = factories.payment_of(session, booking)
    settle(session, factories.paid_event(payment, at=now), now=now)
    return payment


def test_a_request_blocks_nothing(app: Flask) -> None:
    prop = asked_first()
    with transaction() as session:
        first, second = ask(session, prop), ask(session, prop)
        assert {first.status, second.status} == {BookingStatus.REQUESTED}
        assert session.query(Payment).filter_by(booking_id=first.id).count() == 0
        assert told(session, first.id) == ["request_received"]
    assert free(prop.id, STAY)


def test_a_flat_without_instant_booking_is_not_held_and_one_with_it_is_not_asked_for(app: Flask) -> None:
    prop = asked_first()
    with transaction() as session:
        instant = factories.make_property(session)
    with refused("needs_request") as session:
        factories.make_hold(session, prop, factories.make_user(session), STAY, now=MORNING)
    with refused("books_instantly") as session:
        ask(session, instant)


def test_the_landlord_answers_within_24_hours(app: Flask) -> None:
    prop = asked_first()
    with transaction() as session:
        one, other = ask(session, prop), ask(session, prop)
        assert one.answer_by == MORNING + 24 * HOUR
        accept(session, prop, one, now=MORNING + 24 * HOUR - SECOND)
    with refused("request_over") as session:
        accept(session, prop, other, now=MORNING + 24 * HOUR)
    with refused("request_over") as session:
        request.decline(session, other.reference, landlord_id=prop.landlord_id, reason="", now=MORNING + 24 * HOUR)


@pytest.mark.parametrize(
    ("days", "cut_off", "answer_by", "hold_until"),
    [
        (10, None, MORNING + 24 * HOUR, MORNING + 13 * HOUR),
        (0, None, clock.at_local(TODAY + timedelta(days=1), time(0)), clock.at_local(TODAY, time(23))),
        (0, time(20), clock.at_local(TODAY, time(20, 1)), clock.at_local(TODAY, time(20, 1))),
    ],
    ids=["in ten days", "tonight", "tonight, cut-off at 20:00"],
)
def test_an_accepted_request_is_held_for_12_hours_at_most_to_the_cut_off(
    app: Flask, days: int, cut_off: time | None, answer_by: datetime, hold_until: datetime
) -> None:
    prop = asked_first(cut_off_time=cut_off)
    stay = factories.stay_in(days, 2, now=MORNING)
    with transaction() as session:
        booking = ask(session, prop, stay)
        assert booking.answer_by == answer_by
        accept(session, prop, booking, now=MORNING + HOUR)
        after = session.get_one(Booking, booking.id, populate_existing=True)
        assert (after.status, after.hold_expires_at) == (BookingStatus.HELD, hold_until)
        assert after.answer_by is None
        payment = factories.payment_of(session, booking)
        assert (payment.amount, payment.expires_at) == (booking.total, hold_until)
        assert told(session, booking.id) == ["request_accepted", "request_received"]
    assert not free(prop.id, stay)
    with transaction() as session:
        assert not expire.expire(session, booking.id, now=hold_until - SECOND, provider_asked=True)
        assert expire.expire(session, booking.id, now=hold_until, provider_asked=True)
    assert free(prop.id, stay)


def test_a_cut_off_that_was_moved_forward_leaves_no_time_to_pay(app: Flask) -> None:
    prop = asked_first()
    with transaction() as session:
        booking = ask(session, prop, factories.stay_in(0, 2, now=MORNING))
        session.get_one(Property, prop.id).cut_off_time = time(10, 30)
    with refused("request_over") as session:
        accept(session, prop, booking, now=MORNING + HOUR)


def test_an_accepted_request_is_paid_and_confirmed_at_the_price_it_was_asked_at(app: Flask, database_url: str) -> None:
    prop = asked_first()
    with transaction() as session:
        booking = ask(session, prop)
        session.get_one(Property, prop.id).base_price = 99_000
        accept(session, prop, booking, now=MORNING + HOUR)
        assert booking.total == 3 * 15_000 + 3_000 + 4_500
        pay_for(session, booking, now=MORNING + 2 * HOUR)
        assert booking.status == BookingStatus.CONFIRMED
    check(database_url, prop.id, now=MORNING + 2 * HOUR)


def test_a_declined_request_is_over_and_the_guest_is_told(app: Flask) -> None:
    prop = asked_first()
    with transaction() as session:
        booking = ask(session, prop)
        request.decline(session, booking.reference, landlord_id=prop.landlord_id, reason="ремонт", now=MORNING)
        assert booking.status == BookingStatus.DECLINED
        assert told(session, booking.id) == ["request_declined", "request_received"]
    with refused("wrong_state") as session:
        accept(session, prop, booking, now=MORNING)


def test_the_sweep_ends_requests_that_nobody_answered(app: Flask) -> None:
    prop = asked_first()
    with transaction() as session:
        booking, later = ask(session, prop), ask(session, prop, now=MORNING + HOUR)
    with transaction() as session:
        request.expire_unanswered(session, now=MORNING + 24 * HOUR, limit=10_000)
        assert session.get_one(Booking, booking.id).status == BookingStatus.EXPIRED
        assert session.get_one(Booking, later.id).status == BookingStatus.REQUESTED
        assert told(session, booking.id) == ["request_declined", "request_received"]
        assert audited(session, "booking.expired", booking.id) == 1
        before = len(told(session, booking.id))
        request.expire_unanswered(session, now=MORNING + 24 * HOUR, limit=10_000)
        assert len(told(session, booking.id)) == before


def test_nights_taken_meanwhile_cannot_be_accepted(app: Flask, database_url: str) -> None:
    """Two requests for the same nights: the first that is accepted has them, the other while that one is not paid."""
    prop = asked_first()
    with transaction() as session:
        first, second = ask(session, prop), ask(session, prop, factories.stay_in(12, 2, now=MORNING))
        accept(session, prop, first, now=MORNING)
    with refused("dates_taken") as session:
        accept(session, prop, second, now=MORNING + HOUR)
    with transaction() as session:
        accept(session, prop, second, now=MORNING + 12 * HOUR)  # the first was not paid in its 12 hours
        assert session.get_one(Booking, first.id).status == BookingStatus.EXPIRED
    check(database_url, prop.id, now=MORNING + 12 * HOUR)


def test_of_two_requests_the_first_paid_wins(app: Flask, database_url: str) -> None:
    prop = asked_first()
    with transaction() as session:
        first, second = ask(session, prop), ask(session, prop)
        accept(session, prop, first, now=MORNING)
    with transaction() as session:
        accept(session, prop, second, now=MORNING + 13 * HOUR)
        pay_for(session, session.get_one(Booking, second.id), now=MORNING + 13 * HOUR)
        late = pay_for(session, session.get_one(Booking, first.id), now=MORNING + 14 * HOUR)
        assert late.review_reason == ReviewReason.DATES_TAKEN
        assert session.get_one(Booking, second.id).status == BookingStatus.CONFIRMED
    check(database_url, prop.id, now=MORNING + 14 * HOUR)


def test_a_request_for_taken_nights_is_refused_at_once(app: Flask) -> None:
    prop = asked_first()
    with transaction() as session:
        accept(session, prop, ask(session, prop), now=MORNING)
    with refused("dates_taken") as session:
        ask(session, prop)


def test_a_guest_has_at_most_five_open_requests(app: Flask) -> None:
    props = [asked_first() for _ in range(6)]
    with transaction() as session:
        guest = factories.make_user(session)
        found = [ask(session, prop, guest=guest) for prop in props[:5]]
        assert ask(session, props[0], guest=guest).id == found[0].id, "the same request again is that one"
    with refused("too_many_requests", requests=5) as session:
        ask(session, props[5], guest=guest)
    with transaction() as session:
        pay.cancel_hold(session, found[0].reference, guest_id=guest, now=MORNING)
        ask(session, props[5], guest=guest)
    with transaction() as session:
        ask(session, props[0], guest=guest, now=MORNING + 25 * HOUR)  # unanswered ones no longer count


def test_only_the_flats_landlord_answers(app: Flask) -> None:
    prop, other = asked_first(), asked_first()
    with transaction() as session:
        booking = ask(session, prop)
    for stranger in (other.landlord_id, booking.guest_id):
        with refused("booking_unknown") as session:
            request.accept(session, booking.reference, landlord_id=stranger, now=MORNING)
        with refused("booking_unknown") as session:
            request.decline(session, booking.reference, landlord_id=stranger, reason="", now=MORNING)


def test_a_guest_takes_a_request_back_and_nothing_is_owed(app: Flask) -> None:
    prop = asked_first()
    with transaction() as session:
        booking = ask(session, prop)
        assert cancel.cancel(session, booking.reference, actor=Actor.guest(booking.guest_id), now=MORNING) is None
        assert booking.status == BookingStatus.CANCELLED_BY_GUEST
    with refused("wrong_state") as session:
        accept(session, prop, booking, now=MORNING)


def test_a_request_obeys_the_rules_of_a_stay(app: Flask) -> None:
    prop = asked_first(min_nights=3, self_check_in=False)
    for stay, code in [
        (factories.stay_in(10, 2, now=MORNING), "too_few_nights"),
        (factories.stay_in(0, 3, now=MORNING), "too_late_today"),
    ]:
        with refused(code) as session:
            ask(session, prop, stay, now=clock.at_local(TODAY, time(20, 1)))
    with refused("own_property") as session:
        ask(session, prop, guest=prop.landlord_id)
