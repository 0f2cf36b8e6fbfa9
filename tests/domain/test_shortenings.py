"""3-domain, "Changing a stay": shortening is a partial cancellation under the policy, never a plain difference."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.db import count_queries, transaction
from app.domain.actor import Actor
from app.domain.bookings import refunds, schedule
from app.domain.checkout import amendments, cancel, expire
from app.kit import clock
from app.models import (
    AccessGrant,
    Booking,
    BookingAmendment,
    PriceRule,
    Property,
    Refund,
    RefundCause,
    StayDiscount,
)
from tests import factories
from tests.domain.stays import (
    Paid,
    audited,
    check,
    extend,
    free,
    paid_stay,
    pay_extension,
    refunds_of,
    refused,
    sent_for,
    shorten,
    told,
)

TODAY = clock.local_date(clock.now())
MORNING = clock.at_local(TODAY, time(10, 0))
LATER = MORNING + timedelta(hours=2)
"""The hour to think is over."""
DAY = timedelta(days=1)


@pytest.mark.parametrize(("days_before", "nights_back", "fee_back"), [(6, 30_000, 3_000), (3, 15_000, 0), (0.5, 0, 0)])
def test_what_comes_back_is_the_policys_share_of_the_nights_given_up(
    app: Flask, database_url: str, days_before: float, nights_back: int, fee_back: int
) -> None:
    """Moderate: all five days before, half of it a day before, then nothing; the lines are shown and kept."""
    paid = paid_stay(20, 5, now=MORNING)
    now = paid.check_in_at - timedelta(days=days_before)
    with transaction() as session:
        prop, booking = session.get_one(Property, paid.flat), session.get_one(Booking, paid.id)
        shown = amendments.quote_shortening(session, prop, booking, paid.stay.check_out - 2 * DAY, now=now)
        back = amendments.shorten(
            session, paid.reference, paid.stay.check_out - 2 * DAY, guest_id=paid.guest, back_shown=shown.total, now=now
        )
        assert back == shown
        assert [(line.part, line.paid, line.back) for line in back.lines] == [
            ("nights", 30_000, nights_back),
            ("service_fee", 3_000, fee_back),
        ]
        found = session.scalars(select(Refund).where(Refund.booking_id == paid.id)).all()
        assert [row.amount for row in found] == ([back.total] if back.total else [])
        for row in found:
            assert (row.cause, row.lines) == (RefundCause.SHORTENED, back.as_json())
            assert sent_for(session, row) == [("send_refund", None)]
    check(database_url, paid.flat, now=now)


def test_the_dates_are_free_at_once_and_the_keys_end_with_the_stay(app: Flask, database_url: str) -> None:
    paid = paid_stay(20, 5, now=MORNING)
    with transaction() as session:
        shorten(session, paid, 2, now=LATER)
        booking = session.get_one(Booking, paid.id)
        assert booking.check_out == paid.stay.check_out - 2 * DAY
        assert session.get_one(AccessGrant, paid.id).valid_until == booking.check_out_at == paid.check_out_at - 2 * DAY
        assert (booking.total, len(booking.night_prices)) == (5 * 15_000 + 3_000 + 7_500, 5), "the quote is immutable"
        assert told(session, paid.id).count("stay_changed") == 1
        assert audited(session, "booking.shortening", paid.id) == 1
    given_up = factories.stay_in(23, 2, now=MORNING)
    assert free(paid.flat, given_up)
    assert not free(paid.flat, factories.stay_in(22, 1, now=MORNING))
    with transaction() as session:
        prop, other = session.get_one(Property, paid.flat), factories.make_user(session)
        factories.make_paid_booking(session, prop, other, given_up, now=LATER)
    check(database_url, paid.flat, now=LATER)


def test_a_refund_that_changed_since_it_was_shown_is_shown_anew(app: Flask) -> None:
    paid = paid_stay(20, 5, now=MORNING)
    with refused("refund_changed", back=33_000) as session:
        until = paid.stay.check_out - 2 * DAY
        amendments.shorten(session, paid.reference, until, guest_id=paid.guest, back_shown=33_001, now=LATER)


@pytest.mark.parametrize(
    ("nights", "code"),
    [(0, "not_shorter"), (-1, "not_shorter"), (2, None), (3, "too_few_nights"), (5, "too_few_nights")],
)
def test_what_is_left_is_a_stay_the_flat_accepts(app: Flask, nights: int, code: str | None) -> None:
    paid = paid_stay(20, 5, min_nights=3, now=MORNING)
    if code is None:
        with transaction() as session:
            shorten(session, paid, nights, now=LATER)
    else:
        with refused(code) as session:
            shorten(session, paid, nights, now=LATER)


def test_the_shortest_stay_of_dates_cannot_be_undercut(app: Flask) -> None:
    paid = paid_stay(20, 5, now=MORNING)
    with transaction() as session:
        nights = Range(paid.stay.check_in, paid.stay.check_in + DAY)
        session.add(PriceRule(property_id=paid.flat, nights=nights, min_nights=4, name="", created_at=MORNING))
    with refused("too_few_nights", nights=4) as session:
        shorten(session, paid, 2, now=LATER)
    with transaction() as session:
        shorten(session, paid, 1, now=LATER)


def test_a_night_that_has_begun_is_not_given_up(app: Flask) -> None:
    """Until check-out time one may still leave today; nothing comes back after check-in."""
    paid = paid_stay(1, 4, now=MORNING)
    last = clock.at_local(paid.stay.check_in + 2 * DAY, time(12, 0))
    with transaction() as session:
        schedule.advance(session, now=last, limit=10_000)
    with refused("night_has_begun") as session:
        shorten(session, paid, 2, now=last)
    with transaction() as session:
        assert shorten(session, paid, 2, now=last - timedelta(seconds=1)) == 0
        assert refunds_of(session, paid.id) == []
    assert free(paid.flat, factories.stay_in(3, 2, now=MORNING))


def long_stay(app: Flask, nights: int, percent: int) -> Paid:
    """Twenty days from now, at 15 000 a night less a week's discount; everything comes back."""
    with transaction() as session:
        prop, guest = factories.make_property(session, cleaning_fee=0), factories.make_user(session)
        session.add(StayDiscount(property_id=prop.id, min_nights=7, percent=percent))
        session.flush()
        stay = factories.stay_in(20, nights, now=MORNING)
        booking = factories.make_paid_booking(session, prop, guest, stay, now=MORNING)
        return Paid(
            booking.id,
            booking.reference,
            guest,
            prop.landlord_id,
            prop.id,
            stay,
            booking.check_in_at,
            booking.check_out_at,
        )


