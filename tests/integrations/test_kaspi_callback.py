"""A callback's body is read strictly, and whatever is wrong with it is one kind of error."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.errors import ProviderProtocolError
from app.integrations.kaspi.signature import KaspiCallback, KaspiEvent, parse_callback
from app.integrations.kaspi.wire import amount_from_wire, amount_to_wire

GOOD: dict[str, object] = {
    "event_id": "evt_1",
    "event": "payment.paid",
    "payment_id": "pay_1",
    "order_id": "0193a4c2-7b1e-7cc0-9d55-000000000001",
    "amount": "58300.00",
    "transaction_id": "tr_1",
    "at": "2026-03-01T14:05:00+05:00",
}


def body(**changes: object) -> bytes:
    return json.dumps(GOOD | changes).encode()


def test_a_good_callback_comes_out_in_whole_tenge_and_utc() -> None:
    callback = parse_callback(body())
    assert callback == KaspiCallback(**GOOD)  # type: ignore[arg-type]  # read from the same wire values
    assert callback.event is KaspiEvent.PAID
    assert callback.amount == 58_300
    assert callback.at == datetime(2026, 3, 1, 9, 5, tzinfo=UTC)


def test_new_fields_and_new_events_of_kaspi_do_no_harm() -> None:
    assert parse_callback(body(bonus="7", event="payment.disputed")).event is KaspiEvent.UNKNOWN


def test_a_payment_without_money_has_no_transaction() -> None:
    assert parse_callback(body(event="payment.expired", transaction_id=None)).transaction_id is None


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 58300},
        {"amount": 58300.0},
        {"amount": "58300"},
        {"amount": "58300.50"},
        {"amount": "58300.5"},
        {"amount": "-58300.00"},
        {"amount": "+58300.00"},
        {"amount": "058300.00"},
        {"amount": "58 300.00"},
        {"amount": "5e4.00"},
        {"amount": "٥٨٣٠٠.00"},
        {"amount": None},
        {"event": None},
        {"event": 7},
        {"event_id": ""},
        {"event_id": 7},
        {"event_id": "evt\u0000"},
        {"event_id": "x" * 129},
        {"order_id": "заказ"},
        {"transaction_id": None},
        {"at": 1774000000},
        {"at": "1774000000"},
        {"at": "2026-03-01"},
        {"at": "2026-03-01T14:05:00"},
        {"at": "2026-02-30T14:05:00Z"},
        {"at": "0001-01-01T00:00:00+05:00"},
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(changes: dict[str, object]) -> None:
    with pytest.raises(ProviderProtocolError) as refused:
        parse_callback(body(**changes))
    named = "document" if changes == {"transaction_id": None} else next(iter(changes))
    assert str(refused.value) == f"kaspi: KaspiCallback is malformed: {named}"


@pytest.mark.parametrize("field", sorted(GOOD))
def test_a_missing_field_is_refused(field: str) -> None:
    with pytest.raises(ProviderProtocolError, match=field):
        parse_callback(json.dumps({name: value for name, value in GOOD.items() if name != field}).encode())


@pytest.mark.parametrize("junk", [b"", b"null", b"[]", b'"a"', b"\xff\xfe", b"{", b"[" * 100_000, body() + b"x"])
def test_what_is_not_a_document_is_refused(junk: bytes) -> None:
    with pytest.raises(ProviderProtocolError):
        parse_callback(junk)


values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()) | st.datetimes().map(str)
)


@given(field=st.sampled_from(sorted(GOOD)), value=values)
def test_any_value_is_either_read_or_refused(field: str, value: object) -> None:
    try:
        callback = parse_callback(body(**{field: value}))
    except ProviderProtocolError:
        return
    assert callback.amount >= 0
    assert callback.at.tzinfo is UTC


@given(st.integers(min_value=1, max_value=999_999_999_999))
def test_money_survives_the_way_to_kaspi_and_back(amount: int) -> None:
    assert amount_from_wire(amount_to_wire(amount)) == amount


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_amount_to_ask_for(amount: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        amount_to_wire(amount)
