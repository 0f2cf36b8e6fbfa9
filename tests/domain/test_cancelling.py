"""3-domain, "Cancellation and refunds": what each exit does to the dates, the keys, the money and the people."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.access import grants
from app.domain.actor import Actor
from app.domain.bookings import refunds, schedule
from app.domain.checkout import cancel
from app.kit import clock
from app.models import (
    AccessGrant,
    ActorKind,
    Booking,
    BookingEvent,
    BookingStatus,
    Occupancy,
    Refund,
    RefundCause,
)
from tests import factories
from tests.domain.stays import Paid, audited, check, extend, free, paid_stay, refunds_of, refused, sent_for, told

MORNING = clock.at_local(clock.local_date(clock.now()), time(10, 0))
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
TOTAL = 5 * 15_000 + 7_500 + 3_000 + 9_000
WHO = [ActorKind.GUEST, ActorKind.LANDLORD, ActorKind.STAFF]


def stay(days: int = 20, **terms: object) -> Paid:
    """Five nights with cleaning and a deposit."""
    return paid_stay(days, 5, deposit=9_000, now=MORNING, **terms)


def actor_of(paid: Paid, kind: ActorKind) -> Actor:
    if kind is ActorKind.STAFF:
        with transaction() as session:
            return Actor.staff(factories.make_user(session))
    return Actor.guest(paid.guest) if kind is ActorKind.GUEST else Actor.landlord(paid.landlord)


def check_in(paid: Paid) -> None:
    with transaction() as session:
        schedule.advance(session, now=paid.check_in_at, limit=10_000)
        assert session.get_one(Booking, paid.id).status == BookingStatus.CHECKED_IN


@pytest.mark.parametrize("kind", WHO)
def test_what_was_shown_is_what_is_owed(app: Flask, database_url: str, kind: ActorKind) -> None:
    """The preview, the answer, the refund's row with its lines, and the outbox row that will send it are one amount."""
    paid, now = stay(), MORNING + 17 * DAY
    actor, cause = actor_of(paid, kind), RefundCause(f"cancelled_by_{kind}")
    with transaction() as session:
        shown = refunds.paid_stay(session.connection(), paid.id).ending(cause, now=now)
        back = cancel.cancel(session, paid.reference, actor=actor, now=now, reason=" потоп ", back_shown=shown.total)
        assert back == shown
        assert shown.total == (37_500 + 3_000 + 9_000 if kind is ActorKind.GUEST else TOTAL)
    with transaction() as session:
        row = session.scalars(select(Refund).where(Refund.booking_id == paid.id)).one()
        assert (row.amount, row.cause, row.lines) == (shown.total, cause, shown.as_json())
        assert sent_for(session, row) == [("send_refund", None)]
        event = session.scalars(
            select(BookingEvent).where(BookingEvent.booking_id == paid.id).order_by(BookingEvent.id.desc()).limit(1)
        ).one()
        assert (event.to_status, event.actor_kind, event.actor_id) == (f"cancelled_by_{kind}", kind, actor.user_id)
        assert event.reason == "потоп"
        assert audited(session, f"booking.cancelled_by_{kind}", paid.id) == 1
    check(database_url, paid.flat, now=now)


@pytest.mark.parametrize("kind", WHO)
def test_the_dates_are_free_again_but_after_the_landlords_own_cancellation(
    app: Flask, database_url: str, kind: ActorKind
) -> None:
    paid = stay()
    with transaction() as session:
        cancel.cancel(session, paid.reference, actor=actor_of(paid, kind), now=MORNING, reason="x")
    assert free(paid.flat, paid.stay) is (kind is not ActorKind.LANDLORD)
    with transaction() as session:
        left = session.scalars(select(Occupancy).where(Occupancy.property_id == paid.flat)).all()
        assert [row.kind for row in left] == (["block"] if kind is ActorKind.LANDLORD else [])
    check(database_url, paid.flat, now=MORNING)


@pytest.mark.parametrize("kind", WHO)
def test_the_keys_end_and_both_sides_are_told(app: Flask, kind: ActorKind) -> None:
    paid = stay()
    with transaction() as session:
        cancel.cancel(session, paid.reference, actor=actor_of(paid, kind), now=MORNING, reason="x")
        session.flush()
        assert session.get_one(AccessGrant, paid.id, populate_existing=True).revoked_at == MORNING
        ended = {"booking_cancelled"} | (set() if kind is ActorKind.LANDLORD else {"cancelled_to_landlord"})
        booked = {"booking_held", "booking_confirmed", "new_booking"}
        assert told(session, paid.id) == sorted(booked | ended)
    with refused("keys_not_paid") as session:
        grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_in_at)


@pytest.mark.parametrize("kind", WHO)
def test_a_landlords_cancellation_leaves_a_waiting_extensions_nights_free(app: Flask, kind: ActorKind) -> None:
    paid = stay()
    with transaction() as session:
        extend(session, paid, 2, now=MORNING)
    with transaction() as session:
        cancel.cancel(session, paid.reference, actor=actor_of(paid, kind), now=MORNING, reason="x")
    assert free(paid.flat, factories.stay_in(25, 2, now=MORNING))


