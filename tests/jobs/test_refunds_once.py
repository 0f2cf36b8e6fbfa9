"""Each tenge goes back once: answers that are lost, workers that die, twenty askers at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import cancel
from app.domain.payments import returns
from app.integrations.errors import ProviderUnavailable
from app.jobs import providers, refunds
from app.kit import clock
from app.kit.errors import DomainError
from app.models import RefundStatus, RefundTransfer
from tests.jobs.refunded import accounts, cancelled, paid, refund_of, refunded_at, transfers, worker_at
from tests.services import Services
from tests.standins import StandIns


@pytest.fixture
def kaspi(services: Services, database_url: str, standins: StandIns) -> Iterator[StandIns]:
    """The worker's application with Kaspi's stand-in behind its port."""
    with worker_at(standins, database_url, services):
        yield standins


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
