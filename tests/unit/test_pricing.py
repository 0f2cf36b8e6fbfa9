"""The quote (3-domain, Price): explainable lines of whole tenge that sum to the total exactly."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.pricing.quote import LineKind, Promo, Quote, quote, quote_added_nights
from app.domain.pricing.tariff import NightRule, Tariff
from app.kit.money import percent_of
from app.kit.period import Stay
from tests.unit.strategies import plain_tariffs, promos, stays, tariffs

guests = st.integers(min_value=1, max_value=10)
K = LineKind


@given(tariffs, stays(longest=365), guests, st.none() | promos)
def test_the_lines_sum_to_the_total_and_are_whole_tenge(
    tariff: Tariff, stay: Stay, people: int, promo: Promo | None
) -> None:
    found = quote(tariff, stay, guests=people, promo=promo)
    assert found.total == sum(line.amount for line in found.lines)
    assert all(isinstance(line.amount, int) and line.amount != 0 for line in found.lines)
    discounts = {K.LENGTH_DISCOUNT, K.PROMO_CODE}
    assert all((line.amount < 0) == (line.kind in discounts) for line in found.lines)


@given(tariffs, stays(longest=365), guests, promos)
def test_no_stay_is_free_or_negative(tariff: Tariff, stay: Stay, people: int, promo: Promo) -> None:
    found = quote(tariff, stay, guests=people, promo=promo)
    assert found.accommodation > 0
    assert found.total > 0


@given(tariffs, stays(longest=365), guests)
def test_every_night_is_charged_once_at_its_own_price(tariff: Tariff, stay: Stay, people: int) -> None:
    """Nightly price per night: date rule > weekend (Fri, Sat nights) > base. Against the slow way: night by night."""
    expected = []
    for night in stay.dates():
        weekend = night.strftime("%a") in {"Fri", "Sat"} and tariff.weekend_price is not None
        price = tariff.weekend_price if weekend and tariff.weekend_price is not None else tariff.base_price
        for rule in tariff.rules:
            if rule.first <= night < rule.until:
                price = rule.price if rule.price is not None else price + percent_of(price, rule.percent or 0)
        expected.append(price)
    found = quote(tariff, stay, guests=people)
    nights = [line for line in found.lines if line.kind in {K.NIGHTS, K.WEEKEND_NIGHTS, K.DATE_NIGHTS}]
    assert list(found.night_prices) == expected
    assert sum(line.amount for line in nights) == sum(expected)
    assert sum(line.quantity for line in nights) == stay.nights == found.nights


@given(plain_tariffs, stays(), guests)
def test_a_longer_stay_never_costs_less_where_length_earns_no_discount(tariff: Tariff, stay: Stay, people: int) -> None:
    """The one-night surcharge is the one exception: it is what a single night costs more."""
    longer = Stay(stay.check_in, stay.check_out + timedelta(days=1))
    surcharge = tariff.one_night_surcharge if stay.nights == 1 else 0
    more = surcharge + percent_of(surcharge, 10) + 1
    assert quote(tariff, longer, guests=people).total + more > quote(tariff, stay, guests=people).total


@given(tariffs, stays(), guests, st.integers(min_value=1, max_value=5000))
def test_a_cheaper_night_never_makes_a_stay_dearer(tariff: Tariff, stay: Stay, people: int, less: int) -> None:
    dearer = Tariff(
        base_price=tariff.base_price + less,
        weekend_price=tariff.weekend_price,
        cleaning_fee=tariff.cleaning_fee,
        weekly_percent=tariff.weekly_percent,
        monthly_percent=tariff.monthly_percent,
    )
    cheaper = Tariff(
        base_price=tariff.base_price,
        weekend_price=tariff.weekend_price,
        cleaning_fee=tariff.cleaning_fee,
        weekly_percent=tariff.weekly_percent,
        monthly_percent=tariff.monthly_percent,
    )
    assert quote(cheaper, stay, guests=people).total <= quote(dearer, stay, guests=people).total


@given(tariffs, stays(), guests)
def test_one_guest_more_never_costs_less(tariff: Tariff, stay: Stay, people: int) -> None:
    assert quote(tariff, stay, guests=people + 1).total >= quote(tariff, stay, guests=people).total


@given(tariffs, stays(), guests, promos)
def test_a_promo_code_only_takes_off_and_no_more_than_it_says(
    tariff: Tariff, stay: Stay, people: int, promo: Promo
) -> None:
    without, reduced = quote(tariff, stay, guests=people), quote(tariff, stay, guests=people, promo=promo)
    off = -reduced.amount_of(K.PROMO_CODE)
    assert 0 <= off <= percent_of(without.accommodation, 90)
    assert off <= (promo.amount or 10**12)
    assert off <= (promo.max_amount or 10**12)
    assert reduced.accommodation == without.accommodation - off
    assert reduced.total <= without.total


@given(tariffs, stays(), guests, st.none() | promos)
def test_the_service_fee_is_ten_per_cent_of_the_nights_after_discounts(
    tariff: Tariff, stay: Stay, people: int, promo: Promo | None
) -> None:
    found = quote(tariff, stay, guests=people, promo=promo)
    assert found.amount_of(K.SERVICE_FEE) == percent_of(found.accommodation, 10)


@given(tariffs, stays(), guests, st.none() | promos)
def test_a_quote_kept_with_a_booking_reads_back_unchanged(
    tariff: Tariff, stay: Stay, people: int, promo: Promo | None
) -> None:
    found = quote(tariff, stay, guests=people, promo=promo)
    kept = json.loads(json.dumps(found.as_json()))
    assert Quote.from_json(stay.nights, kept, found.night_prices) == found


@given(tariffs, stays(), guests)
def test_the_average_night_is_rounded_half_up(tariff: Tariff, stay: Stay, people: int) -> None:
    found = quote(tariff, stay, guests=people)
    assert -found.nights < 2 * (found.per_night_average * found.nights - found.total) <= found.nights


@given(tariffs, stays(longest=30), st.integers(min_value=1, max_value=30), guests)
def test_added_nights_have_their_own_quote_without_cleaning_deposit_or_surcharge(
    tariff: Tariff, stay: Stay, more: int, people: int
) -> None:
    """An extension's nights cost what they cost, with the discount that the whole length earns."""
    added = Stay(stay.check_out, stay.check_out + timedelta(days=more))
    found = quote_added_nights(tariff, added, guests=people, nights_in_all=stay.nights + more)
    assert {line.kind for line in found.lines}.isdisjoint({K.CLEANING, K.DEPOSIT, K.ONE_NIGHT_SURCHARGE})
    assert list(found.night_prices) == [tariff.price_of(night) for night in added.dates()]
    percent = tariff.length_percent(stay.nights + more)
    before = sum(found.night_prices) + found.amount_of(K.EXTRA_GUESTS)
    assert -found.amount_of(K.LENGTH_DISCOUNT) == percent_of(before, percent)


