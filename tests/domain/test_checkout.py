"""From the hold to the keys, and every way it can end otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.access import grants
from app.domain.checkout import expire, pay
from app.domain.checkout.settle import settle
from app.domain.payments import lifecycle
from app.domain.search import drift
from app.kit.errors import DomainError
from app.models import (
    AccessGrant,
    Account,
    Booking,
    BookingStatus,
    LedgerEntry,
    Occupancy,
    PaymentStatus,
    ReviewReason,
    TransactionKind,
    TransactionSource,
)
from tests import factories


def taken(session: Session, property_id: int) -> int:
    return session.scalar(select(func.count()).where(Occupancy.property_id == property_id)) or 0


def test_a_paid_hold_becomes_a_confirmed_booking_with_keys_and_a_balanced_ledger(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        guest = factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(1), now=now)
        assert booking.status == BookingStatus.HELD
        assert booking.total == 2 * 15_000 + 3_000 + 3_000
    with transaction() as session:
        payment = factories.payment_of(session, booking)
        settle(session, factories.paid_event(payment), now=now)
    with transaction() as session:
        paid = session.get_one(Booking, booking.id)
        entries = session.scalars(select(LedgerEntry).where(LedgerEntry.booking_id == booking.id)).all()
        assert paid.status == BookingStatus.CONFIRMED
        assert paid.hold_expires_at is None
        assert session.get(AccessGrant, booking.id) is not None
        assert sorted(entry.amount for entry in entries) == [-36_000, 36_000]
        assert drift.drifted(session, now=now, of=[prop.id]) == []


def test_a_repeated_event_changes_nothing(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(3))
        event = factories.paid_event(factories.payment_of(session, booking))
    for _ in range(3):
        with transaction() as session:
            settle(session, event, now=now)
    with transaction() as session:
        assert session.scalar(select(func.count()).where(LedgerEntry.booking_id == booking.id)) == 2


def test_a_declined_payment_may_be_tried_again_while_the_hold_lives(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(3))
        first = factories.payment_of(session, booking)
        settle(session, factories.paid_event(first, kind=TransactionKind.FAILED, transaction_id=None), now=now)
        assert first.status == PaymentStatus.FAILED
        pay.retry(session, booking.reference, guest_id=guest, now=now + timedelta(minutes=1))
        second = factories.payment_of(session, booking)
        assert second.id != first.id
        pay.retry(session, booking.reference, guest_id=guest, now=now)
        assert factories.payment_of(session, booking).id == second.id
    with transaction() as session, pytest.raises(DomainError, match="hold_over"):
        pay.retry(session, booking.reference, guest_id=guest, now=now + timedelta(minutes=15))


def test_a_hold_that_ran_out_frees_the_nights(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(3), now=now)
        assert taken(session, prop.id) == 1
        assert not expire.expire(session, booking.id, now=now + timedelta(minutes=14), provider_asked=True)
        assert expire.expire(session, booking.id, now=now + timedelta(minutes=15), provider_asked=True)
        assert taken(session, prop.id) == 0
        assert booking.status == BookingStatus.EXPIRED
        assert factories.payment_of(session, booking).status == PaymentStatus.EXPIRED
    with transaction() as session:
        assert drift.drifted(session, now=now, of=[prop.id]) == []


def test_a_new_hold_takes_over_nights_of_a_lapsed_one_without_waiting_for_the_sweep(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        stay = factories.stay_in(3)
        first = factories.make_hold(session, prop, factories.make_user(session), stay, now=now)
    later = now + timedelta(minutes=16)
    with transaction() as session:
        second = factories.make_hold(session, prop, factories.make_user(session), stay, now=later)
        assert session.get_one(Booking, first.id).status == BookingStatus.EXPIRED
        assert second.status == BookingStatus.HELD


def test_a_live_hold_keeps_its_nights_from_others(app: Flask) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(3))
    with pytest.raises(DomainError, match="dates_taken"), transaction() as session:
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(4))


def test_late_money_revives_the_booking_when_the_nights_are_free(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(3), now=now)
        event = factories.paid_event(factories.payment_of(session, booking))
        expire.expire(session, booking.id, now=now + timedelta(minutes=15), provider_asked=True)
    with transaction() as session:
        settle(session, event, now=now + timedelta(minutes=20))
        assert session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED
        assert taken(session, prop.id) == 1


def test_late_money_for_taken_nights_waits_for_a_refund_and_stays_in_the_ledger(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        stay = factories.stay_in(3)
        booking = factories.make_hold(session, prop, factories.make_user(session), stay, now=now)
        event = factories.paid_event(factories.payment_of(session, booking))
        expire.expire(session, booking.id, now=now + timedelta(minutes=15), provider_asked=True)
        factories.make_hold(session, prop, factories.make_user(session), stay, now=now + timedelta(minutes=16))
    with transaction() as session:
        settle(session, event, now=now + timedelta(minutes=20))
        payment = factories.payment_of(session, booking)
        assert session.get_one(Booking, booking.id).status == BookingStatus.EXPIRED
        assert payment.review_reason == ReviewReason.DATES_TAKEN
        assert session.scalar(select(func.count()).where(LedgerEntry.payment_id == payment.id)) == 2


def test_a_callback_with_a_wrong_amount_confirms_nothing(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(3))
        payment = factories.payment_of(session, booking)
        settle(session, factories.paid_event(payment, amount=payment.amount - 1), now=now)
        assert booking.status == BookingStatus.HELD
        assert payment.review_reason == ReviewReason.WRONG_AMOUNT
        assert session.scalar(select(func.count()).where(LedgerEntry.payment_id == payment.id)) == 0


def test_a_guest_holds_at_most_two_stays_and_the_same_nights_at_most_twice(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest = factories.make_user(session)
        props = [factories.make_property(session) for _ in range(3)]
        factories.make_hold(session, props[0], guest, factories.stay_in(3), now=now)
        second = factories.make_hold(session, props[1], guest, factories.stay_in(3), now=now)
    with pytest.raises(DomainError, match="too_many_holds"), transaction() as session:
        factories.make_hold(session, props[2], guest, factories.stay_in(3), now=now)
    with transaction() as session:
        pay.cancel_hold(session, second.reference, guest_id=guest, now=now)
        again = factories.make_hold(session, props[1], guest, factories.stay_in(3), now=now)
        pay.cancel_hold(session, again.reference, guest_id=guest, now=now)
    with pytest.raises(DomainError, match="same_nights_again"), transaction() as session:
        factories.make_hold(session, props[1], guest, factories.stay_in(3), now=now)
    with transaction() as session:
        factories.make_hold(session, props[1], guest, factories.stay_in(3), now=now + timedelta(minutes=31))


def test_the_same_click_twice_is_one_hold(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest, prop = factories.make_user(session), factories.make_property(session)
        first = factories.make_hold(session, prop, guest, factories.stay_in(3), now=now)
        second = factories.make_hold(session, prop, guest, factories.stay_in(3), now=now)
        assert first.id == second.id


def test_nobody_books_their_own_flat(app: Flask) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
    with pytest.raises(DomainError, match="own_property"), transaction() as session:
        factories.make_hold(session, prop, prop.landlord_id, factories.stay_in(3))


def test_keys_open_a_day_before_check_in_and_close_at_check_out(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_paid_booking(session, prop, guest, factories.stay_in(5), now=now)
    opens = booking.check_in_at - timedelta(hours=24)
    for moment, code in [(opens - timedelta(seconds=1), "keys_too_early"), (booking.check_out_at, "keys_closed")]:
        with pytest.raises(DomainError, match=code), transaction() as session:
            grants.reveal(session, booking.reference, guest_id=guest, now=moment)
    with transaction() as session:
        assert grants.reveal(session, booking.reference, guest_id=guest, now=opens).key_safe == factories.CODES.key_safe
    with pytest.raises(DomainError, match="booking_unknown"), transaction() as session:
        grants.reveal(session, booking.reference, guest_id=factories.make_user(session), now=opens)


def test_a_payment_that_we_closed_is_asked_about_until_the_provider_ends_it(app: Flask, now: datetime) -> None:
    """The callback is lost and the guest cancels: the money must be found, posted and shown to a person."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(3), now=now)
        payment = factories.payment_of(session, booking)
        lifecycle.record_created(session, payment.id, provider_id=f"K{payment.id}", pay_url="u", qr_text="q", now=now)
        pay.cancel_hold(session, booking.reference, guest_id=guest, now=now)
    later = now + timedelta(hours=1)
    with transaction() as session:
        assert payment.id in {due.id for due in lifecycle.due_for_poll(session, now=later, limit=10_000)}
        settle(session, factories.paid_event(payment, source=TransactionSource.POLL), now=later)
        found = factories.payment_of(session, booking)
        assert found.review_reason == ReviewReason.BOOKING_CLOSED
        assert session.scalar(select(func.count()).where(LedgerEntry.payment_id == payment.id)) == 2
    with transaction() as session:
        last = later + timedelta(hours=2)
        assert payment.id not in {due.id for due in lifecycle.due_for_poll(session, now=last, limit=10_000)}


