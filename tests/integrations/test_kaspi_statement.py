"""The gateway's statement, read from a provider that says what each test tells it to."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from app.integrations.errors import ProviderProtocolError
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import StatementKind, StatementLine
from tests.integrations.conftest import gateway_at
from tests.integrations.recorder import Answer, Recorder


@pytest.fixture
def client(scripted: Recorder) -> KaspiGateway:
    return gateway_at(scripted.url + "/kaspi")


LINE = {
    "transaction_id": "tr_1",
    "payment_id": "pay_1",
    "order_id": "order-1",
    "kind": "payment",
    "amount": "58300.00",
    "fee": "554.00",
    "net": "57746.00",
    "at": "2026-03-01T10:00:00Z",
}
DAY = date(2026, 3, 1)


def page(*lines: object, cursor: str | None = None) -> Answer:
    return Answer(body=json.dumps({"lines": lines, "next_cursor": cursor}))


def test_the_statement_is_read_page_by_page(scripted: Recorder, client: KaspiGateway) -> None:
    bare = {key: value for key, value in LINE.items() if key not in {"fee", "net", "order_id"}}
    scripted.answers.extend([page(LINE, cursor="2"), page(bare | {"kind": "refund", "amount": "300.00"})])
    lines = client.statement(DAY)
    assert next(lines) == StatementLine(
        transaction_id="tr_1",
        provider_id="pay_1",
        order_id="order-1",
        kind=StatementKind.PAYMENT,
        amount=58_300,
        fee=554,
        net=57_746,
        at=datetime(2026, 3, 1, 10, tzinfo=UTC),
    )
    assert len(scripted.requests) == 1
    (refund,) = lines
    assert (refund.kind, refund.amount, refund.fee, refund.net, refund.order_id) == (
        StatementKind.REFUND,
        300,
        None,
        None,
        None,
    )
    assert [request.path for request in scripted.requests] == [
        "/kaspi/statement?date=2026-03-01&cursor=",
        "/kaspi/statement?date=2026-03-01&cursor=2",
    ]


@pytest.mark.parametrize("changes", [{"kind": "gift"}, {"amount": 58300}, {"fee": "1.50"}, {"at": None}])
def test_a_line_that_breaks_the_protocol_is_not_skipped(
    scripted: Recorder, client: KaspiGateway, changes: dict[str, object]
) -> None:
    scripted.usual = page(LINE | changes)
    with pytest.raises(ProviderProtocolError):
        list(client.statement(DAY))


def test_pages_that_go_round_in_a_circle_are_noticed(scripted: Recorder, client: KaspiGateway) -> None:
    scripted.usual = page(cursor="2")
    with pytest.raises(ProviderProtocolError, match="circle"):
        list(client.statement(DAY))
    assert len(scripted.requests) == 2
