"""Choosing another way to pay: one open payment whatever is tapped, and money by whichever way makes the stay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.checkout import pay
from app.domain.checkout.settle import settle
from app.domain.payments import lifecycle
from app.domain.payments.ways import PayWay
from app.kit import clock
from app.kit.errors import DomainError
from app.models import Booking, BookingStatus, Payment, PaymentStatus, PayMethod, ReviewReason, TransactionKind
from tests import factories

BY_CODE = PayWay(PayMethod.QR)
BY_BILL = PayWay(PayMethod.PUSH, "+77051112233")


@pytest.fixture
def held(app: Flask, now: datetime) -> Booking:
    """A stay that waits for its payment, which is to be made by a link."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        return factories.make_hold(session, prop, guest, factories.stay_in(9), now=now)


def switch(held: Booking, way: PayWay, *, now: datetime | None = None) -> None:
    with transaction() as session:
        pay.switch(session, held.reference, way, guest_id=held.guest_id, now=now or clock.now())


def payments_of(session: Session, held: Booking) -> list[Payment]:
    found = select(Payment).where(Payment.booking_id == held.id).order_by(Payment.created_at)
    return list(session.scalars(found))


def test_taps_at_the_same_moment_make_one_payment(app: Flask, held: Booking) -> None:
    def tap(_number: int) -> None:
        with app.app_context():
            switch(held, BY_BILL)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tap, range(8)))
    with transaction() as session:
        first, second = payments_of(session, held)
        assert (first.status, first.method) == (PaymentStatus.EXPIRED, PayMethod.LINK)
        assert (second.status, second.method) == (PaymentStatus.NEW, PayMethod.PUSH)


@pytest.mark.parametrize("paid_first", [0, 1], ids=["the one set aside", "the new one"])
def test_money_by_either_way_makes_the_stay_and_ends_the_other(held: Booking, now: datetime, paid_first: int) -> None:
    switch(held, BY_CODE)
    with transaction() as session:
        chosen = payments_of(session, held)[paid_first]
        settle(session, factories.paid_event(chosen), now=now)
    with transaction() as session:
        assert session.get_one(Booking, held.id).status == BookingStatus.CONFIRMED
        statuses = [payment.status for payment in payments_of(session, held)]
        assert statuses[paid_first] == PaymentStatus.PAID
        assert statuses[1 - paid_first] == PaymentStatus.EXPIRED


def test_money_by_both_ways_is_noticed(held: Booking, now: datetime) -> None:
    switch(held, BY_CODE)
    for number in (0, 1):
        with transaction() as session:
            settle(session, factories.paid_event(payments_of(session, held)[number]), now=now)
    with transaction() as session:
        assert [payment.review_reason for payment in payments_of(session, held)] == [None, ReviewReason.PAID_TWICE]


def test_after_the_money_there_is_nothing_to_choose(held: Booking, now: datetime) -> None:
    with transaction() as session:
        settle(session, factories.paid_event(payments_of(session, held)[0]), now=now)
    with pytest.raises(DomainError, match="hold_over"):
        switch(held, BY_CODE)


def test_a_minute_before_the_end_it_is_too_late(held: Booking, now: datetime) -> None:
    switch(held, BY_CODE, now=now + timedelta(minutes=13, seconds=59))
    with pytest.raises(DomainError, match="hold_over"):
        switch(held, BY_BILL, now=now + timedelta(minutes=14, seconds=1))


def test_what_is_set_aside_is_asked_about_to_its_end(held: Booking, now: datetime) -> None:
    with transaction() as session:
        first = payments_of(session, held)[0]
        lifecycle.record_created(
            session, first.id, provider_id=f"pay_{first.id}", pay_url="https://x", qr_text=None, now=now
        )
    switch(held, BY_CODE, now=now)
    with transaction() as session:
        assert first.id in [due.id for due in lifecycle.due_for_poll(session, now=now, limit=10_000)]
        ended = factories.paid_event(first, kind=TransactionKind.EXPIRED, transaction_id=None)
        settle(session, ended, now=now)
        assert session.get_one(Payment, first.id).next_poll_at is None


@pytest.mark.parametrize("status", [PaymentStatus.FAILED, PaymentStatus.EXPIRED, PaymentStatus.PAID])
def test_the_phone_goes_with_the_payment_however_it_ends(held: Booking, now: datetime, status: PaymentStatus) -> None:
    switch(held, BY_BILL)
    with transaction() as session:
        bill = payments_of(session, held)[-1]
        assert bill.phone == "+77051112233"
        kind = TransactionKind(status.value)
        settle(session, factories.paid_event(bill, kind=kind), now=now)
    with transaction() as session:
        ended = payments_of(session, held)[-1]
        assert (ended.status, ended.phone_sealed) == (status, None)
