"""Kaspi Pay QR's stand-in on the wire: who may call, devices, what is paid and how, each error code."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest

from app.local.standins.settings import DEVICE_ID
from tests.factories import new_phone
from tests.integrations.qr_caller import BIN, TOKEN, QrCaller, over_plain_http, trusting, with_certificate
from tests.standins import CREDENTIALS, PATIENCE, StandIns, wait_until

# --- who may call ------------------------------------------------------------------------------------


def test_without_a_certificate_tls_is_refused(kaspi: StandIns) -> None:
    base = kaspi.qr_settings()["KASPI_QR_BASE_URL"]
    with (
        httpx.Client(verify=trusting(kaspi), trust_env=False, timeout=60) as stranger,
        pytest.raises(httpx.TransportError),
    ):
        stranger.get(f"{base}/partner/tradepoints/{BIN}")


def test_a_certificate_of_another_ca_is_refused(kaspi: StandIns, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = StandIns(tmp_path_factory.mktemp("other"), portal_url="http://127.0.0.1:9", has_qr=True)
    context = trusting(kaspi)
    context.load_cert_chain(other.certificates.client_pem)
    base = kaspi.qr_settings()["KASPI_QR_BASE_URL"]
    with httpx.Client(verify=context, trust_env=False, timeout=60) as stranger, pytest.raises(httpx.TransportError):
        stranger.get(f"{base}/partner/tradepoints/{BIN}")


def test_the_server_is_who_it_says_only_to_those_who_trust_its_ca(kaspi: StandIns) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(kaspi.qr_settings()["KASPI_QR_BASE_URL"], trust_env=False, timeout=60)


@pytest.mark.parametrize("scheme", ["r2", "r3"])
def test_schemes_with_certificates_are_told_apart_from_plain_http(kaspi: StandIns, scheme: str) -> None:
    with over_plain_http(kaspi, scheme, CREDENTIALS["KASPI_QR_API_KEY"]) as stranger:
        assert stranger.code("GET", f"v01/partner/tradepoints/{BIN}") == -10000
    with with_certificate(kaspi, scheme) as merchant:
        assert merchant.code("GET", f"v01/partner/tradepoints/{BIN}") == 0


@pytest.mark.parametrize(("key", "code"), [(CREDENTIALS["KASPI_QR_API_KEY"], 0), ("wrong", 401), (None, 401)])
def test_scheme_r1_asks_for_a_key(kaspi: StandIns, key: str | None, code: int) -> None:
    with over_plain_http(kaspi, "r1", key) as caller:
        assert caller.code("GET", f"v01/partner/tradepoints/{BIN}") == code


def test_every_call_has_a_number(merchant: QrCaller) -> None:
    assert merchant.http.get(f"v01/partner/tradepoints/{BIN}").status_code == 400


# --- devices -----------------------------------------------------------------------------------------


def register(merchant: QrCaller, device: str, trade_point: int, bin_number: str = BIN) -> dict[str, object]:
    document = {"DeviceId": device, "TradePointId": trade_point, "OrganizationBin": bin_number}
    return merchant.call("POST", "v01/device/register", json=document)


def test_trade_points_and_devices(merchant: QrCaller, order_id: str) -> None:
    points = merchant.data("GET", f"v01/partner/tradepoints/{BIN}")
    assert [point.keys() for point in points] == [{"TradePointId", "TradePointName"}] * 2
    assert register(merchant, DEVICE_ID, 1)["Data"] == {"DeviceToken": TOKEN}
    first = register(merchant, order_id, 2)
    assert first["StatusCode"] == 0
    assert register(merchant, order_id, 2)["Data"] == first["Data"]
    assert register(merchant, order_id, 1)["StatusCode"] == -1503
    assert register(merchant, f"{order_id}-x", 99)["StatusCode"] == -99000002
    assert register(merchant, f"{order_id}-x", 1, "000000000000")["StatusCode"] == -99000002
    assert merchant.code("GET", "v01/partner/tradepoints/000000000000") == -99000002


def test_a_device_of_nobody(merchant: QrCaller) -> None:
    assert merchant.code("POST", "v01/qr/create", json=merchant.create_document(DeviceToken="x")) == -1501
    assert merchant.code("POST", "v01/qr/create-link", json=merchant.create_document(DeviceToken="x")) == -1501
    assert (
        merchant.code("POST", "v01/remote/create", json=merchant.push_document("+77010000001", DeviceToken="x"))
        == -1501
    )
    assert merchant.details(1, "x")["StatusCode"] == -1501
    query = {"phoneNumber": "87010000001", "deviceToken": "x"}
    assert merchant.code("GET", "v01/remote/client-info", params=query) == -1501


# --- QR and link -------------------------------------------------------------------------------------


def test_a_qr_that_is_paid(kaspi: StandIns, merchant: QrCaller, order_id: str) -> None:
    created = merchant.create(ExternalId=order_id)
    assert created["QrPaymentBehaviorOptions"] == {
        "StatusPollingInterval": 5,
        "QrCodeScanWaitTimeout": 180,
        "PaymentConfirmationTimeout": 65,
    }
    assert created["PaymentMethods"]
    left = datetime.fromisoformat(created["ExpireDate"]) - datetime.now().astimezone()
    assert 170 < left.total_seconds() <= 180
    number = created["QrPaymentId"]
    assert merchant.word(number) == "QrTokenCreated"
    assert merchant.details(number)["StatusCode"] == -99000011

    assert "58" in httpx.get(created["QrToken"], timeout=60).raise_for_status().text
    assert merchant.word(number) == "Wait"

    assert kaspi.pay(created["QrToken"]) == "paid"
    status = merchant.status(number)
    assert (status["Status"], status["Amount"]) == ("Processed", 58300.0)
    assert status["TransactionId"] == kaspi.payment(order_id)["transaction_id"]
    assert {"ProductType", "StoreName", "Address", "City", "LoanTerm"} <= status.keys()
    assert kaspi.payment(order_id)["callbacks"] == [], "this surface calls nobody back"


def test_a_link_that_is_declined(kaspi: StandIns, merchant: QrCaller) -> None:
    created = merchant.create_link()
    assert created["PaymentBehaviorOptions"] == {
        "StatusPollingInterval": 5,
        "LinkActivationWaitTimeout": 180,
        "PaymentConfirmationTimeout": 65,
    }
    assert merchant.word(created["PaymentId"]) == "QrTokenCreated"
    assert kaspi.decline(created["PaymentLink"]) == "failed"
    assert merchant.word(created["PaymentId"]) == "Error"
    assert kaspi.pay(created["PaymentLink"]) == "failed", "what was declined can still be paid"


def test_creating_is_not_idempotent(merchant: QrCaller, order_id: str) -> None:
    first, second = merchant.create(ExternalId=order_id), merchant.create(ExternalId=order_id)
    assert first["QrPaymentId"] != second["QrPaymentId"]


def test_a_qr_that_nobody_opens_in_time(kaspi: StandIns, merchant: QrCaller) -> None:
    kaspi.set_faults(qr_wait_seconds=1)
    qr, link = merchant.create(), merchant.create_link()
    assert qr["QrPaymentBehaviorOptions"]["QrCodeScanWaitTimeout"] == 1
    for number in (qr["QrPaymentId"], link["PaymentId"]):
        wait_until(lambda number=number: merchant.word(number) == "Expired", PATIENCE, "expired payment")  # type: ignore[misc]
    assert kaspi.pay(qr["QrToken"]) == "expired"


def test_an_opened_qr_outlives_the_wait_for_the_scan(kaspi: StandIns, merchant: QrCaller, order_id: str) -> None:
    created = merchant.create(ExternalId=order_id)
    before = kaspi.payment(order_id)
    httpx.get(created["QrToken"], timeout=60)
    after = kaspi.payment(order_id)
    assert after["expires_at"] < before["expires_at"], "65 s to confirm are less than 180 s to scan"
    assert 60 < after["expires_at"] - before["created_at"] < 80


@pytest.mark.parametrize("amount", [0, -1, 10.5, 100_000_000])
def test_an_amount_that_cannot_be_paid(merchant: QrCaller, amount: float) -> None:
    assert merchant.code("POST", "v01/qr/create", json=merchant.create_document(Amount=amount)) == 990000028
    assert (
        merchant.code("POST", "v01/remote/create", json=merchant.push_document("87010000001", Amount=amount))
        == 990000028
    )


@pytest.mark.parametrize("changes", [{"Amount": "200.00"}, {"Amount": True}, {"ExternalId": ""}, {"Extra": 1}])
def test_a_document_of_another_kind(merchant: QrCaller, changes: dict[str, object]) -> None:
    document = merchant.create_document(**changes)
    assert merchant.code("POST", "v01/qr/create", json=document) == 400


def test_a_payment_of_nobody(merchant: QrCaller) -> None:
    assert merchant.code("GET", "v02/payment/status/1") == -1601
    assert merchant.details(1)["StatusCode"] == -99000001
    assert merchant.give_back_code(1, 100) == -99000001
    assert merchant.cancel_code(1) == -1601


# --- a bill pushed to a phone ------------------------------------------------------------------------


def test_a_pushed_bill_is_on_the_payers_phone_and_can_be_paid(kaspi: StandIns, merchant: QrCaller) -> None:
    phone = new_phone()
    number = merchant.push(phone.replace("+7", "8"))
    assert merchant.word(number) == "RemotePaymentCreated"
    (bill,) = kaspi.bills_of(phone)
    page = httpx.get(f"{kaspi.kaspi_url}/phones/{phone}", headers={"Accept": "text/html"}, timeout=60).text
    assert "Телефон" in page
    assert "Студия у Кок-Тобе" in page
    httpx.get(bill["pay_url"], timeout=60)
    assert merchant.word(number) == "Wait"
    assert kaspi.pay(bill["pay_url"]) == "paid"
    assert merchant.word(number) == "Processed"
    assert merchant.cancel_code(number) == -99000011, "what was paid cannot be taken back"


def test_a_pushed_bill_that_is_rejected(kaspi: StandIns, merchant: QrCaller) -> None:
    phone = new_phone()
    number = merchant.push(phone)
    (bill,) = kaspi.bills_of(phone)
    kaspi.decline(bill["pay_url"])
    assert merchant.word(number) == "RemotePaymentRejected"


def test_a_pushed_bill_that_the_merchant_takes_back(kaspi: StandIns, merchant: QrCaller) -> None:
    phone = new_phone()
    number = merchant.push(phone)
    assert merchant.cancel_code(number) == 0
    assert merchant.cancel_code(number) == 0, "taken back twice is taken back"
    assert merchant.word(number) == "RemotePaymentCanceled"
    (bill,) = kaspi.bills_of(phone)
    assert kaspi.pay(bill["pay_url"]) == "failed"
    assert "Счёт отменён" in httpx.get(bill["pay_url"], timeout=60).text


def test_only_a_pushed_bill_can_be_taken_back(merchant: QrCaller) -> None:
    assert merchant.cancel_code(merchant.create()["QrPaymentId"]) == -1601


def test_who_would_get_the_bill(merchant: QrCaller) -> None:
    query = {"phoneNumber": "87010000001", "deviceToken": TOKEN}
    assert merchant.data("GET", "v01/remote/client-info", params=query).keys() == {"ClientName"}
    assert merchant.code("GET", "v01/remote/client-info", params=query | {"phoneNumber": "123"}) == 400
