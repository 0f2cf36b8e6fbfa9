"""Every two switches together: the stand-in answers as it should, and its books agree with each other afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.kit import clock
from app.local.standins.kaspi import statement
from app.local.standins.store import Store
from tests.integrations.qr_caller import QrCaller, over_plain_http
from tests.integrations.recorder import Recorder
from tests.standins import CREDENTIALS, StandIns, every_fault, pairs_of

pytestmark = pytest.mark.drill

QUICK = {"hang_seconds": 0.01, "slow_seconds": 0.01, "callback_delay_seconds": 0.01}
"""What is long for a person and would be long for this test."""

KNOWN_CODES = {0, 500, 504, -999, -1601, -99000001, -99000003, -99000005, -99000006, -99000011, -99000020}


@pytest.fixture(scope="module")
def kaspi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    portal = Recorder()
    with StandIns(tmp_path_factory.mktemp("pairs"), portal_url=portal.url) as standins:
        yield standins
    portal.close()


def pairs(surface: str) -> list[dict[str, object]]:
    return [{name: QUICK.get(name, value) for name, value in pair.items()} for pair in pairs_of(every_fault(surface))]


def is_made(faults: dict[str, object]) -> bool:
    """Does creating a payment make one, whatever the answer says?"""
    return faults.get("create_500") != "before" and "unavailable" not in faults


def check_books(kaspi: StandIns) -> None:
    """What moved is what was collected and given back, payment by payment."""
    with Store(kaspi.directory).reading() as db:
        moved = {"payment": dict[str, int](), "refund": dict[str, int]()}
        today = clock.local_date(clock.now())
        lines = [line for day in (today - timedelta(days=1), today) for line in statement.lines(db, day)]
        for line in lines:  # of two days: midnight may have passed since the first payment
            of_kind = moved[line.kind]
            of_kind[line.payment_id] = of_kind.get(line.payment_id, 0) + line.amount
    for payment in kaspi.payments():
        number = payment["payment_id"]
        assert moved["payment"].get(number, 0) == payment["collected"]
        assert moved["refund"].get(number, 0) == payment["refunded"]


def open_and_pay_by_qr(kaspi: StandIns, merchant: QrCaller, faults: dict[str, object]) -> None:
    kaspi.set_faults(**faults)
    document = merchant.create_document()
    codes = [merchant.code("POST", "v01/qr/create", json=document)]
    made = kaspi.payments(str(document["ExternalId"]))
    for payment in made:
        number = int(payment["payment_id"])
        codes.append(merchant.code("GET", f"v02/payment/status/{number}"))
        assert kaspi.pay(payment["pay_url"]) == "paid"
        codes.append(merchant.code("GET", f"v02/payment/status/{number}"))
        codes.append(int(merchant.details(number)["StatusCode"]))
        codes += [merchant.give_back_code(number, 30_000) for _ in range(2)]
    assert set(codes) <= KNOWN_CODES
    assert len(made) == int(is_made(faults))


def test_pairs_on_kaspi_pay_qr(kaspi: StandIns) -> None:
    with over_plain_http(kaspi, "r1", CREDENTIALS["KASPI_QR_API_KEY"]) as merchant:
        for faults in pairs("qrpay"):
            try:
                open_and_pay_by_qr(kaspi, merchant, faults)
            except AssertionError as error:
                raise AssertionError(f"with {faults}") from error
    check_books(kaspi)


def open_and_pay_at_the_gateway(kaspi: StandIns, merchant: httpx.Client, order: str, faults: dict[str, object]) -> None:
    kaspi.set_faults(**faults)
    document: dict[str, Any] = {"merchant_id": "m", "order_id": order, "amount": "58300.00", "currency": "KZT"}
    document |= {"description": "Студия", "return_url": "http://x/", "callback_url": "http://x/", "expires_in": 900}
    codes = [merchant.post("/payment/create", json=document).status_code]
    made = kaspi.payments(order)
    for payment in made:
        assert kaspi.pay(payment["pay_url"]) == "paid"
        codes.append(merchant.get(f"/payment/status/{payment['payment_id']}").status_code)
        for refund_id in (f"{order}-1", f"{order}-1", f"{order}-2"):
            refund = {"payment_id": payment["payment_id"], "refund_id": refund_id, "amount": "20000.00", "reason": "x"}
            codes.append(merchant.post("/payment/refund", json=refund).status_code)
        today = str(clock.local_date(clock.now()))
        codes.append(merchant.get("/statement", params={"date": today}).status_code)
    assert set(codes) <= {200, 409, 500, 503, 504}
    assert len(made) == int(is_made(faults))


def test_pairs_at_the_gateway(kaspi: StandIns) -> None:
    headers = {"Authorization": f"Bearer {CREDENTIALS['KASPI_API_KEY']}"}
    with httpx.Client(base_url=kaspi.kaspi_url, headers=headers, trust_env=False, timeout=60) as merchant:
        for number, faults in enumerate(pairs("gateway")):
            try:
                open_and_pay_at_the_gateway(kaspi, merchant, f"order-{number}", faults)
            except AssertionError as error:
                raise AssertionError(f"with {faults}") from error
    check_books(kaspi)
