"""The gateway's client against a provider that says what each test tells it to."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import KaspiPort, ProviderPaymentStatus, ProviderRefundStatus, RefundResult
from app.models import PayMethod
from tests.integrations.conftest import gateway_at
from tests.integrations.recorder import Answer, Recorder
from tests.standins import free_port

CREATED = {
    "payment_id": "pay_1",
    "payment_url": "https://pay.example/1",
    "qr_token": "qr:1",
    "status": "created",
    "expires_at": "2026-03-01T10:00:00Z",
}
PAID = {
    "payment_id": "pay_1",
    "order_id": "order-1",
    "status": "paid",
    "amount": "58300.00",
    "paid_at": "2026-03-01T10:00:00Z",
    "transaction_id": "tr_1",
    "refunded_amount": "0.00",
}


@pytest.fixture
def pauses() -> list[float]:
    """Seconds that the client wanted to wait before its further attempts."""
    return []


@pytest.fixture
def client(scripted: Recorder, pauses: list[float]) -> KaspiGateway:
    return gateway_at(scripted.url + "/kaspi", pauses.append)


def says(scripted: Recorder, document: object, **changes: object) -> None:
    base = document if not isinstance(document, dict) else document | changes
    scripted.usual = Answer(body=json.dumps(base))


def create(client: KaspiPort) -> object:
    return client.create(
        order_id="order-1",
        amount=58_300,
        description="Студия",
        return_url="https://z.example/1",
        expires_in=900,
        method=PayMethod.QR,
        phone=None,
    )


def test_create_says_what_the_protocol_wants(scripted: Recorder, client: KaspiGateway) -> None:
    says(scripted, CREATED)
    create(client)
    (request,) = scripted.requests
    assert (request.method, request.path) == ("POST", "/kaspi/payment/create")
    assert request.headers["Authorization"] == "Bearer test-kaspi-api-key"
    assert request.json == {
        "merchant_id": "zhilego",
        "order_id": "order-1",
        "amount": "58300.00",
        "currency": "KZT",
        "description": "Студия",
        "return_url": "https://z.example/1",
        "callback_url": "http://127.0.0.1/kaspi/callback/",
        "expires_in": 900,
    }


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("created", ProviderPaymentStatus.PENDING),
        ("pending", ProviderPaymentStatus.PENDING),
        ("paid", ProviderPaymentStatus.PAID),
        ("failed", ProviderPaymentStatus.FAILED),
        ("expired", ProviderPaymentStatus.EXPIRED),
        ("refunded", ProviderPaymentStatus.REFUNDED),
        ("partially_refunded", ProviderPaymentStatus.PARTIALLY_REFUNDED),
        ("on_hold_by_bank", ProviderPaymentStatus.PENDING),
    ],
)
def test_every_word_of_kaspi_has_its_meaning_and_an_unknown_one_is_pending(
    scripted: Recorder, client: KaspiGateway, word: str, status: ProviderPaymentStatus
) -> None:
    says(scripted, PAID, status=word)
    assert client.status("pay_1").status is status


def test_an_unknown_end_of_a_refund_counts_as_accepted(scripted: Recorder, client: KaspiGateway) -> None:
    says(scripted, {"refund_id": "r-1", "status": "queued_at_bank"})
    assert client.refund("pay_1", "r-1", 100, "отмена") == RefundResult("r-1", ProviderRefundStatus.ACCEPTED)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "58300.50"},
        {"amount": 58300},
        {"payment_id": "pay_2"},
        {"transaction_id": None},
        {"paid_at": None},
        {"paid_at": "yesterday"},
        {"refunded_amount": "-1.00"},
        {"status": None},
    ],
)
def test_a_status_that_breaks_the_protocol_is_not_believed(
    scripted: Recorder, client: KaspiGateway, changes: dict[str, object]
) -> None:
    says(scripted, PAID, **changes)
    with pytest.raises(ProviderProtocolError):
        client.status("pay_1")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "pay.example/1", "", None])
def test_a_payer_is_never_sent_to_something_that_is_no_web_address(
    scripted: Recorder, client: KaspiGateway, address: str | None
) -> None:
    says(scripted, CREATED, payment_url=address)
    with pytest.raises(ProviderProtocolError, match="payment_url"):
        create(client)


@pytest.mark.parametrize("answer", [Answer(body="<html>"), Answer(status=302), Answer(status=204)])
def test_an_answer_of_another_kind_is_a_protocol_error(
    scripted: Recorder, client: KaspiGateway, answer: Answer
) -> None:
    scripted.usual = answer
    with pytest.raises(ProviderProtocolError):
        client.status("pay_1")


def test_a_refund_answered_for_another_refund_is_a_protocol_error(scripted: Recorder, client: KaspiGateway) -> None:
    says(scripted, {"refund_id": "r-2", "status": "done"})
    with pytest.raises(ProviderProtocolError):
        client.refund("pay_1", "r-1", 100, "отмена")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(409, '{"code": "order_id_conflict", "message": "…"}'), "order_id_conflict"),
        (Answer(400, '{"code": -99000005}'), "-99000005"),
        (Answer(403, "<html>"), "http_403"),
    ],
)
def test_a_refusal_is_final_and_carries_the_code(
    scripted: Recorder, client: KaspiGateway, answer: Answer, code: str
) -> None:
    scripted.usual = answer
    with pytest.raises(ProviderRefused) as refused:
        create(client)
    assert refused.value.code == code
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("failure", [Answer(500), Answer(503), Answer(None)])
def test_a_quick_failure_is_repeated_with_growing_pauses(
    scripted: Recorder, client: KaspiGateway, pauses: list[float], failure: Answer
) -> None:
    says(scripted, CREATED)
    scripted.answers.extend([failure, failure])
    create(client)
    first, second, third = scripted.requests
    assert first.json == second.json == third.json
    assert 0.2 <= pauses[0] <= 0.3
    assert 0.8 <= pauses[1] <= 1.2


@pytest.mark.parametrize("failure", [Answer(500), Answer(None)])
def test_after_three_failures_the_outcome_is_unknown(scripted: Recorder, client: KaspiGateway, failure: Answer) -> None:
    scripted.usual = failure
    with pytest.raises(ProviderUnavailable) as unavailable:
        create(client)
    assert unavailable.value.outcome_unknown
    assert len(scripted.requests) == 3


@pytest.mark.parametrize(("status", "may_be_done"), [(429, False), (503, True)])
def test_a_wish_to_wait_is_obeyed_not_ignored(
    scripted: Recorder, client: KaspiGateway, status: int, may_be_done: bool
) -> None:
    scripted.usual = Answer(status, headers=(("Retry-After", "7"),))
    with pytest.raises(ProviderUnavailable) as unavailable:
        client.status("pay_1")
    assert unavailable.value.retry_after == timedelta(seconds=7)
    assert unavailable.value.outcome_unknown is may_be_done
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("status", [408, 429, 504])
def test_a_provider_in_trouble_is_not_asked_again_at_once(
    scripted: Recorder, client: KaspiGateway, status: int
) -> None:
    scripted.usual = Answer(status)
    with pytest.raises(ProviderUnavailable) as unavailable:
        client.status("pay_1")
    assert unavailable.value.retry_after is None
    assert len(scripted.requests) == 1


def test_nobody_at_home_means_that_nothing_happened() -> None:
    client = gateway_at(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ProviderUnavailable) as unavailable:
        create(client)
    assert not unavailable.value.outcome_unknown


def test_an_id_cannot_change_the_address(scripted: Recorder, client: KaspiGateway) -> None:
    says(scripted, PAID, payment_id="../refund?x=1")
    client.status("../refund?x=1")
    assert scripted.requests[0].path == "/kaspi/payment/status/..%2Frefund%3Fx%3D1"


@pytest.mark.parametrize("amount", [0, -5])
def test_only_a_positive_sum_is_asked_for(scripted: Recorder, client: KaspiGateway, amount: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        client.refund("pay_1", "r-1", amount, "отмена")
    assert scripted.requests == []


def test_a_refund_that_failed_is_an_answer_that_may_be_followed_by_another_refund(
    scripted: Recorder, client: KaspiGateway
) -> None:
    says(scripted, {"refund_id": "r-1", "status": "failed"})
    assert client.refund("pay_1", "r-1", 100, "отмена").status is ProviderRefundStatus.FAILED


@pytest.mark.parametrize("answer", [Answer(401, '{"code": "unauthorized"}'), Answer(403)])
def test_a_wrong_key_of_ours_does_not_end_a_refund(scripted: Recorder, client: KaspiGateway, answer: Answer) -> None:
    scripted.usual = answer
    with pytest.raises(ProviderUnavailable):
        client.refund("pay_1", "r-1", 100, "отмена")


def test_this_surface_pushes_no_bills(scripted: Recorder, client: KaspiGateway) -> None:
    with pytest.raises(ProviderRefused) as refused:
        client.create(
            order_id="order-1",
            amount=58_300,
            description="Студия",
            return_url="https://z.example/1",
            expires_in=900,
            method=PayMethod.PUSH,
            phone="+77071234567",
        )
    assert refused.value.code == "no_push"
    client.withdraw("pay_1")
    assert client.returnable("pay_1") is None
    assert scripted.requests == []
