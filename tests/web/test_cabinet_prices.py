"""A flat's calendar, prices, rules for dates and terms in the landlord's cabinet."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.models import Occupancy, PriceRule, Property, PropertyPrices, PropertySearch
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.cabinet import PRICES, TERMS, count, follow, nights, read, signed_in
from tests.web.conftest import Stay, make_stay


@pytest.fixture
def stay(web_app: Flask, guest_id: UUID) -> Stay:
    """A paid booking in nine days."""
    return make_stay(web_app, guest_id, days=9)


@pytest.fixture
def host(web_app: Flask, stay: Stay) -> Browser:
    """The landlord of the stay's flat."""
    return signed_in(web_app, stay.landlord_id)


# --- calendar --------------------------------------------------------------------------------------------------------


def test_nights_are_closed_and_opened_again(web_app: Flask, host: Browser, stay: Stay) -> None:
    url = f"/cabinet/flats/{stay.property_id}"
    before = read(web_app, PropertySearch, stay.property_id).busy
    words = follow(host, host.post(f"{url}/blocks", nights(30, 3) | {"kind": "maintenance"}))
    assert "Ночи закрыты" in words
    assert "3 ночи · ремонт" in words
    closed = read(web_app, PropertySearch, stay.property_id).busy
    assert str(closed).count("1") == str(before).count("1") + 3
    with web_app.app_context(), transaction() as session:
        kind = Occupancy.kind == "maintenance"
        block = session.scalars(select(Occupancy.id).where(Occupancy.property_id == stay.property_id, kind)).one()
    assert "снова свободны" in follow(host, host.post(f"{url}/blocks/{block}/delete"))
    assert read(web_app, PropertySearch, stay.property_id).busy == before
    assert host.post(f"{url}/blocks/{block}/delete").status_code == 404


def test_closing_a_booked_night_names_the_booking(host: Browser, stay: Stay) -> None:
    answer = host.post(f"/cabinet/flats/{stay.property_id}/blocks", nights(8, 4))
    assert answer.status_code == 409
    assert f"не свободны: {stay.reference}" in text_of(answer)
    assert nights(8, 4)["first"] in answer.text, "what was typed is still there"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, "Выберите дату"),
        ({"first": "2027-02-30", "last": "x"}, "Выберите дату"),
        (nights(-2, 1), "уже прошла"),
        (nights(499, 3), "не дальше"),
        ({"first": nights(5, 1)["first"], "last": nights(4, 1)["first"]}, "раньше первой"),
    ],
)
def test_dates_that_make_no_sense_are_refused_with_words(
    host: Browser, stay: Stay, form: dict[str, str], words: str
) -> None:
    answer = host.post(f"/cabinet/flats/{stay.property_id}/blocks", form)
    assert answer.status_code == 422
    assert words in text_of(answer)


@pytest.mark.parametrize("month", ["2027-13", "x", "1999-01", "9999-12", "2027-1", "٢٠٢٧-٠١"])
def test_a_month_that_is_none_shows_one_that_is(host: Browser, stay: Stay, month: str) -> None:
    assert host.get(f"/cabinet/flats/{stay.property_id}/calendar?month={month}").status_code == 200


def test_another_month_comes_as_a_part_of_the_page(host: Browser, stay: Stay) -> None:
    answer = host.get(f"/cabinet/flats/{stay.property_id}/calendar", htmx=True)
    assert answer.text.strip().startswith('<div id="calendar"')
    assert stay.reference in answer.text


# --- prices and terms ------------------------------------------------------------------------------------------------


