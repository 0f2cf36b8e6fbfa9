"""The quote: explainable lines of whole tenge that sum to the total exactly."""

from __future__ import annotations

import json
from datetime import date, timedelta

from hypothesis import given

from app.domain.pricing.quote import LineKind, NightCounts, Quote, Tariff, quote, total_for
from app.kit.money import percent_of
from app.kit.period import Stay
from tests.unit.strategies import stays, tariffs


@given(tariffs, stays(longest=365))
def test_the_lines_sum_to_the_total_and_are_whole_tenge(tariff: Tariff, stay: Stay) -> None:
    found = quote(tariff, stay)
    assert found.total == sum(line.amount for line in found.lines)
    assert all(isinstance(line.amount, int) and line.amount > 0 for line in found.lines)
    assert len({line.kind for line in found.lines}) == len(found.lines)


@given(tariffs, stays(longest=365))
def test_every_night_is_charged_once_at_its_own_price(tariff: Tariff, stay: Stay) -> None:
    """Against the slow way: night by night."""
    expected = 0
    for night in stay.dates():
        weekend = night.strftime("%a") in {"Fri", "Sat"} and tariff.weekend_price is not None
        expected += tariff.weekend_price if weekend and tariff.weekend_price is not None else tariff.base_price
    found = quote(tariff, stay)
    nights = [line for line in found.lines if line.kind in {LineKind.NIGHTS, LineKind.WEEKEND_NIGHTS}]
    assert sum(line.amount for line in nights) == expected
    assert sum(line.quantity for line in nights) == stay.nights == found.nights
    assert found.total == expected + tariff.cleaning_fee + percent_of(expected, 10)


@given(tariffs, stays(longest=365))
def test_lists_show_the_total_of_the_quote(tariff: Tariff, stay: Stay) -> None:
    assert total_for(tariff, NightCounts.of(stay)) == quote(tariff, stay).total


@given(tariffs, stays())
def test_a_longer_stay_never_costs_less(tariff: Tariff, stay: Stay) -> None:
    longer = Stay(stay.check_in, stay.check_out + timedelta(days=1))
    assert quote(tariff, longer).total > quote(tariff, stay).total


@given(tariffs, stays())
def test_a_quote_kept_with_a_booking_reads_back_unchanged(tariff: Tariff, stay: Stay) -> None:
    found = quote(tariff, stay)
    kept = json.loads(json.dumps(found.as_json()))
    assert Quote.from_json(stay.nights, kept) == found


@given(tariffs, stays())
def test_the_average_night_is_rounded_half_up(tariff: Tariff, stay: Stay) -> None:
    found = quote(tariff, stay)
    assert -found.nights < 2 * (found.per_night_average * found.nights - found.total) <= found.nights


def test_a_stay_over_a_weekend_line_by_line() -> None:
    stay = Stay(date(2027, 3, 4), date(2027, 3, 8))  # Thursday to Monday
    found = quote(Tariff(15_000, 18_005, 3_000), stay)
    assert [(line.kind.value, line.quantity, line.unit_price, line.amount) for line in found.lines] == [
        ("nights", 2, 15_000, 30_000),
        ("weekend_nights", 2, 18_005, 36_010),
        ("cleaning", 1, None, 3_000),
        ("service_fee", 1, None, 6_601),
    ]
    assert found.total == 75_611


def test_a_tariff_without_weekend_or_cleaning_has_two_lines() -> None:
    found = quote(Tariff(10_000, None, 0), Stay(date(2027, 3, 5), date(2027, 3, 7)))
    assert [line.kind for line in found.lines] == [LineKind.NIGHTS, LineKind.SERVICE_FEE]