@pytest.mark.parametrize("kind", [ActorKind.LANDLORD, ActorKind.STAFF])
@pytest.mark.parametrize("reason", ["", "   "])
def test_landlords_and_staff_say_why(app: Flask, kind: ActorKind, reason: str) -> None:
    paid = stay()
    with refused("reason_missing") as session:
        cancel.cancel(session, paid.reference, actor=actor_of(paid, kind), now=MORNING, reason=reason)


def test_a_refund_that_changed_since_it_was_shown_is_shown_anew(app: Flask) -> None:
    """The page was opened six days before check-in and confirmed four days before."""
    paid = stay()
    with transaction() as session:
        before = refunds.paid_stay(session.connection(), paid.id)
        shown = before.ending(RefundCause.CANCELLED_BY_GUEST, now=paid.check_in_at - 6 * DAY)
    now = paid.check_in_at - 4 * DAY
    with refused("refund_changed", back=49_500) as session:
        cancel.cancel(session, paid.reference, actor=Actor.guest(paid.guest), now=now, back_shown=shown.total)
    assert not free(paid.flat, paid.stay)


def test_nobody_else_cancels(app: Flask) -> None:
    paid, other = stay(), stay()
    for stranger in (
        Actor.guest(other.guest),
        Actor.guest(paid.landlord),
        Actor.landlord(other.landlord),
        Actor.landlord(paid.guest),
        Actor(ActorKind.SYSTEM),
    ):
        with refused("booking_unknown") as session:
            cancel.cancel(session, paid.reference, actor=stranger, now=MORNING, reason="x")


def test_a_stay_is_cancelled_once(app: Flask) -> None:
    paid = stay()
    with transaction() as session:
        cancel.cancel(session, paid.reference, actor=Actor.guest(paid.guest), now=MORNING)
    for kind in WHO:
        with refused("wrong_state") as session:
            cancel.cancel(session, paid.reference, actor=actor_of(paid, kind), now=MORNING, reason="x")
    with transaction() as session:
        assert refunds_of(session, paid.id) == [TOTAL]


@pytest.mark.parametrize("kind", WHO)
@pytest.mark.parametrize("swept", [True, False])
def test_a_stay_that_is_over_is_not_cancelled(app: Flask, kind: ActorKind, swept: bool) -> None:
    """Also in the minute before the clock completes it: the deposit is the landlord's to claim on by then."""
    paid = stay()
    check_in(paid)
    if swept:
        with transaction() as session:
            schedule.advance(session, now=paid.check_out_at, limit=10_000)
    with refused("wrong_state") as session:
        cancel.cancel(session, paid.reference, actor=actor_of(paid, kind), now=paid.check_out_at, reason="x")


def test_a_guest_who_leaves_early_gets_the_deposit_back(app: Flask, database_url: str) -> None:
    paid = stay()
    check_in(paid)
    now = paid.check_in_at + DAY
    with transaction() as session:
        back = cancel.cancel(session, paid.reference, actor=Actor.guest(paid.guest), now=now)
        assert back is not None
        assert back.total == 9_000
    assert free(paid.flat, factories.stay_in(22, 3, now=MORNING))
    check(database_url, paid.flat, now=now)


def test_an_unpaid_hold_is_cancelled_without_a_refund(app: Flask) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(10, now=MORNING), now=MORNING)
        assert cancel.cancel(session, booking.reference, actor=Actor.guest(guest), now=MORNING) is None
        assert refunds_of(session, booking.id) == []
    assert free(prop.id, factories.stay_in(10, now=MORNING))


# --- no-show --------------------------------------------------------------------------------------------------------


def report(paid: Paid, hours: float) -> None:
    with transaction() as session:
        now = paid.check_in_at + timedelta(hours=hours)
        cancel.report_no_show(session, paid.reference, actor=Actor.landlord(paid.landlord), now=now)


def test_a_no_show_gives_back_what_nobody_used_and_frees_the_nights(app: Flask, database_url: str) -> None:
    paid = stay()
    check_in(paid)
    report(paid, 24)
    with transaction() as session:
        assert session.get_one(Booking, paid.id).status == BookingStatus.NO_SHOW
        assert refunds_of(session, paid.id) == [3_000 + 9_000]
        assert session.get_one(AccessGrant, paid.id).revoked_at == paid.check_in_at + 24 * HOUR
        assert "booking_cancelled" in told(session, paid.id)
    assert free(paid.flat, factories.stay_in(21, 4, now=MORNING))
    check(database_url, paid.flat, now=paid.check_in_at + 24 * HOUR)


def test_a_no_show_is_reported_within_24_hours_of_check_in(app: Flask) -> None:
    paid = stay()
    with refused("wrong_state"):
        report(paid, -1)
    check_in(paid)
    with refused("no_show_too_late"):
        report(paid, 24 + 1 / 3600)


def test_who_opened_the_keys_came(app: Flask) -> None:
    """Codes that were issued anew since do not make it unseen."""
    paid = stay()
    check_in(paid)
    with transaction() as session:
        grants.reveal(session, paid.reference, guest_id=paid.guest, now=paid.check_in_at)
    with refused("keys_were_seen"):
        report(paid, 1)


def test_only_the_flats_landlord_reports_a_no_show(app: Flask) -> None:
    paid, other = stay(), stay()
    check_in(paid)
    for stranger in (Actor.landlord(other.landlord), Actor.guest(paid.guest), Actor.staff(paid.landlord)):
        with refused("booking_unknown") as session:
            cancel.report_no_show(session, paid.reference, actor=stranger, now=paid.check_in_at)