def test_a_new_price_list_counts_at_once(web_app: Flask, host: Browser, stay: Stay, guest: Browser) -> None:
    url = f"/cabinet/flats/{stay.property_id}/prices"
    form = PRICES | {"base_price": "22 500", "weekend_price": "", "weekly_percent": "10", "deposit": "20000"}
    assert "в поиске уже новые" in follow(host, host.post(url, form))
    row = read(web_app, PropertyPrices, stay.property_id)
    assert (set(row.nightly), row.weekly_percent, row.deposit, row.cleaning_fee) == ({22_500}, 10, 20_000, 0)
    assert 'value="22500"' in host.get(url).text
    dates = factories.stay_in(30, 2)
    offer = f"/checkout?property_id={stay.property_id}&check_in={dates.check_in}&check_out={dates.check_out}&guests=1"
    assert "2 ночи × 22 500 ₸" in text_of(guest.get(offer))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_price": ""}, "Введите число"),
        ({"base_price": "дорого"}, "Нужно целое число"),
        ({"base_price": "1e6"}, "Нужно целое число"),
        ({"base_price": "٥٠٠٠"}, "Нужно целое число"),
        ({"base_price": "99999999999999999999"}, "Нужно целое число"),
        ({"base_price": "100"}, "от 500 до 10 000 000"),
        ({"included_guests": "9"}, "от 1 до 4"),
        ({"weekly_percent": "91"}, "от 0 до 90"),
        ({"deposit": "-5"}, "от 0 до 10 000 000"),
    ],
)
def test_bad_prices_are_refused_at_their_field_and_nothing_typed_is_lost(
    web_app: Flask, host: Browser, stay: Stay, changes: dict[str, str], words: str
) -> None:
    form = PRICES | {"cleaning_fee": "4321"} | changes
    answer = host.post(f"/cabinet/flats/{stay.property_id}/prices", form)
    assert answer.status_code == 422
    assert words in text_of(answer)
    [field] = changes
    assert f'id="{field}-error"' in answer.text
    assert 'value="4321"' in answer.text
    assert read(web_app, Property, stay.property_id).base_price == 15_000


def test_a_rule_is_added_named_and_deleted(web_app: Flask, host: Browser, stay: Stay) -> None:
    url = f"/cabinet/flats/{stay.property_id}"
    form = nights(40, 5) | {"percent": "−20", "rule_min_nights": "3", "name": "Тихий сезон"}
    words = follow(host, host.post(f"{url}/rules", form))
    assert "Тихий сезон" in words
    assert "−20 % к цене, от 3 ночей" in words
    assert read(web_app, PropertySearch, stay.property_id).has_min_nights
    overlap = host.post(f"{url}/rules", nights(44, 3) | {"price": "30000"})
    assert overlap.status_code == 409
    assert "уже есть правило: Тихий сезон" in text_of(overlap)
    with web_app.app_context(), transaction() as session:
        rule_id = session.scalars(select(PriceRule.id).where(PriceRule.property_id == stay.property_id)).one()
    assert "Правило удалено" in follow(host, host.post(f"{url}/rules/{rule_id}/delete"))
    assert host.post(f"{url}/rules/{rule_id}/delete").status_code == 404


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"price": "20000"}, "Выберите дату"),
        (nights(3, 2), "Укажите цену, процент или минимум ночей"),
        (nights(3, 2) | {"price": "20000", "percent": "5"}, "либо цену ночи, либо процент"),
        (nights(3, 2) | {"rule_min_nights": "1"}, "от 2 до 90"),
        (nights(3, 2) | {"percent": "много"}, "Нужно целое число"),
        (nights(3, 900) | {"price": "20000"}, "не дальше чем на 730 дней"),
    ],
)
def test_rules_that_make_no_sense_are_refused_with_words(
    web_app: Flask, host: Browser, stay: Stay, form: dict[str, str], words: str
) -> None:
    answer = host.post(f"/cabinet/flats/{stay.property_id}/rules", form)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert count(web_app, PriceRule, PriceRule.property_id == stay.property_id) == 0


def test_changed_terms_count_at_once(web_app: Flask, host: Browser, stay: Stay) -> None:
    url = f"/cabinet/flats/{stay.property_id}/terms"
    form = TERMS | {"min_nights": "2", "booking": "request", "cut_off_time": "18:30"}
    assert "Условия сохранены" in follow(host, host.post(url, form))
    row = read(web_app, PropertySearch, stay.property_id)
    assert (row.min_nights, row.instant_booking, row.cut_off_minute) == (2, False, 18 * 60 + 30)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"min_nights": "5", "max_nights": "4"}, "max_nights", "от 5 до 365"),
        ({"cleaning_minutes": "500"}, "cleaning_minutes", "от 0 до 120"),
        ({"cut_off_time": "25:99"}, "cut_off_time", "Введите время"),
        ({"min_nights": ""}, "min_nights", "Введите число"),
    ],
)
def test_bad_terms_are_refused_at_their_field(
    host: Browser, stay: Stay, changes: dict[str, str], field: str, words: str
) -> None:
    answer = host.post(f"/cabinet/flats/{stay.property_id}/terms", TERMS | changes)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert f'id="{field}-error"' in answer.text
