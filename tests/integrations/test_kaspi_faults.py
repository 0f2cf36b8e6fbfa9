"""Each fault switch of Kaspi's stand-in does what it says, seen through the real client; those of callbacks apart."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from app.integrations.errors import ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import ProviderPaymentStatus, ProviderRefundStatus
from app.integrations.kaspi.signature import parse_callback
from app.kit import clock
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.twilio.faults import TwilioFaults
from tests.integrations.conftest import CreatePayment
from tests.integrations.recorder import Recorder
from tests.integrations.test_kaspi_standin import statement
from tests.measures import least_of
from tests.standins import PATIENCE, Fault, StandIns, every_fault, every_sms_fault, pairs_of, wait_until


def events(receiver: Recorder, order_id: str) -> list[str]:
    return [str(request.json["event"]) for request in receiver.about(order_id)]


@pytest.mark.parametrize(("moment", "is_done"), [("before", False), ("after", True)])
def test_create_answers_500(
    standins: StandIns, create: CreatePayment, order_id: str, moment: str, is_done: bool
) -> None:
    standins.set_faults(create_500=moment)
    with pytest.raises(ProviderUnavailable) as unavailable:
        create()
    assert unavailable.value.outcome_unknown
    made = [payment for payment in standins.payments() if payment["order_id"] == order_id]
    assert len(made) == int(is_done)
    standins.set_faults()
    assert create().provider_id == standins.payment(order_id)["payment_id"]


def test_status_answers_500(standins: StandIns, gateway: KaspiGateway, create: CreatePayment) -> None:
    created = create()
    standins.set_faults(status_500=True)
    with pytest.raises(ProviderUnavailable):
        gateway.status(created.provider_id)


def test_refund_answers_500_after_it_was_done(
    standins: StandIns, gateway: KaspiGateway, create: CreatePayment, order_id: str
) -> None:
    created = create()
    standins.pay(created.pay_url)
    standins.set_faults(refund_500="after")
    with pytest.raises(ProviderUnavailable):
        gateway.refund(created.provider_id, order_id, 300, "отмена")
    assert gateway.status(created.provider_id).refunded == 300


def test_a_slow_answer_is_an_answer(standins: StandIns, create: CreatePayment) -> None:
    standins.set_faults(slow_seconds=0.4)
    began = time.monotonic()
    create()
    assert time.monotonic() - began >= 0.4


def test_a_call_that_hangs_is_done_all_the_same(standins: StandIns, create: CreatePayment, order_id: str) -> None:
    standins.set_faults(hang_seconds=0.2)
    with pytest.raises(ProviderUnavailable) as unavailable:
        create()
    assert unavailable.value.outcome_unknown
    assert standins.payment(order_id)["status"] == "created"


@pytest.mark.drill
def test_the_client_waits_ten_seconds_for_an_answer_and_does_not_ask_again(
    standins: StandIns, create: CreatePayment
) -> None:
    standins.set_faults(hang_seconds=20)

    def waited() -> float:
        began = time.monotonic()
        with pytest.raises(ProviderUnavailable) as unavailable:
            create()
        assert unavailable.value.outcome_unknown
        return time.monotonic() - began

    assert 9.5 <= least_of(waited, enough=12) <= 12


@pytest.mark.parametrize(
    ("outcome", "answer", "event", "refunded"),
    [
        ("done", ProviderRefundStatus.DONE, "refund.done", 300),
        ("accepted", ProviderRefundStatus.ACCEPTED, "refund.done", 300),
        ("fails_later", ProviderRefundStatus.ACCEPTED, "refund.failed", 0),
    ],
)
def test_the_ways_a_refund_can_end(
    *,
    standins: StandIns,
    gateway: KaspiGateway,
    receiver: Recorder,
    create: CreatePayment,
    order_id: str,
    outcome: str,
    answer: ProviderRefundStatus,
    event: str,
    refunded: int,
) -> None:
    created = create()
    standins.pay(created.pay_url)
    standins.set_faults(refund_outcome=outcome)
    assert gateway.refund(created.provider_id, order_id, 300, "отмена").status is answer
    wait_until(lambda: event in events(receiver, order_id), PATIENCE, event)
    assert gateway.status(created.provider_id).refunded == refunded


def test_a_refund_that_failed_at_once_says_so(
    standins: StandIns, gateway: KaspiGateway, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    created = create()
    standins.pay(created.pay_url)
    standins.set_faults(refund_outcome="refused")
    answer = gateway.refund(created.provider_id, order_id, 300, "отмена")
    assert answer.status is ProviderRefundStatus.FAILED
    wait_until(lambda: "refund.failed" in events(receiver, order_id), PATIENCE, "refund.failed")
    assert gateway.status(created.provider_id).refunded == 0


def test_switches_are_set_and_reset_by_the_form(standins: StandIns) -> None:
    with httpx.Client(base_url=standins.kaspi_url, timeout=60) as browser:
        off = browser.get("/faults").json()
        form = {"callback_lost": "true", "callback_copies": "3", "hang_seconds": "", "create_500": "after"}
        assert browser.post("/faults", data=form).status_code == 303
        assert browser.get("/faults").json() == off | {
            "callback_lost": True,
            "callback_copies": 3,
            "create_500": "after",
        }
        assert browser.post("/faults", data={"callback_copies": "many"}).status_code == 400
        browser.post("/faults", data={"reset": "1"})
        assert browser.get("/faults").json() == off


@pytest.mark.parametrize("document", ['{"no_such_switch": true}', '{"callback_copies": 0}', "nonsense"])
def test_an_unknown_switch_is_an_error_not_a_silence(standins: StandIns, document: str) -> None:
    assert httpx.put(f"{standins.kaspi_url}/faults", content=document, timeout=60).status_code == 400


def test_a_stranger_pays_nothing(standins: StandIns) -> None:
    assert httpx.post(f"{standins.kaspi_url}/pay/nobody", data={"action": "pay"}, timeout=60).status_code == 404


def test_a_payment_that_goes_through_twice(
    standins: StandIns, gateway: KaspiGateway, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    created = create()
    standins.set_faults(paid_twice=True)
    standins.pay(created.pay_url)
    standins.pay(created.pay_url)
    told = [parse_callback(request.body) for request in receiver.wait_for(order_id, count=2)]
    assert [(one.event, one.amount) for one in told] == [("payment.paid", 58_300)] * 2
    transactions = {one.transaction_id for one in told}
    assert len(transactions) == 2
    paid_at = gateway.status(created.provider_id).paid_at
    assert paid_at is not None
    lines = [one for one in statement(standins, clock.local_date(paid_at)) if one["order_id"] == order_id]
    assert {one["transaction_id"] for one in lines} == transactions

    assert gateway.refund(created.provider_id, f"{order_id}-1", 58_300, "дважды").status is ProviderRefundStatus.DONE
    status = gateway.status(created.provider_id)
    assert (status.status, status.refunded) == (ProviderPaymentStatus.PARTIALLY_REFUNDED, 58_300)
    assert gateway.refund(created.provider_id, f"{order_id}-2", 58_300, "отмена").status is ProviderRefundStatus.DONE
    assert gateway.status(created.provider_id).status is ProviderPaymentStatus.REFUNDED


def test_without_the_switch_nobody_pays_twice(
    standins: StandIns, gateway: KaspiGateway, create: CreatePayment, order_id: str
) -> None:
    created = create()
    with ThreadPoolExecutor(8) as hands:
        assert set(hands.map(standins.pay, [created.pay_url] * 8)) == {"paid"}
    paid_at = gateway.status(created.provider_id).paid_at
    assert paid_at is not None
    lines = [one for one in statement(standins, clock.local_date(paid_at)) if one["order_id"] == order_id]
    assert len(lines) == 1


def test_another_sum_is_taken_and_everybody_says_so(
    standins: StandIns, gateway: KaspiGateway, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    standins.set_faults(paid_amount_error=-1_000)
    created = create()
    standins.pay(created.pay_url)
    (request,) = receiver.wait_for(order_id)
    status = gateway.status(created.provider_id)
    assert (parse_callback(request.body).amount, status.amount) == (57_300, 57_300)
    assert status.paid_at is not None
    lines = [one for one in statement(standins, clock.local_date(status.paid_at)) if one["order_id"] == order_id]
    assert [one["amount"] for one in lines] == ["57300.00"]


def test_while_unavailable_nothing_is_done(standins: StandIns, create: CreatePayment, order_id: str) -> None:
    standins.set_faults(unavailable=True)
    with pytest.raises(ProviderUnavailable):
        create()
    assert [one for one in standins.payments() if one["order_id"] == order_id] == []


def test_a_status_that_nobody_knows_is_pending(
    standins: StandIns, gateway: KaspiGateway, create: CreatePayment
) -> None:
    created = create()
    standins.pay(created.pay_url)
    standins.set_faults(status_unknown=True)
    assert gateway.status(created.provider_id).status is ProviderPaymentStatus.PENDING


def test_where_a_part_may_not_go_back_the_whole_may(
    standins: StandIns, gateway: KaspiGateway, create: CreatePayment, order_id: str
) -> None:
    created = create()
    standins.pay(created.pay_url)
    standins.set_faults(no_partial_refund=True)
    with pytest.raises(ProviderRefused) as refused:
        gateway.refund(created.provider_id, f"{order_id}-1", 300, "скидка")
    assert refused.value.code == "partial_refund_not_allowed"
    assert gateway.refund(created.provider_id, f"{order_id}-2", 58_300, "отмена").status is ProviderRefundStatus.DONE


@pytest.mark.parametrize("surface", [None, "gateway", "qrpay"])
def test_drills_are_given_every_switch_and_each_is_accepted(standins: StandIns, surface: str | None) -> None:
    faults = every_fault(surface)
    for fault in faults:
        standins.set_faults(**dict([fault]))
    names = {name for name, _ in faults}
    if surface is None:
        assert names == KaspiFaults.model_fields.keys()
    assert ("callback_lost" in names) == (surface != "qrpay")
    assert ("qr_discarded" in names) == (surface != "gateway")


def test_pairs_never_set_one_switch_twice() -> None:
    faults: list[Fault] = [("a", 1), ("a", 2), ("b", True)]
    assert pairs_of(faults) == [{"a": 1, "b": True}, {"a": 2, "b": True}]


def test_every_switch_of_the_messages_is_accepted(standins: StandIns) -> None:
    for fault in every_sms_fault():
        standins.set_sms_faults(**dict([fault]))
    assert {name for name, _ in every_sms_fault()} == TwilioFaults.model_fields.keys()