def nights_paid(paid: Paid) -> int:
    with transaction() as session:
        return refunds.paid_stay(session.connection(), paid.id).paid.nights


def test_the_price_of_a_long_stay_is_not_had_for_a_short_one(app: Flask) -> None:
    """Eight nights with 20 % off become six at the full price, six become five at once or in two steps."""
    once, twice = long_stay(app, 8, 20), long_stay(app, 8, 20)
    with transaction() as session:
        shorten(session, once, 3, now=LATER)
        shorten(session, twice, 2, now=LATER)
    assert (nights_paid(once), nights_paid(twice)) == (5 * 15_000, 6 * 15_000)
    with transaction() as session:
        shorten(session, twice, 1, now=LATER)
    assert nights_paid(twice) == 5 * 15_000


def test_adding_nights_for_a_discount_and_giving_them_up_gains_nothing(app: Flask, database_url: str) -> None:
    """Five nights, and three that earn half off for their length; then the three go back at what they cost."""
    paid = long_stay(app, 5, 50)
    for _ in range(2):
        with transaction() as session:
            pay_extension(session, extend(session, paid, 3, now=LATER), now=LATER)
        assert nights_paid(paid) == 5 * 15_000 + 3 * 7_500
        with transaction() as session:
            shorten(session, paid, 3, now=LATER)
        assert nights_paid(paid) == 5 * 15_000
    check(database_url, paid.flat, now=LATER)