def test_every_line_of_the_design_in_its_order() -> None:
    """Ten nights over New Year for five guests, line by line."""
    tariff = Tariff(
        base_price=15_000,
        weekend_price=18_005,
        cleaning_fee=3_000,
        included_guests=3,
        extra_guest_price=2_000,
        one_night_surcharge=5_000,
        weekly_percent=10,
        monthly_percent=25,
        deposit=20_000,
        rules=(NightRule(date(2026, 12, 31), date(2027, 1, 2), price=40_000),),
    )
    stay = Stay(date(2026, 12, 28), date(2027, 1, 7))  # Monday to Thursday
    found = quote(tariff, stay, guests=5, promo=Promo(percent=5))
    assert [(line.kind.value, line.quantity, line.unit_price, line.amount) for line in found.lines] == [
        ("nights", 7, 15_000, 105_000),
        ("date_nights", 2, 40_000, 80_000),
        ("weekend_nights", 1, 18_005, 18_005),
        ("extra_guests", 2, 2_000, 40_000),
        ("length_discount", 1, None, -24_301),
        ("promo_code", 1, None, -10_935),
        ("cleaning", 1, None, 3_000),
        ("service_fee", 1, None, 20_777),
        ("deposit", 1, None, 20_000),
    ]
    assert found.accommodation == 207_769
    assert found.total == 251_546


def test_one_night_has_its_surcharge_and_two_have_not() -> None:
    tariff = Tariff(10_000, one_night_surcharge=2_500)
    one = quote(tariff, Stay(date(2027, 3, 1), date(2027, 3, 2)), guests=1)
    two = quote(tariff, Stay(date(2027, 3, 1), date(2027, 3, 3)), guests=1)
    assert [(line.kind, line.amount) for line in one.lines] == [
        (K.NIGHTS, 10_000),
        (K.ONE_NIGHT_SURCHARGE, 2_500),
        (K.SERVICE_FEE, 1_250),
    ]
    assert two.amount_of(K.ONE_NIGHT_SURCHARGE) == 0


@pytest.mark.parametrize(
    ("nights", "weekly", "monthly", "percent"),
    [(6, 10, 25, 0), (7, 10, 25, 10), (27, 10, 25, 10), (28, 10, 25, 25), (28, 10, 0, 10), (28, 0, 0, 0)],
)
def test_length_discounts_begin_at_7_and_28_nights(nights: int, weekly: int, monthly: int, percent: int) -> None:
    assert Tariff(1000, weekly_percent=weekly, monthly_percent=monthly).length_percent(nights) == percent


@pytest.mark.parametrize(
    ("promo", "off"),
    [
        (Promo(percent=10), 1_001),  # 1000.5 rounds half up
        (Promo(percent=50, max_amount=3_000), 3_000),
        (Promo(amount=4_000), 4_000),
        (Promo(amount=10_000_000), 9_005),  # never more than 90 % of 10 005: 9004.5
    ],
)
def test_what_a_promo_code_takes_off(promo: Promo, off: int) -> None:
    assert promo.off(10_005) == off
