"""Returns at Kaspi Pay QR's stand-in on the wire."""

from __future__ import annotations

from datetime import datetime

import httpx

from tests.integrations.qr_caller import BIN, QrCaller, paid
from tests.standins import CREDENTIALS, StandIns


def test_a_repeated_return_gives_back_twice_until_nothing_is_left(kaspi: StandIns, merchant: QrCaller) -> None:
    number = paid(kaspi, merchant)
    details = merchant.details(number)["Data"]
    assert (details["QrPaymentId"], details["TotalAmount"], details["AvailableReturnAmount"]) == (number, 58300, 58300)
    assert datetime.fromisoformat(details["TransactionDate"]).utcoffset()
    document = merchant.return_document(number, 20_000)
    first, second = (merchant.data("POST", "v01/payment/return", json=document) for _ in range(2))
    assert first["ReturnOperationId"] != second["ReturnOperationId"]
    assert merchant.returnable(number) == 18_300
    assert merchant.give_back_code(number, 20_000) == -99000005
    assert merchant.give_back_code(number, 18_300) == 0
    assert merchant.returnable(number) == 0
    assert merchant.word(number) == "Processed"


def test_what_was_not_paid_is_not_given_back(kaspi: StandIns, merchant: QrCaller) -> None:
    number = merchant.create()["QrPaymentId"]
    assert merchant.give_back_code(number, 100) == -99000011


def test_a_purchase_of_another_trade_point(kaspi: StandIns, merchant: QrCaller, order_id: str) -> None:
    elsewhere = str(
        merchant.data(
            "POST",
            "v01/device/register",
            json={
                "DeviceId": order_id,
                "TradePointId": 2,
                "OrganizationBin": BIN,
            },
        )["DeviceToken"]
    )
    number = paid(kaspi, merchant)
    assert merchant.details(number, elsewhere)["StatusCode"] == -99000003
    assert merchant.give_back_code(number, 100, DeviceToken=elsewhere) == -99000003
    assert merchant.returnable(number) == 58_300


def test_both_surfaces_are_on_one_list_and_do_not_touch_each_other(
    kaspi: StandIns, merchant: QrCaller, order_id: str
) -> None:
    number = paid(kaspi, merchant, ExternalId=order_id)
    key = {"Authorization": f"Bearer {CREDENTIALS['KASPI_API_KEY']}"}
    assert httpx.get(f"{kaspi.kaspi_url}/payment/status/{number}", headers=key, timeout=60).status_code == 404
    document = {"payment_id": str(number), "refund_id": order_id, "amount": "100.00", "reason": "чужое"}
    assert httpx.post(f"{kaspi.kaspi_url}/payment/refund", headers=key, json=document, timeout=60).status_code == 404
    merchant.push("+77012223344")
    panel = httpx.get(f"{kaspi.kaspi_url}/", headers={"Accept": "text/html"}, timeout=60).text
    assert order_id in panel
    assert "счёт по номеру" in panel
    assert "/kaspi/phones/+77012223344" in panel