def test_after_a_shortening_a_cancellation_refunds_only_the_rest(app: Flask, database_url: str) -> None:
    paid = paid_stay(20, 5, deposit=9_000, now=MORNING)
    with transaction() as session:
        back = shorten(session, paid, 2, now=LATER)
        rest = cancel.cancel(session, paid.reference, actor=Actor.guest(paid.guest), now=LATER)
        assert rest is not None
        assert (back, rest.total) == (33_000, 3 * 15_000 + 4_500 + 3_000 + 9_000)
        assert sum(refunds_of(session, paid.id)) == session.get_one(Booking, paid.id).total
    assert free(paid.flat, paid.stay)
    check(database_url, paid.flat, now=LATER)


def test_a_shortened_stay_can_be_extended_again(app: Flask, database_url: str) -> None:
    paid = paid_stay(20, 5, now=MORNING)
    with transaction() as session:
        shorten(session, paid, 2, now=LATER)
    with transaction() as session:
        pay_extension(session, extend(session, paid, 4, now=LATER), now=LATER)
        booking = session.get_one(Booking, paid.id)
        assert booking.check_out == paid.stay.check_out + 2 * DAY
        assert session.get_one(AccessGrant, paid.id).valid_until == booking.check_out_at
        left = refunds.paid_stay(session.connection(), paid.id)
        assert (left.paid.nights, left.night_prices) == (7 * 15_000, (15_000,) * 7)
        kinds = (
            select(BookingAmendment.kind).where(BookingAmendment.booking_id == paid.id).order_by(BookingAmendment.id)
        )
        assert session.scalars(kinds).all() == ["shortening", "extension"]
        everything = cancel.cancel(session, paid.reference, actor=Actor.landlord(paid.landlord), now=LATER, reason="x")
        assert everything is not None
        assert everything.kept == 0
    check(database_url, paid.flat, now=LATER)


def test_late_money_for_an_extension_that_no_longer_fits_is_flagged(app: Flask, database_url: str) -> None:
    """It was priced from a check-out that the stay does not have any more."""
    paid = paid_stay(20, 5, now=MORNING)
    with transaction() as session:
        amendment = extend(session, paid, 2, now=MORNING)
    over = MORNING + timedelta(minutes=16)
    with transaction() as session:
        expire.expire(session, paid.id, now=over, provider_asked=True, amendment_id=amendment.id)
        shorten(session, paid, 1, now=over)
        payment = pay_extension(session, amendment, now=over)
        assert payment.review_reason == "dates_taken"
        assert session.get_one(Booking, paid.id).check_out == paid.stay.check_out - DAY
    check(database_url, paid.flat, now=over)


def test_only_the_guest_shortens(app: Flask) -> None:
    paid = paid_stay(20, 5, now=MORNING)
    for stranger in (paid.landlord, paid_stay(now=MORNING).guest):
        with refused("booking_unknown") as session:
            until = paid.stay.check_out - DAY
            amendments.shorten(session, paid.reference, until, guest_id=stranger, back_shown=None, now=LATER)


def test_what_was_paid_is_read_once_to_price_and_to_write_a_shortening(app: Flask) -> None:
    """The nights that are written with the change are those that its price was made of."""
    paid, seen = paid_stay(now=MORNING), list[str]()
    stop = count_queries(seen.append)
    try:
        with transaction() as session:
            shorten(session, paid, 2, now=LATER)
    finally:
        stop()
    reading = "SELECT b.id, b.quote, b.night_prices, b.cancellation_policy"
    assert len([each for each in seen if each.startswith(reading)]) == 1
    with transaction() as session:
        found = select(BookingAmendment.night_prices).where(BookingAmendment.booking_id == paid.id)
        assert session.scalars(found).one() == [15_000, 15_000]
