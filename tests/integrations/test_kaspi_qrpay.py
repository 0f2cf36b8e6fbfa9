"""The QR surface's client: what it sends and how it reads each answer (4-kaspi, surface 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.port import Created, ProviderPaymentStatus
from app.integrations.kaspi.qr_wire import REFUSALS, TRY_LATER
from app.integrations.kaspi.qrpay import KaspiQrPay
from app.models import PayMethod
from tests.integrations.qr import DETAILS, LINK_CREATED, NOW, PROCESSED, QR_CREATED, bad, client_at, says
from tests.integrations.recorder import Answer, Recorder

PAID_AT = datetime(2026, 3, 1, 7, 1, 30, tzinfo=UTC)


@pytest.fixture
def client(scripted: Recorder) -> Iterator[KaspiQrPay]:
    found = client_at(scripted.url)
    yield found
    found.close()


def create(client: KaspiQrPay, method: PayMethod = PayMethod.QR, **changes: Any) -> Created:
    wanted: dict[str, Any] = {
        "order_id": "order-1",
        "amount": 58_300,
        "description": "ЖильеGO, бронь ABC",
        "return_url": "https://z.example/1",
        "expires_in": 900,
        "phone": None,
    }
    return client.create(method=method, **(wanted | changes))


# --- opening a payment --------------------------------------------------------------------------------


def test_a_code_is_asked_for_in_the_words_of_the_protocol(scripted: Recorder, client: KaspiQrPay) -> None:
    says(scripted, QR_CREATED)
    made = create(client)
    (request,) = scripted.requests
    assert (request.method, request.path) == ("POST", "/r1/v01/qr/create")
    assert request.headers["Api-Key"] == "qr-key"
    assert len(request.headers["X-Request-ID"]) == 36
    assert request.json == {
        "DeviceToken": "device-token",
        "OrganizationBin": "180340021791",
        "Amount": 58_300,
        "ExternalId": "order-1",
    }
    assert made == Created(
        "15",
        None,
        "51236903777280167836178166503744993984459",
        datetime(2026, 3, 1, 7, 3, tzinfo=UTC),
        timedelta(seconds=7),
    )


def test_a_link_has_ids_of_its_own_name_and_a_time_of_almaty(scripted: Recorder, client: KaspiQrPay) -> None:
    says(scripted, LINK_CREATED)
    made = create(client, PayMethod.LINK)
    assert scripted.requests[0].path == "/r1/v01/qr/create-link"
    assert (made.provider_id, made.pay_url, made.qr_text) == ("16", "https://pay.example/15", None)
    assert made.expires_at.replace(microsecond=0) == datetime(2026, 3, 1, 7, 3, tzinfo=UTC)
    assert made.poll_after == timedelta(seconds=5)


def test_a_bill_is_pushed_to_a_phone_as_kazakhstan_writes_it(scripted: Recorder, client: KaspiQrPay) -> None:
    says(scripted, {"QrPaymentId": 17})
    made = create(client, PayMethod.PUSH, phone="+77071234567")
    (request,) = scripted.requests
    assert request.path == "/r1/v01/remote/create"
    assert request.json == {
        "DeviceToken": "device-token",
        "OrganizationBin": "180340021791",
        "Amount": 58_300,
        "PhoneNumber": "87071234567",
        "Comment": "ЖильеGO, бронь ABC",
    }
    assert made == Created("17", None, None, NOW + timedelta(seconds=900), timedelta(seconds=5))


def test_each_request_has_an_id_of_its_own(scripted: Recorder, client: KaspiQrPay) -> None:
    says(scripted, QR_CREATED, QR_CREATED)
    create(client)
    create(client)
    first, second = scripted.requests
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"QrToken": None}, "QrToken"),
        ({"ExpireDate": "soon"}, "ExpireDate"),
        ({"ExpireDate": ""}, "ExpireDate"),
        ({"QrPaymentId": None}, "QrPaymentId"),
        ({"QrPaymentId": True}, "QrPaymentId"),
        ({"QrPaymentBehaviorOptions": {"StatusPollingInterval": 0}}, "StatusPollingInterval"),
    ],
)
def test_a_malformed_answer_is_refused_by_the_name_of_its_field(
    scripted: Recorder, client: KaspiQrPay, changes: dict[str, object], field: str
) -> None:
    says(scripted, QR_CREATED | changes)
    with pytest.raises(ProviderProtocolError, match=field):
        create(client)


@pytest.mark.parametrize("body", ["<html>", "{}", '{"StatusCode": "0"}', '{"StatusCode": 0, "Data": []}'])
def test_what_is_no_envelope_is_a_protocol_error(scripted: Recorder, client: KaspiQrPay, body: str) -> None:
    scripted.usual = Answer(body=body)
    with pytest.raises(ProviderProtocolError):
        create(client)


@pytest.mark.parametrize("failure", [Answer(500), Answer(None)])
def test_a_code_may_be_asked_for_again_at_once(scripted: Recorder, client: KaspiQrPay, failure: Answer) -> None:
    scripted.answers.append(failure)
    says(scripted, QR_CREATED)
    create(client)
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("failure", [Answer(500), Answer(504), Answer(None)])
def test_a_bill_is_never_pushed_twice(scripted: Recorder, client: KaspiQrPay, failure: Answer) -> None:
    scripted.usual = failure
    with pytest.raises(ProviderProtocolError, match="nobody knows"):
        create(client, PayMethod.PUSH, phone="+77071234567")
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("failure", [Answer(429), bad(-999)])
def test_a_bill_that_was_surely_not_pushed_may_be_tried_later(
    scripted: Recorder, client: KaspiQrPay, failure: Answer
) -> None:
    scripted.usual = failure
    with pytest.raises(ProviderUnavailable) as unavailable:
        create(client, PayMethod.PUSH, phone="+77071234567")
    assert not unavailable.value.outcome_unknown


@pytest.mark.parametrize("method", PayMethod)
@pytest.mark.parametrize("amount", [0, -1])
def test_only_a_positive_sum_is_asked_for(
    scripted: Recorder, client: KaspiQrPay, method: PayMethod, amount: int
) -> None:
    with pytest.raises(ValueError, match="positive"):
        create(client, method, amount=amount, phone="+77071234567")
    assert scripted.requests == []


# --- codes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_code_that_means_no_is_final_and_says_nothing_of_people(
    scripted: Recorder, client: KaspiQrPay, code: int
) -> None:
    scripted.usual = bad(code)
    with pytest.raises(ProviderRefused) as refused:
        create(client)
    assert refused.value.code == str(code)
    assert "Айгерим" not in str(refused.value)


@pytest.mark.parametrize("code", sorted(TRY_LATER))
def test_a_code_that_means_later_is_temporary(scripted: Recorder, client: KaspiQrPay, code: int) -> None:
    scripted.usual = bad(code)
    with pytest.raises(ProviderUnavailable):
        client.status("15")


@pytest.mark.parametrize("code", [-5, 1, 123456789])
def test_a_code_that_nobody_knows_is_for_a_person(scripted: Recorder, client: KaspiQrPay, code: int) -> None:
    scripted.usual = bad(code)
    with pytest.raises(ProviderProtocolError, match=str(code)):
        client.refund("15", "r-1", 100, "отмена", returnable_before=500)


def test_the_codes_of_the_protocol_are_all_known() -> None:
    named = {-1501, -1502, -1503, -1601, -99000001, -99000002, -99000003, -99000005, -99000006, -99000011, -99000020}
    named |= {990000018, 990000026, 990000028, 990000033, -10000, -999}
    assert set(REFUSALS) | set(TRY_LATER) == named


# --- how a payment stands -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("QrTokenCreated", ProviderPaymentStatus.PENDING),
        ("Wait", ProviderPaymentStatus.PENDING),
        ("RemotePaymentCreated", ProviderPaymentStatus.PENDING),
        ("Error", ProviderPaymentStatus.FAILED),
        ("RemotePaymentRejected", ProviderPaymentStatus.FAILED),
        ("RemotePaymentCanceled", ProviderPaymentStatus.EXPIRED),
        ("QrTokenDiscarded", ProviderPaymentStatus.EXPIRED),
        ("Expired", ProviderPaymentStatus.EXPIRED),
        ("ComplianceReview", ProviderPaymentStatus.PENDING),
    ],
)
def test_every_word_of_kaspi_has_its_meaning_and_an_unknown_one_is_pending(
    scripted: Recorder, client: KaspiQrPay, word: str, status: ProviderPaymentStatus
) -> None:
    says(scripted, {"Status": word})
    found = client.status("15")
    assert (found.status, found.transaction_id, found.refunded) == (status, None, 0)
    assert scripted.requests[0].path == "/r1/v02/payment/status/15"


@pytest.mark.parametrize(
    ("available", "status", "refunded"),
    [
        (58_300, ProviderPaymentStatus.PAID, 0),
        (58_000, ProviderPaymentStatus.PARTIALLY_REFUNDED, 300),
        (0, ProviderPaymentStatus.REFUNDED, 58_300),
    ],
)
def test_a_paid_payment_is_told_with_its_time_and_what_was_given_back(
    scripted: Recorder, client: KaspiQrPay, available: int, status: ProviderPaymentStatus, refunded: int
) -> None:
    says(scripted, PROCESSED, DETAILS | {"AvailableReturnAmount": float(available)})
    found = client.status("15")
    assert (found.status, found.amount, found.refunded) == (status, 58_300, refunded)
    assert (found.transaction_id, found.paid_at) == ("7788", PAID_AT)
    assert scripted.requests[1].path == "/r1/v01/payment/details?QrPaymentId=15&DeviceToken=device-token"


@pytest.mark.parametrize(
    ("state", "details"),
    [
        ({"TransactionId": None}, {}),
        ({"Amount": 58_300.5}, {}),
        ({"Amount": "58300"}, {}),
        ({"Amount": 100}, {}),
        ({}, {"QrPaymentId": 16}),
        ({}, {"AvailableReturnAmount": 60_000}),
        ({}, {"TransactionDate": None}),
        ({}, {"TotalAmount": -1}),
    ],
)
def test_a_status_that_breaks_the_protocol_is_not_believed(
    scripted: Recorder, client: KaspiQrPay, state: dict[str, object], details: dict[str, object]
) -> None:
    says(scripted, PROCESSED | state, DETAILS | details)
    with pytest.raises(ProviderProtocolError):
        client.status("15")


def test_an_id_cannot_change_the_address(scripted: Recorder, client: KaspiQrPay) -> None:
    says(scripted, {"Status": "Wait"})
    client.status("../return?x=1")
    assert scripted.requests[0].path == "/r1/v02/payment/status/..%2Freturn%3Fx%3D1"
