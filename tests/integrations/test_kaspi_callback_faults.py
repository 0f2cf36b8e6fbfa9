"""Each fault switch of the callbacks of Kaspi's stand-in does what it says."""

from __future__ import annotations

import time

import httpx
import pytest

from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import ProviderPaymentStatus
from app.integrations.kaspi.signature import parse_callback
from tests.integrations.conftest import CreatePayment
from tests.integrations.recorder import Answer, Recorder
from tests.integrations.test_kaspi_standin import is_signed
from tests.standins import StandIns


def test_a_late_callback(standins: StandIns, receiver: Recorder, create: CreatePayment, order_id: str) -> None:
    standins.set_faults(callback_delay_seconds=1.2)
    paid_at = time.time()
    standins.pay(create().pay_url)
    (request,) = receiver.wait_for(order_id)
    assert request.at - paid_at >= 1.2
    assert is_signed(request)


def test_a_lost_callback_leaves_the_truth_to_status(
    standins: StandIns, gateway: KaspiGateway, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    standins.set_faults(callback_lost=True)
    created = create()
    standins.pay(created.pay_url)
    standins.set_faults()
    standins.pay(create(order_id=f"{order_id}-next").pay_url)
    receiver.wait_for(f"{order_id}-next")
    (delivery,) = standins.payment(order_id)["callbacks"]
    assert (delivery["state"], delivery["attempts"]) == ("lost", 0)
    assert receiver.about(order_id) == []
    assert gateway.status(created.provider_id).status is ProviderPaymentStatus.PAID


def test_a_lost_callback_can_be_sent_by_hand(
    standins: StandIns, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    standins.set_faults(callback_lost=True)
    standins.pay(create().pay_url)
    (delivery,) = standins.payment(order_id)["callbacks"]
    httpx.post(f"{standins.kaspi_url}/callbacks/{delivery['id']}/again", timeout=60)
    assert is_signed(receiver.wait_for(order_id)[0])


def test_a_repeated_callback_is_one_event(
    standins: StandIns, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    standins.set_faults(callback_copies=20)
    standins.pay(create().pay_url)
    requests = receiver.wait_for(order_id, count=20)
    assert len({request.json["event_id"] for request in requests}) == 1
    assert all(is_signed(request) for request in requests)


def test_an_older_event_after_a_newer_one(
    standins: StandIns, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    standins.set_faults(callback_out_of_order=True)
    standins.pay(create().pay_url)
    paid, failed = (parse_callback(request.body) for request in receiver.wait_for(order_id, count=2))
    assert (paid.event, failed.event) == ("payment.paid", "payment.failed")
    assert failed.at < paid.at


@pytest.mark.parametrize("difference", [-1, 1_000])
def test_a_wrong_amount_in_a_callback(
    *,
    standins: StandIns,
    gateway: KaspiGateway,
    receiver: Recorder,
    create: CreatePayment,
    order_id: str,
    difference: int,
) -> None:
    standins.set_faults(callback_amount_error=difference)
    created = create()
    standins.pay(created.pay_url)
    (request,) = receiver.wait_for(order_id)
    assert parse_callback(request.body).amount == 58_300 + difference
    assert gateway.status(created.provider_id).amount == 58_300


def test_a_forged_signature_until_the_switch_is_off_again(
    standins: StandIns, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    standins.set_faults(callback_forged=True)
    receiver.answer_about(order_id, Answer(401))
    standins.pay(create().pay_url)
    (forged,) = receiver.wait_for(order_id)
    assert not is_signed(forged)
    standins.set_faults()
    assert is_signed(receiver.wait_for(order_id, count=2)[1])
