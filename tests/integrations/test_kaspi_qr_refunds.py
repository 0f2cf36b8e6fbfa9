"""The QR surface's refunds, which are not idempotent, bills, statement and device (4-kaspi, surface 2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.integrations.kaspi.port import StatementKind
from app.integrations.kaspi.qr_wire import REFUSALS, SET_UP, TradePoint
from app.integrations.kaspi.qrpay import KaspiQrPay
from tests.integrations.qr import DETAILS, PROCESSED, bad, client_at, good, says
from tests.integrations.recorder import Answer, Recorder

PAID_AT = datetime(2026, 3, 1, 7, 1, 30, tzinfo=UTC)


@pytest.fixture
def client(scripted: Recorder) -> Iterator[KaspiQrPay]:
    found = client_at(scripted.url)
    yield found
    found.close()


# --- giving back --------------------------------------------------------------------------------------


def left(amount: float) -> Answer:
    """What details say can still be given back."""
    return good(DETAILS | {"AvailableReturnAmount": amount})


def paths(scripted: Recorder) -> list[str]:
    return [request.path.removeprefix("/r1/v01").partition("?")[0] for request in scripted.requests]


def test_a_refund_is_sent_after_a_look_at_what_is_left(scripted: Recorder, client: KaspiQrPay) -> None:
    scripted.answers.extend([left(58_300), good({"ReturnOperationId": 3})])
    client.refund("15", "r-1", 300, "отмена", returnable_before=58_300)
    assert paths(scripted) == ["/payment/details", "/payment/return"]
    assert scripted.requests[1].json == {
        "DeviceToken": "device-token",
        "OrganizationBin": "180340021791",
        "QrPaymentId": 15,
        "Amount": 300,
    }


def test_a_refund_that_was_done_already_is_not_sent_again(scripted: Recorder, client: KaspiQrPay) -> None:
    scripted.answers.append(left(58_000))
    client.refund("15", "r-1", 300, "отмена", returnable_before=58_300)
    assert paths(scripted) == ["/payment/details"]


@pytest.mark.parametrize("available", [57_999, 58_001, 0])
def test_when_something_else_was_given_back_a_person_must_look(
    scripted: Recorder, client: KaspiQrPay, available: int
) -> None:
    scripted.answers.append(left(available))
    with pytest.raises(ProviderProtocolError):
        client.refund("15", "r-1", 300, "отмена", returnable_before=58_300)
    assert paths(scripted) == ["/payment/details"]


@pytest.mark.parametrize("failure", [Answer(500), Answer(504), Answer(None), bad(-99000006)])
@pytest.mark.parametrize("was_done", [True, False])
def test_a_refund_of_unknown_outcome_is_settled_by_the_next_call(
    scripted: Recorder, client: KaspiQrPay, failure: Answer, *, was_done: bool
) -> None:
    scripted.answers.extend([left(58_300), failure])
    with pytest.raises(ProviderUnavailable) as unavailable:
        client.refund("15", "r-1", 300, "отмена", returnable_before=58_300)
    assert unavailable.value.outcome_unknown
    assert paths(scripted) == ["/payment/details", "/payment/return"]
    scripted.answers.extend([left(58_000)] if was_done else [left(58_300), good({"ReturnOperationId": 3})])
    client.refund("15", "r-1", 300, "отмена", returnable_before=58_300)
    assert paths(scripted).count("/payment/return") == (1 if was_done else 2)


@pytest.mark.parametrize(("failure", "is_outage"), [(Answer(500), True), (bad(-999), True), (bad(-99000006), False)])
def test_a_refund_that_goes_wrong_at_kaspi_is_no_outage_of_kaspi(
    scripted: Recorder, client: KaspiQrPay, failure: Answer, *, is_outage: bool
) -> None:
    """It answered: this refund uses up its attempts and comes to staff, and no other call waits for it."""
    scripted.answers.extend([left(58_300), failure])
    with pytest.raises(ProviderUnavailable) as unavailable:
        client.refund("15", "r-1", 300, "отмена", returnable_before=58_300)
    assert unavailable.value.is_outage is is_outage


@pytest.mark.parametrize("code", sorted(set(REFUSALS) - set(SET_UP)))
def test_a_refund_that_kaspi_will_never_make_is_refused(scripted: Recorder, client: KaspiQrPay, code: int) -> None:
    scripted.answers.extend([left(58_300), bad(code)])
    with pytest.raises(ProviderRefused) as refused:
        client.refund("15", "r-1", 300, "отмена", returnable_before=58_300)
    assert refused.value.code == str(code)


@pytest.mark.parametrize("answer", [*map(bad, sorted(SET_UP)), Answer(401), Answer(403)])
def test_a_mistake_of_our_own_set_up_does_not_end_a_refund(
    scripted: Recorder, client: KaspiQrPay, answer: Answer
) -> None:
    scripted.answers.append(answer)
    with pytest.raises(ProviderUnavailable) as unavailable:
        client.refund("15", "r-1", 300, "отмена", returnable_before=58_300)
    assert unavailable.value.retry_after == timedelta(minutes=10)


def test_what_can_be_given_back_is_asked_of_details(scripted: Recorder, client: KaspiQrPay) -> None:
    scripted.answers.append(left(41_000))
    assert client.returnable("15") == 41_000


@pytest.mark.parametrize(("amount", "before"), [(0, 100), (-1, 100), (100, None)])
def test_a_refund_needs_a_sum_and_what_was_there_before(
    scripted: Recorder, client: KaspiQrPay, amount: int, before: int | None
) -> None:
    with pytest.raises(ValueError, match=r"positive|before"):
        client.refund("15", "r-1", amount, "отмена", returnable_before=before)
    assert scripted.requests == []


# --- bills, statement, device -------------------------------------------------------------------------


def test_a_bill_is_withdrawn(scripted: Recorder, client: KaspiQrPay) -> None:
    says(scripted, {"Status": "RemotePaymentCanceled"})
    client.withdraw("17")
    (request,) = scripted.requests
    assert request.path == "/r1/v01/remote/cancel"
    assert request.json == {"DeviceToken": "device-token", "OrganizationBin": "180340021791", "QrPaymentId": 17}


def test_a_bill_that_is_over_need_not_be_withdrawn(scripted: Recorder, client: KaspiQrPay) -> None:
    scripted.usual = bad(-1601)
    client.withdraw("17")


def test_the_statement_is_built_from_the_payments_of_the_day(scripted: Recorder, client: KaspiQrPay) -> None:
    says(scripted, PROCESSED, DETAILS | {"AvailableReturnAmount": 58_000})
    says(scripted, {"Status": "Expired"})
    scripted.answers.append(bad(-1601))
    day = date(2026, 3, 1)
    payment, refund = list(client.statement(day, provider_ids=["15", "16", "18"]))
    assert (payment.kind, payment.amount, payment.at) == (StatementKind.PAYMENT, 58_300, PAID_AT)
    assert (payment.transaction_id, payment.provider_id, payment.order_id) == ("7788", "15", None)
    assert (payment.fee, payment.net) == (None, None)
    assert (refund.kind, refund.amount, refund.transaction_id) == (StatementKind.REFUND, 300, "7788:returned")
    assert refund.at == datetime(2026, 2, 28, 19, tzinfo=UTC)


def test_a_payment_of_another_day_is_not_in_the_statement_but_its_refund_is(
    scripted: Recorder, client: KaspiQrPay
) -> None:
    says(scripted, PROCESSED, DETAILS | {"AvailableReturnAmount": 0})
    (line,) = client.statement(date(2026, 3, 2), provider_ids=["15"])
    assert (line.kind, line.amount) == (StatementKind.REFUND, 58_300)


def test_a_device_is_registered_once(scripted: Recorder, client: KaspiQrPay) -> None:
    says(scripted, [{"TradePointId": 1, "TradePointName": "Абая, 10"}], {"DeviceToken": "2be4cc91"})
    assert client.trade_points() == [TradePoint(TradePointId=1, TradePointName="Абая, 10")]
    assert client.register_device("zhilego-1", 1) == "2be4cc91"
    points, register = scripted.requests
    assert (points.method, points.path) == ("GET", "/r1/v01/partner/tradepoints/180340021791")
    assert register.path == "/r1/v01/device/register"
    assert register.json == {"DeviceId": "zhilego-1", "TradePointId": 1, "OrganizationBin": "180340021791"}


def test_a_registration_is_not_repeated(scripted: Recorder, client: KaspiQrPay) -> None:
    scripted.usual = Answer(500)
    with pytest.raises(ProviderUnavailable):
        client.register_device("zhilego-1", 1)
    assert len(scripted.requests) == 1
