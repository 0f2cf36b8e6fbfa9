"""3-domain, "Changing a stay": an extension holds only the added range and leaves the booking as it is until paid."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import transaction
from app.domain.access import grants
from app.domain.actor import Actor
from app.domain.bookings import refunds, schedule
from app.domain.checkout import amendments, cancel, expire, pay
from app.domain.checkout.settle import settle
from app.domain.payments import lifecycle
from app.kit import clock
from app.models import (
    AccessGrant,
    AmendmentStatus,
    Booking,
    BookingAmendment,
    Occupancy,
    PaymentStatus,
    Property,
    ReviewReason,
    StayDiscount,
    TransactionKind,
)
from tests import factories
from tests.domain.stays import (
    audited,
    check,
    extend,
    free,
    paid_stay,
    pay_extension,
    payment_for,
    refused,
    shorten,
    told,
)

TODAY = clock.local_date(clock.now())
MORNING = clock.at_local(TODAY, time(10, 0))
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ADDED = factories.stay_in(15, 2, now=MORNING)
"""The two nights after a stay of five that begins in ten days."""


def test_an_extension_holds_only_what_it_adds_and_leaves_the_booking_as_it_is(app: Flask, database_url: str) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        before = {column.key: getattr(session.get_one(Booking, paid.id), column.key) for column in Booking.__table__.c}
        amendment = extend(session, paid, 2, now=MORNING)
        assert (amendment.status, amendment.hold_expires_at) == (AmendmentStatus.HELD, MORNING + 15 * MINUTE)
        payment = payment_for(session, amendment)
        assert (payment.amount, payment.expires_at) == (2 * 15_000 + 3_000, MORNING + 15 * MINUTE)
        held = session.scalars(select(Occupancy).where(Occupancy.amendment_id == amendment.id)).one()
        assert clock.local_date(held.during.lower or MORNING) == ADDED.check_in
    with transaction() as session:
        booking = session.get_one(Booking, paid.id)
        assert {column.key: getattr(booking, column.key) for column in Booking.__table__.c} == before
        assert session.get_one(AccessGrant, paid.id).valid_until == paid.check_out_at
    assert not free(paid.flat, ADDED)
    assert free(paid.flat, factories.stay_in(17, 1, now=MORNING))
    check(database_url, paid.flat, now=MORNING)


def test_a_paid_extension_moves_the_check_out_and_the_keys(app: Flask, database_url: str) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
        payment = pay_extension(session, amendment, now=MORNING + MINUTE)
        booking = session.get_one(Booking, paid.id)
        assert (payment.status, payment.review_reason) == (PaymentStatus.PAID, None)
        assert booking.check_out == ADDED.check_out
        assert booking.check_out_at == paid.check_out_at + timedelta(days=2)
        assert (booking.total, len(booking.night_prices)) == (5 * 15_000 + 3_000 + 7_500, 5), "the quote is immutable"
        assert session.get_one(AccessGrant, paid.id).valid_until == booking.check_out_at
        assert session.scalar(select(func.count()).where(Occupancy.booking_id == paid.id)) == 1
        assert told(session, paid.id).count("stay_changed") == 1
        assert audited(session, "booking.extension", paid.id) == 1
        assert refunds.paid_stay(session.connection(), paid.id).paid.nights == 7 * 15_000
    with transaction() as session:
        last_day = paid.check_out_at + timedelta(days=1)
        assert grants.reveal(session, paid.reference, guest_id=paid.guest, now=last_day) == factories.CODES
    check(database_url, paid.flat, now=MORNING)


def test_added_nights_earn_the_discount_of_the_whole_length_and_pay_no_second_cleaning(app: Flask) -> None:
    paid = paid_stay(deposit=20_000, one_night_surcharge=5_000, now=MORNING)
    with transaction() as session:
        session.add(StayDiscount(property_id=paid.flat, min_nights=7, percent=20))
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
        assert [(line["kind"], line["amount"]) for line in amendment.quote] == [
            ("nights", 30_000),
            ("length_discount", -6_000),
            ("service_fee", 2_400),
        ]


@pytest.mark.parametrize(("nights", "code"), [(0, "not_longer"), (-1, "not_longer"), (5, None), (6, "too_many_nights")])
def test_a_stay_grows_up_to_the_longest_the_flat_accepts(app: Flask, nights: int, code: str | None) -> None:
    paid = paid_stay(max_nights=10, now=MORNING)
    if code is None:
        with transaction() as session:
            extend(session, paid, nights, now=MORNING)
    else:
        with refused(code) as session:
            extend(session, paid, nights, now=MORNING)


def test_a_stay_grows_no_further_than_500_days_ahead(app: Flask) -> None:
    paid = paid_stay(495, 4, now=MORNING)
    with refused("too_far_ahead", days=500) as session:
        extend(session, paid, 2, now=MORNING)
    with transaction() as session:
        extend(session, paid, 1, now=MORNING)


def test_a_price_that_changed_since_it_was_shown_is_shown_anew(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with refused("price_changed", total=33_000) as session:
        amendments.extend(
            session, paid.reference, ADDED.check_out, guest_id=paid.guest, total_shown=32_000, now=MORNING
        )


def test_nights_of_another_guest_are_not_added(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        prop, other = session.get_one(Property, paid.flat), factories.make_user(session)
        factories.make_hold(session, prop, other, factories.stay_in(16, 3, now=MORNING), now=MORNING)
    with refused("dates_taken") as session:
        extend(session, paid, 2, now=MORNING)
    with transaction() as session:
        extend(session, paid, 2, now=MORNING + 16 * MINUTE)  # the other's hold lapsed: released under the lock


def test_the_same_extension_again_is_the_live_one_and_another_waits(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        first = extend(session, paid, 2, now=MORNING)
        assert extend(session, paid, 2, now=MORNING).id == first.id
    with refused("change_waits") as session:
        extend(session, paid, 3, now=MORNING)
    with refused("change_waits") as session:
        shorten(session, paid, 1, now=MORNING)
    with transaction() as session:
        assert extend(session, paid, 3, now=MORNING + 15 * MINUTE).id != first.id


def test_an_extension_that_is_not_paid_lapses_and_the_stay_stands(app: Flask, database_url: str) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
    for moment, ended in [(MORNING + 15 * MINUTE - SECOND, False), (MORNING + 15 * MINUTE, True)]:
        with transaction() as session:
            args = {"now": moment, "provider_asked": True, "amendment_id": amendment.id}
            assert expire.expire(session, paid.id, **args) is ended  # type: ignore[arg-type]
    with transaction() as session:
        assert session.get_one(BookingAmendment, amendment.id).status == AmendmentStatus.EXPIRED
        assert payment_for(session, amendment).status == PaymentStatus.EXPIRED
        assert session.get_one(Booking, paid.id).status == "confirmed"
    assert free(paid.flat, ADDED)
    check(database_url, paid.flat, now=MORNING)


def test_an_open_payment_gives_a_lapsed_extension_30_seconds_of_grace(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
        payment = payment_for(session, amendment)
        lifecycle.record_created(
            session, payment.id, provider_id=f"K{payment.id}", pay_url="u", qr_text="q", now=MORNING
        )
        other, prop = factories.make_user(session), session.get_one(Property, paid.flat)
    end = MORNING + 15 * MINUTE
    with refused("dates_taken") as session:
        factories.make_hold(session, prop, other, ADDED, now=end + 29 * SECOND)
    with refused("change_waits") as session:
        extend(session, paid, 3, now=end + 29 * SECOND)
    with transaction() as session:
        factories.make_hold(session, prop, other, ADDED, now=end + 30 * SECOND)


@pytest.mark.parametrize("taken", [False, True])
def test_late_money_revives_an_extension_or_is_flagged(app: Flask, database_url: str, taken: bool) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
        expire.expire(session, paid.id, now=MORNING + 15 * MINUTE, provider_asked=True, amendment_id=amendment.id)
        if taken:
            prop, other = session.get_one(Property, paid.flat), factories.make_user(session)
            factories.make_hold(session, prop, other, ADDED, now=MORNING + 16 * MINUTE)
    with transaction() as session:
        payment = pay_extension(session, amendment, now=MORNING + 20 * MINUTE)
        booking = session.get_one(Booking, paid.id)
        assert payment.review_reason == (ReviewReason.DATES_TAKEN if taken else None)
        assert booking.check_out == (paid.stay.check_out if taken else ADDED.check_out)
    check(database_url, paid.flat, now=MORNING + 20 * MINUTE)


def test_a_declined_payment_of_an_extension_may_be_tried_again(app: Flask, database_url: str) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
        first = payment_for(session, amendment)
        failed = factories.paid_event(first, at=MORNING, kind=TransactionKind.FAILED, transaction_id=None)
        settle(session, failed, now=MORNING)
        assert amendment.status == AmendmentStatus.HELD
        for _ in range(2):
            pay.retry_extension(session, paid.reference, guest_id=paid.guest, now=MORNING + MINUTE)
        second = payment_for(session, amendment)
        assert second.id != first.id
        assert second.expires_at == MORNING + 15 * MINUTE, "the hold is not prolonged by trying"
        pay_extension(session, amendment, now=MORNING + 2 * MINUTE)
        assert session.get_one(Booking, paid.id).check_out == ADDED.check_out
    check(database_url, paid.flat, now=MORNING)


def test_an_extension_paid_twice_is_flagged_and_added_once(app: Flask, database_url: str) -> None:
    """By a second charge of its payment; the same event twice is nothing at all."""
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
        event = factories.paid_event(payment_for(session, amendment), at=MORNING)
    for _ in range(2):
        with transaction() as session:
            settle(session, event, now=MORNING)
            assert payment_for(session, amendment).review_reason is None
    with transaction() as session:
        payment = pay_extension(session, amendment, now=MORNING + MINUTE)
        assert payment.review_reason == ReviewReason.PAID_TWICE
        assert session.get_one(Booking, paid.id).check_out == ADDED.check_out
        assert told(session, paid.id).count("stay_changed") == 1
    check(database_url, paid.flat, now=MORNING)


def test_a_wrong_amount_extends_nothing(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
        payment = payment_for(session, amendment)
        settle(session, factories.paid_event(payment, amount=payment.amount - 1), now=MORNING)
        assert payment.review_reason == ReviewReason.WRONG_AMOUNT
        assert session.get_one(Booking, paid.id).check_out == paid.stay.check_out


def test_a_cancelled_stay_takes_its_waiting_extension_with_it(app: Flask, database_url: str) -> None:
    """Money that comes for it after all is flagged."""
    paid = paid_stay(now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
    with transaction() as session:
        cancel.cancel(session, paid.reference, actor=Actor.guest(paid.guest), now=MORNING + MINUTE)
        assert session.get_one(BookingAmendment, amendment.id).status == AmendmentStatus.CANCELLED
    assert free(paid.flat, ADDED)
    assert free(paid.flat, paid.stay)
    with transaction() as session:
        payment = pay_extension(session, amendment, now=MORNING + 2 * MINUTE)
        assert payment.review_reason == ReviewReason.BOOKING_CLOSED
    check(database_url, paid.flat, now=MORNING)


def test_a_guest_in_the_flat_may_stay_longer_until_the_stay_is_over(app: Flask, database_url: str) -> None:
    """The hold ends with the stay: what was paid in time takes effect, and nobody extends a stay that is over."""
    paid = paid_stay(1, 2, now=MORNING)
    last = paid.check_out_at - 5 * MINUTE
    with transaction() as session:
        schedule.advance(session, now=last, limit=10_000)
        amendment = extend(session, paid, 1, now=last)
        assert session.get_one(Booking, paid.id).status == "checked_in"
        assert amendment.hold_expires_at == payment_for(session, amendment).expires_at == paid.check_out_at
    with transaction() as session:
        pay_extension(session, amendment, now=paid.check_out_at - SECOND)
        schedule.advance(session, now=paid.check_out_at, limit=10_000)
        booking = session.get_one(Booking, paid.id)
        assert (booking.status, booking.check_out) == ("checked_in", paid.stay.check_out + timedelta(days=1))
    check(database_url, paid.flat, now=paid.check_out_at)
    end = paid.check_out_at + timedelta(days=1)
    with refused("wrong_state") as session:
        extend(session, paid, 1, now=end)
    with transaction() as session:
        schedule.advance(session, now=end, limit=10_000)
        assert session.get_one(Booking, paid.id).status == "completed"


@pytest.mark.parametrize("status", ["held", "cancelled"])
def test_only_a_paid_stay_that_stands_can_be_extended(app: Flask, status: str) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(10, now=MORNING), now=MORNING)
        if status == "cancelled":
            pay.cancel_hold(session, booking.reference, guest_id=guest, now=MORNING)
    with refused("wrong_state") as session:
        until = booking.check_out + timedelta(days=1)
        amendments.extend(session, booking.reference, until, guest_id=guest, total_shown=None, now=MORNING)


def test_only_the_guest_extends(app: Flask) -> None:
    paid = paid_stay(now=MORNING)
    for stranger in (paid.landlord, paid_stay(now=MORNING).guest):
        with refused("booking_unknown") as session:
            amendments.extend(
                session, paid.reference, ADDED.check_out, guest_id=stranger, total_shown=None, now=MORNING
            )
