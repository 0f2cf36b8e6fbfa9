"""Money that goes back, with the real client on Kaspi's stand-in: every way a refund can end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import pay, refunding
from app.domain.payments import returns
from app.jobs import inbox, outbox, refunds
from app.kit import clock
from app.models import (
    Account,
    Booking,
    BookingStatus,
    OutboxItem,
    OutboxKind,
    Payment,
    RefundStatus,
    RefundTransfer,
    TransferStatus,
)
from tests.domain.stays import refused, told
from tests.jobs.refunded import (
    MINUTE,
    accounts,
    ask_kaspi,
    cancelled,
    hold,
    pay_at,
    refund_of,
    refunded_at,
    transfers,
    worker_at,
)
from tests.services import Services
from tests.standins import PATIENCE, StandIns, wait_until


@pytest.fixture
def kaspi(services: Services, database_url: str, standins: StandIns) -> Iterator[StandIns]:
    """The worker's application with Kaspi's stand-in behind its port."""
    with worker_at(standins, database_url, services):
        yield standins


def work_off(transfer: RefundTransfer) -> None:
    """Do the transfer's outbox item as a worker does."""
    with transaction() as session:
        mine = (OutboxItem.kind == OutboxKind.SEND_REFUND, OutboxItem.subject_id == str(transfer.id))
        item = session.scalars(select(OutboxItem).where(*mine)).one()
    outbox.work_off(item.id)


def ask_now(transfer: RefundTransfer) -> None:
    """The transfer's turn to be asked about has come."""
    with transaction() as session:
        session.get_one(RefundTransfer, transfer.id).ask_at = clock.now() - MINUTE
    refunds.ask_due()


def test_a_refund_is_sent_and_ends_with_a_ledger_of_nothing(kaspi: StandIns) -> None:
    stay = cancelled(kaspi)
    (transfer,) = transfers(stay.id)
    work_off(transfer)
    assert refunded_at(kaspi, stay) == stay.total
    assert refund_of(stay.id).status == RefundStatus.DONE
    assert accounts(stay.id) == {}
    with transaction() as session:
        assert told(session, stay.id).count("refunded") == 1


def test_what_kaspi_only_accepted_is_asked_about_until_it_is_done(kaspi: StandIns) -> None:
    stay = cancelled(kaspi)
    kaspi.set_faults(refund_outcome="accepted")
    (transfer,) = transfers(stay.id)
    work_off(transfer)
    assert refund_of(stay.id).status == RefundStatus.OWED
    assert accounts(stay.id)[Account.REFUNDS_PAYABLE] == -stay.total

    def is_done() -> bool:
        ask_now(transfer)
        return refund_of(stay.id).status == RefundStatus.DONE

    wait_until(is_done, PATIENCE, "end of the refund")
    assert refunded_at(kaspi, stay) == stay.total
    assert accounts(stay.id) == {}


def test_a_refund_that_kaspi_refuses_is_transferred_by_bank(kaspi: StandIns) -> None:
    stay = cancelled(kaspi)
    kaspi.set_faults(refund_outcome="refused")
    (transfer,) = transfers(stay.id)
    work_off(transfer)
    for _ in range(2):
        later = transfers(stay.id)[-1]
        if later.status == TransferStatus.PLANNED:
            ask_now(later)
    refund = refund_of(stay.id)
    assert refund.status == RefundStatus.BY_BANK
    assert refunded_at(kaspi, stay) == 0
    staff = Actor.staff(stay.guest)
    with transaction() as session:
        refunding.pay_by_bank(session, refund.id, actor=staff, reason="order 17", now=clock.now())
    assert refund_of(stay.id).status == RefundStatus.DONE
    assert accounts(stay.id) == {Account.KASPI_CLEARING: stay.total, Account.BANK: -stay.total}
    with refused("nothing_refused") as session:
        returns.pay_by_bank(session, refund.id, actor=staff, reason="order 17", now=clock.now())


def test_a_refund_that_fails_is_retried_under_a_new_id_and_after_three_times_left_to_the_staff(kaspi: StandIns) -> None:
    """3-domain: "refund fails and is retried"."""
    stay = cancelled(kaspi)
    kaspi.set_faults(refund_outcome="fails_later")
    work_off(transfers(stay.id)[0])

    def next_step(refused_so_far: int) -> bool:
        ask_now(transfers(stay.id)[-1])
        return sum(each.status == TransferStatus.REFUSED for each in transfers(stay.id)) == refused_so_far

    for count in (1, 2, 3):
        wait_until(lambda count=count: next_step(count), PATIENCE, f"{count}. failure")  # type: ignore[misc]
    assert len({transfer.id for transfer in transfers(stay.id)}) == 3
    assert refund_of(stay.id).status == RefundStatus.BY_BANK
    assert refunded_at(kaspi, stay) == 0


def test_money_that_came_for_a_cancelled_hold_goes_back_by_itself(kaspi: StandIns) -> None:
    booking = hold()
    payment_id = pay_at(kaspi, booking)
    with transaction() as session:
        pay.cancel_hold(session, booking.reference, guest_id=booking.guest_id, now=clock.now())
    ask_kaspi(payment_id)
    (transfer,) = transfers(booking.id)
    work_off(transfer)
    assert refund_of(booking.id).cause == "booking_closed"
    assert kaspi.payment(str(payment_id))["status"] == "refunded"
    assert accounts(booking.id) == {}
    with transaction() as session:
        assert session.get_one(Booking, booking.id).status == BookingStatus.CANCELLED_BY_GUEST
        assert session.get_one(Payment, payment_id).review_reason == "booking_closed"


def test_a_callback_about_a_refund_makes_us_ask_and_is_never_believed(kaspi: StandIns) -> None:
    """The event names no refund and could be old or forged by whoever knows the secret: the answer is the truth."""
    stay = cancelled(kaspi)
    (transfer,) = transfers(stay.id)
    with transaction() as session:
        returns.begin(session, transfer.id, now=clock.now())
        returns.accepted(session, transfer.id, now=clock.now())
    with transaction() as session:
        session.get_one(RefundTransfer, transfer.id).ask_at = clock.now() + timedelta(hours=1)
    with transaction() as session:
        returns.ask_soon(session, stay.payment, now=clock.now())
    assert refund_of(stay.id).status == RefundStatus.OWED
    refunds.ask_due()
    assert refund_of(stay.id).status == RefundStatus.DONE
    assert inbox._REFUNDS, "both refund events go this way"


def test_an_old_item_of_the_outbox_that_names_a_refund_is_planned_and_sent(kaspi: StandIns, now: datetime) -> None:
    """Refunds that were owed before money was sent: their items waited in the outbox."""
    stay = cancelled(kaspi)
    refund = refund_of(stay.id)
    with transaction() as session:
        refunding.plan_forgotten(session, refund.id, now=now)
    assert len(transfers(stay.id)) == 1, "what is planned is not planned again"
    refunds.send(refund.id)
    assert refunded_at(kaspi, stay) == 0, "the item of the refund itself sends nothing"
