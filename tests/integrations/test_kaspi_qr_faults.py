"""Each fault switch of Kaspi's stand-in on the wire of Kaspi Pay QR."""

from __future__ import annotations

import httpx
import pytest

from tests.factories import new_phone
from tests.integrations.qr_caller import QrCaller, paid
from tests.standins import StandIns, every_fault


def test_unavailable(kaspi: StandIns, merchant: QrCaller) -> None:
    number = paid(kaspi, merchant)
    kaspi.set_faults(unavailable=True)
    assert merchant.code("POST", "v01/qr/create", json=merchant.create_document()) == -999
    assert merchant.code("GET", f"v02/payment/status/{number}") == -999
    assert merchant.give_back_code(number, 100) == -999
    kaspi.set_faults()
    assert merchant.returnable(number) == 58_300


@pytest.mark.parametrize(("moment", "made"), [("before", 0), ("after", 1)])
def test_creating_answers_500(kaspi: StandIns, merchant: QrCaller, order_id: str, moment: str, made: int) -> None:
    kaspi.set_faults(create_500=moment)
    assert merchant.code("POST", "v01/qr/create", json=merchant.create_document(ExternalId=order_id)) == 500
    phone = new_phone()
    assert merchant.code("POST", "v01/remote/create", json=merchant.push_document(phone)) == 500
    assert len([one for one in kaspi.payments() if one["order_id"] == order_id]) == made
    assert len(kaspi.bills_of(phone)) == made


@pytest.mark.parametrize(("moment", "left"), [("before", 58_300), ("after", 58_000)])
def test_a_return_answers_500(kaspi: StandIns, merchant: QrCaller, moment: str, left: int) -> None:
    number = paid(kaspi, merchant)
    kaspi.set_faults(refund_500=moment)
    assert merchant.give_back_code(number, 300) == 500
    assert merchant.returnable(number) == left


def test_a_return_that_hangs_is_done_all_the_same(kaspi: StandIns, merchant: QrCaller) -> None:
    number = paid(kaspi, merchant)
    kaspi.set_faults(hang_seconds=0.2)
    assert merchant.give_back_code(number, 300) == 504
    kaspi.set_faults()
    assert merchant.returnable(number) == 58_000


def test_status_answers_500_or_a_word_that_nobody_knows(kaspi: StandIns, merchant: QrCaller) -> None:
    number = paid(kaspi, merchant)
    kaspi.set_faults(status_500=True)
    assert merchant.code("GET", f"v02/payment/status/{number}") == 500
    assert merchant.details(number)["StatusCode"] == 500
    kaspi.set_faults(status_unknown=True)
    assert merchant.word(number) == "UnderReview"


@pytest.mark.parametrize(
    ("switch", "code"),
    [
        ({"refund_outcome": "refused"}, -99000011),
        ({"refund_outcome": "fails_later"}, -99000006),
        ({"no_partial_refund": True}, -99000020),
    ],
)
def test_returns_that_fail_move_nothing(
    kaspi: StandIns, merchant: QrCaller, switch: dict[str, object], code: int
) -> None:
    number = paid(kaspi, merchant)
    kaspi.set_faults(**switch)
    assert merchant.give_back_code(number, 300) == code
    assert merchant.returnable(number) == 58_300


def test_the_whole_sum_goes_back_where_a_part_may_not(kaspi: StandIns, merchant: QrCaller) -> None:
    number = paid(kaspi, merchant)
    kaspi.set_faults(no_partial_refund=True)
    assert merchant.give_back_code(number, 58_300) == 0


def test_a_qr_that_is_discarded_when_it_is_opened(kaspi: StandIns, merchant: QrCaller) -> None:
    kaspi.set_faults(qr_discarded=True)
    created = merchant.create()
    assert "QR больше не действует" in httpx.get(created["QrToken"], timeout=60).text
    assert merchant.word(created["QrPaymentId"]) == "QrTokenDiscarded"


def test_the_gateways_switches_change_nothing_here(kaspi: StandIns, merchant: QrCaller) -> None:
    others = [fault for fault in every_fault("gateway") if fault not in every_fault("qrpay")]
    kaspi.set_faults(**dict(others))
    number = paid(kaspi, merchant)
    assert merchant.status(number)["Amount"] == 58_300
    assert merchant.returnable(number) == 58_300


def test_another_sum_was_taken(kaspi: StandIns, merchant: QrCaller) -> None:
    kaspi.set_faults(paid_amount_error=-1_000)
    number = paid(kaspi, merchant)
    assert merchant.status(number)["Amount"] == 57_300
    assert merchant.returnable(number) == 57_300