def test_a_second_charge_of_one_payment_is_posted_and_shown_to_a_person(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_paid_booking(session, prop, factories.make_user(session), factories.stay_in(3))
        payment = factories.payment_of(session, booking)
        settle(session, factories.paid_event(payment), now=now)
        assert payment.review_reason == ReviewReason.PAID_TWICE
        session.flush()
        held = select(func.sum(LedgerEntry.amount)).where(
            LedgerEntry.payment_id == payment.id, LedgerEntry.account == Account.KASPI_CLEARING
        )
        assert session.scalar(held) == 2 * payment.amount


def test_an_event_told_of_two_payments_confirms_only_the_first(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        first = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(3))
        second = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(13))
        one, other = factories.payment_of(session, first), factories.payment_of(session, second)
        settle(session, factories.paid_event(one, transaction_id="T-same-" + first.reference), now=now)
        settle(session, factories.paid_event(other, transaction_id="T-same-" + first.reference), now=now)
        assert (first.status, second.status) == (BookingStatus.CONFIRMED, BookingStatus.HELD)
        assert other.review_reason == ReviewReason.MISMATCH


def test_money_that_went_back_at_the_provider_confirms_no_stay(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        booking = factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(3))
        payment = factories.payment_of(session, booking)
        settle(session, factories.paid_event(payment, source=TransactionSource.POLL, refunded=1_000), now=now)
        assert booking.status == BookingStatus.HELD
        assert payment.review_reason == ReviewReason.REFUNDED_BY_PROVIDER
        pay.retry(session, booking.reference, guest_id=booking.guest_id, now=now)
        assert factories.payment_of(session, booking).id == payment.id, "no second charge is begun"


def test_a_failure_that_follows_a_wrong_amount_does_not_end_the_asking(app: Flask, now: datetime) -> None:
    """Callbacks out of order: the money is there, and only the provider's status tells how much of it."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(5), now=now)
        payment = factories.payment_of(session, booking)
        lifecycle.record_created(session, payment.id, provider_id=f"K{payment.id}", pay_url="u", qr_text="q", now=now)
        less = factories.paid_event(payment, amount=payment.amount - 1_000)
        settle(session, less, now=now)
        settle(session, factories.paid_event(payment, kind=TransactionKind.FAILED, amount=0), now=now)
        assert payment.next_poll_at is not None
        settle(session, replace(less, source=TransactionSource.POLL), now=now)
        assert payment.captured == payment.returned == payment.amount - 1_000
