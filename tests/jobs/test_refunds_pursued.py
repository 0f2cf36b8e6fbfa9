"""A refund is pursued until Kaspi has said how it ended, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.db import transaction
from app.domain import outbox as items
from app.domain.actor import Actor
from app.domain.checkout import amendments, cancel
from app.domain.payments import returns
from app.jobs import outbox, refunds
from app.kit import clock
from app.models import Booking, OutboxItem, RefundStatus, RefundTransfer, TransferStatus
from tests.domain.stays import refused
from tests.jobs.refunded import MINUTE, accounts, cancelled, paid, refund_of, refunded_at, transfers, worker_at
from tests.services import Services
from tests.standins import StandIns


@pytest.fixture
def kaspi(services: Services, database_url: str, standins: StandIns) -> Iterator[StandIns]:
    """The worker's application with Kaspi's stand-in behind its port."""
    with worker_at(standins, database_url, services):
        yield standins


def item_of(transfer: RefundTransfer) -> OutboxItem:
    with transaction() as session:
        return session.scalars(select(OutboxItem).where(OutboxItem.subject_id == str(transfer.id))).one()


def let_time_pass() -> None:
    """An hour later the clock asks about what still has a turn; a claim of a worker that died has run out."""
    with transaction() as session:
        waiting = update(RefundTransfer).where(RefundTransfer.ask_at.is_not(None))
        session.execute(waiting.values(ask_at=clock.now() - MINUTE))
        session.execute(update(RefundTransfer).values(claimed_until=None))
    refunds.ask_due()


def accepted(kaspi: StandIns) -> tuple[int, RefundTransfer]:
    """A refund that Kaspi took on some time ago: its item of the outbox is done, the clock asks how it ended."""
    stay = cancelled(kaspi)
    (transfer,) = transfers(stay.id)
    with transaction() as session:
        assert returns.begin(session, transfer.id, now=clock.now()) is not None
        returns.accepted(session, transfer.id, now=clock.now())
        session.get_one(OutboxItem, item_of(transfer).id).done_at = clock.now()
    return stay.id, transfer


def test_an_outage_while_a_refund_is_asked_about_does_not_end_the_asking(kaspi: StandIns) -> None:
    booking_id, _ = accepted(kaspi)
    kaspi.set_faults(refund_500="before")
    let_time_pass()
    assert refund_of(booking_id).status == RefundStatus.OWED
    kaspi.set_faults()
    let_time_pass()
    assert refund_of(booking_id).status == RefundStatus.DONE
    assert accounts(booking_id) == {}


def test_who_is_not_asked_about_in_time_has_their_turn_later(kaspi: StandIns) -> None:
    """A Kaspi that takes seconds for each answer must not hold up what else the worker does."""
    booking_id, transfer = accepted(kaspi)
    with transaction() as session:
        session.get_one(RefundTransfer, transfer.id).ask_at = clock.now() - MINUTE
    refunds.ask_due(seconds=-1)
    assert refund_of(booking_id).status == RefundStatus.OWED
    (waiting,) = transfers(booking_id)
    assert waiting.claimed_until == transfer.claimed_until
    assert waiting.ask_at is not None
    let_time_pass()
    assert refund_of(booking_id).status == RefundStatus.DONE


def test_a_worker_that_dies_while_it_asks_about_a_refund_does_not_end_the_asking(kaspi: StandIns) -> None:
    booking_id, transfer = accepted(kaspi)
    with transaction() as session:
        session.get_one(RefundTransfer, transfer.id).ask_at = clock.now() - MINUTE
    with transaction() as session:
        assert returns.due_to_ask(session, now=clock.now()) == [transfer.id]
    with transaction() as session:
        assert returns.begin(session, transfer.id, now=clock.now()) is not None
    let_time_pass()
    assert refund_of(booking_id).status == RefundStatus.DONE


def test_who_asked_too_long_does_not_give_up_the_claim_of_who_came_after(kaspi: StandIns) -> None:
    """Else a third one would ask beside the second; Kaspi Pay QR would return the money twice."""
    stay = cancelled(kaspi)
    (transfer,) = transfers(stay.id)
    begun = clock.now()
    with transaction() as session:
        slow = returns.begin(session, transfer.id, now=begun)
    later = begun + returns.CLAIM + timedelta(seconds=1)
    with transaction() as session:
        assert returns.begin(session, transfer.id, now=later) is not None
    with transaction() as session:
        assert slow is not None
        returns.release(session, slow)
    with refused("refund_in_flight") as session:
        returns.begin(session, transfer.id, now=later)


def test_a_refund_waits_behind_another_one_of_its_payment_without_using_up_its_attempts(kaspi: StandIns) -> None:
    """Kaspi may take hours over a refund that it accepted; the next one of that payment must outlast it."""
    stay = paid(kaspi)
    with transaction() as session:
        nights = session.get_one(Booking, stay.id).check_out - timedelta(days=1)
        amendments.shorten(session, stay.reference, nights, guest_id=stay.guest, back_shown=None, now=clock.now())
    (first,) = transfers(stay.id)
    with transaction() as session:
        assert returns.begin(session, first.id, now=clock.now()) is not None
        returns.accepted(session, first.id, now=clock.now())
        cancel.cancel(session, stay.reference, actor=Actor.guest(stay.guest), now=clock.now())
    second = next(each for each in transfers(stay.id) if each.id != first.id)
    with transaction() as session:
        session.get_one(OutboxItem, item_of(second).id).attempts = items.MAX_ATTEMPTS - 1
    outbox.work_off(item_of(second).id)
    assert item_of(second).dead_at is None
    assert item_of(second).attempts == items.MAX_ATTEMPTS - 1
    refunds.send(first.id)
    with transaction() as session:
        session.get_one(OutboxItem, item_of(second).id).available_at = clock.now()
    outbox.work_off(item_of(second).id)
    assert {each.status for each in transfers(stay.id)} == {TransferStatus.DONE}
    assert refunded_at(kaspi, stay) == stay.total
