"""What landlords type in a chat: nights, of which the last day is the last one, and amounts of tenge."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bots.flows.host_typed import amount_in, nights_in
from app.kit.errors import DomainError
from app.kit.period import Stay

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("typed", "first", "nights"),
    [
        ("12–15 декабря", date(2026, 12, 12), 4),
        ("12-15 дек.", date(2026, 12, 12), 4),
        ("с 28 декабря по 3 января", date(2026, 12, 28), 7),
        ("12.12-15.12", date(2026, 12, 12), 4),
        ("12.12.26 – 15.12.26", date(2026, 12, 12), 4),
        ("31 желтоқсан", date(2026, 12, 31), 1),
        ("december 12-15", date(2026, 12, 12), 4),
        ("12 december to 14 december", date(2026, 12, 12), 3),
        ("5 марта", date(2027, 3, 5), 1),
        ("5 марта 2028", date(2028, 3, 5), 1),
        ("29 февраля", None, 0),
        ("завтра", date(2026, 11, 24), 1),
        ("сегодня по 25.11", date(2026, 11, 23), 3),
        ("Ертең", date(2026, 11, 24), 1),
        ("12", None, 0),
        ("12-15", None, 0),
        ("31.02", None, 0),
        ("20.11.2026", None, 0),
        ("30 декабря – 2 января", date(2026, 12, 30), 4),
        ("25.12.2026 – 20.12.2027", date(2026, 12, 25), 361),
        ("12-13-14 декабря", None, 0),
        ("", None, 0),
    ],
)
def test_typed_nights(typed: str, first: date | None, nights: int) -> None:
    found = nights_in(typed, today=MONDAY)
    assert found == (None if first is None else Stay(first, first + timedelta(days=nights)))


@pytest.mark.parametrize(
    "typed",
    [
        "25–20 ноября",
        "с 12 по 5 декабря",
        "25.12-20.12",
        "15-12 декабря 2026",
        "завтра - 20.11",
        "1.01.2027 - 31.12.26",
    ],
)
def test_a_last_night_before_the_first_is_a_mistake_and_no_year(typed: str) -> None:
    with pytest.raises(DomainError, match="nights_reversed"):
        nights_in(typed, today=MONDAY)


@given(st.text(max_size=100))
def test_any_text_is_nights_to_come_or_none(typed: str) -> None:
    found = nights_in(typed, today=MONDAY)
    assert found is None or found.check_in >= MONDAY


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("25000", 25_000),
        ("25 000", 25_000),
        ("25\u00a0000 ₸", 25_000),
        ("25.000 тг", 25_000),
        ("25к", 25_000),
        ("25 K", 25_000),
        ("25,5к", 25_500),
        ("25 тыс.", 25_000),
        ("30 мың теңге", 30_000),
        ("1 250 000", 1_250_000),
        ("25,5", None),
        ("двадцать", None),
        ("-5000", None),
        ("25 000 и 30 000", None),
        ("", None),
    ],
)
def test_typed_amounts(typed: str, amount: int | None) -> None:
    assert amount_in(typed) == amount
