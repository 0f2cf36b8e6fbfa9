"""Bookings that were paid at the stand-in and their refunds: what the tests of refunds share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import cancel
from app.domain.ledger import balances
from app.factory import create_worker_app
from app.jobs import payments, providers
from app.jobs.queues import connect
from app.kit import clock
from app.models import Account, Booking, BookingStatus, Payment, Refund, RefundTransfer
from tests import factories
from tests.services import Services, make_settings
from tests.standins import CREDENTIALS, StandIns

MINUTE = timedelta(minutes=1)


@contextmanager
def worker_at(standins: StandIns, database_url: str, services: Services) -> Iterator[None]:
    """Within a worker's application that asks these stand-ins."""
    settings = make_settings(
        database_url,
        services.redis_url,
        kaspi_base_url=standins.kaspi_url,
        kaspi_api_key=CREDENTIALS["KASPI_API_KEY"],
        database_pool_size=20,
    )
    app: Flask = create_worker_app(settings)
    with app.app_context():
        connect(services.redis_url).flushdb()  # no circuit that another test has opened
        providers.kaspi.cache_clear()
        yield
        providers.kaspi.cache_clear()
        connect(services.redis_url).flushdb()


@dataclass(frozen=True)
class Paid:
    """A booking that a guest paid at the stand-in."""

    id: int
    reference: str
    guest: UUID
    payment: UUID
    total: int


def hold() -> Booking:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        return factories.make_hold(session, prop, guest, factories.stay_in(30, 3))


def pay_at(kaspi: StandIns, booking: Booking) -> UUID:
    """Let the guest pay as a browser does: link, payer's page."""
    with transaction() as session:
        payment_id = factories.payment_of(session, booking).id
    payments.create(payment_id, now=clock.now())
    assert kaspi.pay(kaspi.payment(str(payment_id))["pay_url"]) == "paid"
    return payment_id


def ask_kaspi(payment_id: UUID) -> None:
    with transaction() as session:
        session.get_one(Payment, payment_id).next_poll_at = clock.now() - MINUTE
    payments.poll_open()


def paid(kaspi: StandIns) -> Paid:
    booking = hold()
    payment_id = pay_at(kaspi, booking)
    ask_kaspi(payment_id)
    with transaction() as session:
        assert session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED
    return Paid(booking.id, booking.reference, booking.guest_id, payment_id, booking.total)


def cancelled(kaspi: StandIns) -> Paid:
    """Within the hour of grace: everything is to go back."""
    stay = paid(kaspi)
    with transaction() as session:
        back = cancel.cancel(session, stay.reference, actor=Actor.guest(stay.guest), now=clock.now())
        assert back is not None
        assert back.total == stay.total
    return stay


def transfers(booking_id: int) -> list[RefundTransfer]:
    with transaction() as session:
        mine = select(RefundTransfer).join(Refund, Refund.id == RefundTransfer.refund_id)
        return list(session.scalars(mine.where(Refund.booking_id == booking_id).order_by(RefundTransfer.created_at)))


def refund_of(booking_id: int) -> Refund:
    with transaction() as session:
        return session.scalars(select(Refund).where(Refund.booking_id == booking_id)).one()


def accounts(booking_id: int) -> dict[Account, int]:
    with transaction() as session:
        found = balances.of_booking(session.connection(), booking_id)
    assert sum(found.values()) == 0
    return {account: amount for account, amount in found.items() if amount}


def refunded_at(kaspi: StandIns, stay: Paid) -> int:
    return int(kaspi.payment(str(stay.payment))["refunded"])
