"""Money that comes or goes back in an odd order: what is the guest's reaches the guest, and nothing is asked twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import cancel, pay, refunding
from app.domain.checkout.settle import settle
from app.domain.ledger import balances
from app.domain.payments import lifecycle, returns
from app.models import (
    Account,
    Booking,
    Payment,
    PaymentStatus,
    Refund,
    RefundCause,
    RefundTransfer,
    ReviewReason,
    TransactionSource,
)
from tests import factories

CODE_LIVES = timedelta(minutes=3)


@pytest.fixture
def held(app: Flask, now: datetime) -> Booking:
    """A stay that waits for its payment, which Kaspi has made."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(9), now=now)
        payment = factories.payment_of(session, booking)
    give_link(payment, f"K{payment.id}", now=now)
    return booking


def give_link(payment: Payment, number: str, *, now: datetime) -> None:
    with transaction() as session:
        lifecycle.record_created(
            session,
            payment.id,
            provider_id=number,
            pay_url=f"https://pay.example/{number}",
            qr_text=None,
            expires_at=now + CODE_LIVES,
            now=now,
        )


def payments_of(held: Booking) -> list[Payment]:
    with transaction() as session:
        found = select(Payment).where(Payment.booking_id == held.id).order_by(Payment.created_at)
        return list(session.scalars(found))


def retry(held: Booking, *, now: datetime) -> list[Payment]:
    with transaction() as session:
        pay.retry(session, held.reference, guest_id=held.guest_id, now=now)
    return payments_of(held)


def test_a_second_charge_that_is_found_late_goes_back_whole_though_the_first_was_refunded(
    held: Booking, now: datetime
) -> None:
    """What Kaspi says was given back of a payment includes what we gave back ourselves."""
    (payment,) = payments_of(held)
    with transaction() as session:
        settle(session, factories.paid_event(payment), now=now)
    with transaction() as session:
        cancel.cancel(session, held.reference, actor=Actor.guest(held.guest_id), now=now)
        transfer = session.scalars(select(RefundTransfer).where(RefundTransfer.payment_id == payment.id)).one()
        returns.begin(session, transfer.id, now=now)
        refunding.transfer_done(session, transfer.id, now=now)
    again = factories.paid_event(payment, source=TransactionSource.POLL, refunded=payment.amount)
    with transaction() as session:
        settle(session, again, now=now)
    with transaction() as session:
        refunds = session.scalars(select(Refund).where(Refund.booking_id == held.id)).all()
        assert {refund.cause: refund.amount for refund in refunds} == {
            RefundCause.CANCELLED_BY_GUEST: payment.amount,
            RefundCause.PAID_TWICE: payment.amount,
        }
        held_by_kaspi = balances.of_booking(session.connection(), held.id)[Account.KASPI_CLEARING]
        assert held_by_kaspi == payment.amount


def test_the_link_that_was_shown_stays_the_payments_when_a_slow_worker_brings_another(
    held: Booking, now: datetime
) -> None:
    """On the QR surface a second `create` is a second payment; nobody was shown it, and we must ask about the first."""
    (payment,) = payments_of(held)
    give_link(payment, f"L{payment.id}", now=now)
    (payment,) = payments_of(held)
    assert (payment.provider_id, payment.pay_url) == (f"K{payment.id}", f"https://pay.example/K{payment.id}")


def test_a_callback_that_lies_about_the_amount_lets_nobody_pay_beside_the_open_payment(
    held: Booking, now: datetime
) -> None:
    (payment,) = payments_of(held)
    with transaction() as session:
        settle(session, factories.paid_event(payment, amount=1), now=now)
    (payment,) = retry(held, now=now)
    assert (payment.status, payment.review_reason) == (PaymentStatus.CREATED, ReviewReason.WRONG_AMOUNT)
    first, second = retry(held, now=now + CODE_LIVES)
    assert (first.status, second.status) == (PaymentStatus.EXPIRED, PaymentStatus.NEW)


def test_whoever_got_the_money_back_from_kaspi_may_pay_again_while_the_hold_lives(held: Booking, now: datetime) -> None:
    (payment,) = payments_of(held)
    back = factories.paid_event(payment, source=TransactionSource.POLL, refunded=payment.amount)
    with transaction() as session:
        settle(session, back, now=now)
    first, second = retry(held, now=now)
    assert (first.status, first.review_reason) == (PaymentStatus.PAID, ReviewReason.REFUNDED_BY_PROVIDER)
    assert second.status == PaymentStatus.NEW
