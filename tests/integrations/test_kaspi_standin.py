"""The client and the stand-in together: a payment's whole life over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from app.integrations.errors import ProviderRefused
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import ProviderPaymentStatus, ProviderRefundStatus
from app.integrations.kaspi.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, KaspiCallback, parse_callback, verify
from app.kit import clock
from app.local.standins.kaspi.faults import KaspiFaults
from app.local.standins.kaspi.statement import Line, spoil
from tests.integrations.conftest import CreatePayment, gateway_at
from tests.integrations.recorder import Answer, Recorder, Request
from tests.standins import CREDENTIALS, PATIENCE, StandIns, wait_until

SECRETS = (CREDENTIALS["KASPI_CALLBACK_SECRETS"],)


def is_signed(request: Request) -> bool:
    timestamp, signature = request.headers[TIMESTAMP_HEADER], request.headers[SIGNATURE_HEADER]
    return verify(SECRETS, timestamp, signature, request.body, now=datetime.fromtimestamp(request.at, UTC))


def callback_for(receiver: Recorder, order_id: str) -> KaspiCallback:
    request = receiver.wait_for(order_id)[-1]
    assert request.path == "/kaspi/callback/"
    assert is_signed(request)
    return parse_callback(request.body)


def test_a_payment_that_is_paid(
    standins: StandIns, gateway: KaspiGateway, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    created = create()
    assert created.expires_at - clock.now() > timedelta(minutes=14)
    assert created.qr_text == created.pay_url
    assert gateway.status(created.provider_id).status is ProviderPaymentStatus.PENDING

    assert standins.pay(created.pay_url) == "paid"

    callback = callback_for(receiver, order_id)
    status = gateway.status(created.provider_id)
    assert (callback.event, callback.amount, callback.payment_id) == ("payment.paid", 58_300, created.provider_id)
    assert (status.status, status.amount, status.refunded) == (ProviderPaymentStatus.PAID, 58_300, 0)
    assert status.transaction_id == callback.transaction_id
    assert status.paid_at == callback.at


def test_a_payment_that_is_declined(
    standins: StandIns, gateway: KaspiGateway, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    created = create()
    assert standins.decline(created.pay_url) == "failed"
    callback = callback_for(receiver, order_id)
    assert (callback.event, callback.transaction_id) == ("payment.failed", None)
    assert gateway.status(created.provider_id).status is ProviderPaymentStatus.FAILED
    assert standins.pay(created.pay_url) == "failed", "what was declined can still be paid"


def test_a_payment_that_nobody_pays_in_time(
    standins: StandIns, gateway: KaspiGateway, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    created = create(expires_in=1)
    assert callback_for(receiver, order_id).event == "payment.expired"
    assert gateway.status(created.provider_id).status is ProviderPaymentStatus.EXPIRED
    assert standins.pay(created.pay_url) == "expired"
    assert "Срок оплаты истёк" in httpx.get(created.pay_url, timeout=60).text
    assert len(receiver.about(order_id)) == 1


def test_the_same_order_is_the_same_payment_and_is_paid_once(
    standins: StandIns, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    first = create()
    standins.pay(first.pay_url)
    assert create() == first
    standins.pay(first.pay_url)
    standins.decline(first.pay_url)
    receiver.wait_for(order_id)
    assert [sent["event"] for sent in standins.payment(order_id)["callbacks"]] == ["payment.paid"]


def test_the_same_order_for_another_amount_is_refused(create: CreatePayment) -> None:
    create()
    with pytest.raises(ProviderRefused) as refused:
        create(amount=1)
    assert refused.value.code == "order_id_conflict"


def test_refunds_move_each_sum_once_and_never_more_than_was_paid(
    standins: StandIns, gateway: KaspiGateway, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    payment_id = create().provider_id
    with pytest.raises(ProviderRefused) as refused:
        gateway.refund(payment_id, f"{order_id}-0", 1, "ещё не оплачено")
    assert refused.value.code == "payment_not_refundable"
    standins.pay(standins.payment(order_id)["pay_url"])

    for _ in range(3):
        assert gateway.refund(payment_id, f"{order_id}-1", 8_300, "отмена").status is ProviderRefundStatus.DONE
    status = gateway.status(payment_id)
    assert (status.status, status.refunded) == (ProviderPaymentStatus.PARTIALLY_REFUNDED, 8_300)

    with pytest.raises(ProviderRefused) as refused:
        gateway.refund(payment_id, f"{order_id}-2", 50_001, "слишком много")
    assert refused.value.code == "refund_exceeds_payment"
    gateway.refund(payment_id, f"{order_id}-3", 50_000, "остаток")
    assert gateway.status(payment_id).status is ProviderPaymentStatus.REFUNDED

    told = [parse_callback(request.body) for request in receiver.wait_for(order_id, count=3)]
    assert sorted((one.event, one.amount) for one in told) == [
        ("payment.paid", 58_300),
        ("refund.done", 8_300),
        ("refund.done", 50_000),
    ]


def test_a_wrong_key_is_refused(standins: StandIns) -> None:
    stranger = KaspiGateway(base_url=standins.kaspi_url, api_key="wrong", merchant_id="m", callback_url="http://x/")
    with pytest.raises(ProviderRefused) as refused:
        stranger.status("pay_1")
    assert refused.value.code == "unauthorized"


def test_an_unknown_payment_is_refused(gateway: KaspiGateway) -> None:
    with pytest.raises(ProviderRefused) as refused:
        gateway.status("pay_of_nobody")
    assert refused.value.code == "payment_not_found"


def test_the_statement_has_what_moved_on_an_almaty_day(
    standins: StandIns, gateway: KaspiGateway, create: CreatePayment, order_id: str
) -> None:
    created = create()
    standins.pay(created.pay_url)
    gateway.refund(created.provider_id, f"{order_id}-1", 300, "скидка")
    status = gateway.status(created.provider_id)
    assert status.paid_at is not None
    lines = [line for line in statement(standins, clock.local_date(status.paid_at)) if line["order_id"] == order_id]
    assert [(line["kind"], line["amount"]) for line in lines] == [("payment", "58300.00"), ("refund", "300.00")]
    assert lines[0]["transaction_id"] == status.transaction_id
    yesterday = clock.local_date(status.paid_at) - timedelta(days=1)
    assert [line for line in statement(standins, yesterday) if line["order_id"] == order_id] == []


def statement(standins: StandIns, day: date) -> list[dict[str, str]]:
    """Every page of a day's statement."""
    lines: list[dict[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = httpx.get(
            f"{standins.kaspi_url}/statement",
            params={"date": str(day), "cursor": cursor},
            headers={"Authorization": f"Bearer {CREDENTIALS['KASPI_API_KEY']}"},
            timeout=60,
        )
        page = answer.raise_for_status().json()
        lines += page["lines"]
        cursor = page["next_cursor"]
    return lines


def test_a_long_statement_comes_in_pages(standins: StandIns, create: CreatePayment, order_id: str) -> None:
    standins.set_faults(callback_lost=True)
    orders = {f"{order_id}-{number}" for number in range(101)}
    for order in orders:
        standins.pay(create(order_id=order).pay_url)
    today = clock.local_date(clock.now())
    lines = [*statement(standins, today - timedelta(days=1)), *statement(standins, today)]
    assert {line["order_id"] for line in lines if line["order_id"] in orders} == orders
    assert len({line["transaction_id"] for line in lines}) == len(lines)


def pay_one(standins: StandIns, gateway: KaspiGateway, create: CreatePayment, order_id: str) -> date:
    """Pay an order; returns the Almaty day on which that happened."""
    created = create(order_id=order_id)
    standins.pay(created.pay_url)
    paid_at = gateway.status(created.provider_id).paid_at
    assert paid_at is not None
    return clock.local_date(paid_at)


def differences(standins: StandIns, day: date, **faults: object) -> dict[str, list[dict[str, str]]]:
    """What a switch takes out of the day's statement, and what it puts in."""
    standins.set_faults()
    honest = statement(standins, day)
    standins.set_faults(**faults)
    spoilt = statement(standins, day)
    left = list(spoilt)
    for line in honest:
        if line in left:
            left.remove(line)
    return {"gone": [line for line in honest if line not in spoilt], "new": left}


def test_each_way_in_which_a_statement_disagrees(
    standins: StandIns, gateway: KaspiGateway, create: CreatePayment, order_id: str
) -> None:
    day = pay_one(standins, gateway, create, order_id)
    own = standins.payment(order_id)["transaction_id"]

    missing = differences(standins, day, statement_missing=True)
    assert [line["transaction_id"] for line in missing["gone"]] == [own]
    assert missing["new"] == []

    dearer = differences(standins, day, statement_amount=True)
    assert [line["amount"] for line in (*dearer["gone"], *dearer["new"])] == ["58300.00", "59300.00"]

    fee = differences(standins, day, statement_fee=True)
    assert [(line["fee"], line["net"]) for line in (*fee["gone"], *fee["new"])] == [
        ("554.00", "57746.00"),
        ("654.00", "57646.00"),
    ]

    twice = differences(standins, day, statement_duplicate=True)
    assert [line["transaction_id"] for line in twice["new"]] == [own]
    assert twice["gone"] == []

    unknown = differences(standins, day, statement_unknown=True)
    assert [line["order_id"] for line in unknown["new"]] == ["order_stranger"]
    assert unknown["gone"] == []


def test_ways_to_disagree_meet_different_payments_and_then_the_same() -> None:
    honest = [Line(f"tr_{number}", "pay", "order", "payment", 1_000, float(number)) for number in range(3)]
    two = spoil(honest, KaspiFaults(statement_missing=True, statement_fee=True))
    assert [(line.transaction_id, line.fee) for line in two] == [("tr_0", 10), ("tr_2", 110)]
    alone = spoil(honest[:1], KaspiFaults(statement_amount=True, statement_fee=True))
    assert [(line.amount, line.fee_error) for line in alone] == [(2_000, 100)]
    assert spoil([], KaspiFaults(statement_missing=True, statement_unknown=True)) == []


@pytest.mark.parametrize(("amount", "fee"), [(58_300, 554), (10_000, 95), (1_000, 10), (1, 0), (100_000, 950)])
def test_a_line_has_kaspis_fee_rounded_half_up(amount: int, fee: int) -> None:
    line = Line("tr_1", "pay_1", "order", "payment", amount, 0.0)
    assert (line.to_wire()["fee"], line.to_wire()["net"]) == (f"{fee}.00", f"{amount - fee}.00")


def test_a_refund_has_no_fee() -> None:
    line = Line("tr_1", "pay_1", "order", "refund", 58_300, 0.0)
    assert (line.to_wire()["fee"], line.to_wire()["net"]) == ("0.00", "58300.00")


def test_a_callback_is_repeated_until_the_portal_takes_it(
    standins: StandIns, receiver: Recorder, create: CreatePayment, order_id: str
) -> None:
    receiver.answer_about(order_id, _refusal(), _refusal())
    standins.pay(create().pay_url)
    requests = receiver.wait_for(order_id, count=3)
    assert len({request.body for request in requests}) == 1
    assert all(is_signed(request) for request in requests)
    delivery = wait_until(lambda: _delivered(standins, order_id), PATIENCE, "delivered callback")
    assert delivery["attempts"] == 3


def test_what_was_not_delivered_survives_a_crash(
    receiver: Recorder, order_id: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    receiver.usual = _refusal()
    own = StandIns(tmp_path_factory.mktemp("crash"), portal_url=receiver.url)
    with own:
        gateway = gateway_at(own.kaspi_url)
        created = gateway.create(
            order_id=order_id, amount=700, description="Крах", return_url="http://127.0.0.1/", expires_in=60
        )
        assert created.pay_url
        own.pay(created.pay_url)
        receiver.wait_for(order_id)
        own.kill()
        receiver.forget()
        own.start()
        assert callback_for(receiver, order_id).event == "payment.paid"
        assert gateway.status(created.provider_id).status is ProviderPaymentStatus.PAID


def _refusal() -> Answer:
    return Answer(503)


def _delivered(standins: StandIns, order_id: str) -> dict[str, int] | None:
    (delivery,) = standins.payment(order_id)["callbacks"]
    return delivery if delivery["state"] == "delivered" else None
