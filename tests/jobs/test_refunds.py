"""Money that goes back, with the real client on Kaspi's stand-in: every way a refund can end, each tenge once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import cancel, pay, refunding
from app.domain.ledger import balances
from app.domain.payments import returns
from app.factory import create_worker_app
from app.integrations.errors import ProviderUnavailable
from app.jobs import inbox, outbox, payments, providers, refunds
from app.jobs.queues import connect
from app.kit import clock
from app.kit.errors import DomainError
from app.models import (
    Account,
    Booking,
    BookingStatus,
    OutboxItem,
    OutboxKind,
    Payment,
    Refund,
    RefundStatus,
    RefundTransfer,
    TransferStatus,
)
from tests import factories
from tests.domain.stays import refused, told
from tests.services import Services, make_settings
from tests.standins import CREDENTIALS, StandIns, wait_until

MINUTE = timedelta(minutes=1)


@pytest.fixture
def kaspi(services: Services, database_url: str, standins: StandIns) -> Iterator[StandIns]:
    """The worker's application with Kaspi's stand-in behind its port."""
    settings = make_settings(
        database_url,
        services.redis_url,
        kaspi_base_url=standins.kaspi_url,
        kaspi_api_key=CREDENTIALS["KASPI_API_KEY"],
    )
    app: Flask = create_worker_app(settings)
    with app.app_context():
        connect(services.redis_url).flushdb()  # no circuit that another test has opened
        providers.kaspi.cache_clear()
        yield standins
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


def accounts(booking_id: int) -> dict[Account, int]:
    with transaction() as session:
        found = balances.of_booking(session.connection(), booking_id)
    assert sum(found.values()) == 0
    return {account: amount for account, amount in found.items() if amount}


def refunded_at(kaspi: StandIns, stay: Paid) -> int:
    return int(kaspi.payment(str(stay.payment))["refunded"])


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

    wait_until(is_done, 15, "end of the refund")
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
        wait_until(lambda count=count: next_step(count), 20, f"{count}. failure")  # type: ignore[misc]
    assert len({transfer.id for transfer in transfers(stay.id)}) == 3
    assert refund_of(stay.id).status == RefundStatus.BY_BANK
    assert refunded_at(kaspi, stay) == 0


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_answer_that_was_lost_is_asked_for_again_and_money_goes_back_once(kaspi: StandIns, moment: str) -> None:
    stay = cancelled(kaspi)
    kaspi.set_faults(refund_500=moment)
    (transfer,) = transfers(stay.id)
    with pytest.raises(ProviderUnavailable):
        refunds.send(transfer.id)
    kaspi.set_faults()
    refunds.send(transfer.id)
    assert refunded_at(kaspi, stay) == stay.total
    assert refund_of(stay.id).status == RefundStatus.DONE
    assert accounts(stay.id) == {}


def test_a_worker_that_died_while_asking_is_replaced(kaspi: StandIns) -> None:
    """Between the claim and the answer: nobody else asks until the claim has run out, then it is asked once more."""
    stay = cancelled(kaspi)
    (transfer,) = transfers(stay.id)
    begun = clock.now()
    with transaction() as session:
        assert returns.begin(session, transfer.id, now=begun) is not None
    with pytest.raises(ProviderUnavailable, match="in_flight"):
        refunds.send(transfer.id)
    with transaction() as session:
        session.get_one(RefundTransfer, transfer.id).claimed_until = begun
    refunds.send(transfer.id)
    assert refund_of(stay.id).status == RefundStatus.DONE


def test_one_refund_asked_for_20_times_in_parallel_is_one(kaspi: StandIns) -> None:
    """Promise 11: 1 refund; refunds never exceed the captured amount."""
    stay = cancelled(kaspi)
    (transfer,) = transfers(stay.id)
    ready, app = threading.Barrier(20), providers.current_app._get_current_object()  # type: ignore[attr-defined]
    refusals: list[str] = []

    def ask() -> None:
        with app.app_context():
            ready.wait()
            try:
                refunds.send(transfer.id)
            except ProviderUnavailable as error:
                refusals.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refund_of(stay.id).status != RefundStatus.DONE:  # whoever came first was still asking when the others gave up
        refunds.send(transfer.id)
    assert all("in_flight" in text for text in refusals)
    assert refunded_at(kaspi, stay) == stay.total
    assert accounts(stay.id) == {}


def test_one_cancellation_asked_for_20_times_in_parallel_owes_once(kaspi: StandIns) -> None:
    """Promise 11, from the guest's side."""
    stay = paid(kaspi)
    app = providers.current_app._get_current_object()  # type: ignore[attr-defined]
    done: list[int] = []
    refusals: list[str] = []

    def ask() -> None:
        with app.app_context():
            try:
                with transaction() as session:
                    cancel.cancel(session, stay.reference, actor=Actor.guest(stay.guest), now=clock.now())
            except DomainError as error:
                refusals.append(error.code)
            else:
                done.append(1)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert refusals == ["wrong_state"] * 19
    assert len(transfers(stay.id)) == 1


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
