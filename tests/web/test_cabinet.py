"""The landlord's cabinet over HTTP: what it shows, what it does, what it refuses and how it says so."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.db import transaction
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ask
from app.domain.reviews.writing import write
from app.kit import clock
from app.kit.money import format_tenge
from app.models import (
    AuditEntry,
    Booking,
    BookingStatus,
    Channel,
    Notification,
    NotificationKind,
    Occupancy,
    PriceRule,
    Property,
    PropertyPrices,
    PropertySearch,
    Refund,
)
from tests import factories
from tests.domain.stays import sent_for
from tests.web.browser import Browser, text_of
from tests.web.conftest import Stay, make_stay, move

TERMS = {"min_nights": "1", "max_nights": "90", "cleaning_minutes": "120", "booking": "instant"}
PRICES = {"base_price": "15 000", "included_guests": "2"}


@pytest.fixture
def stay(web_app: Flask, guest_id: UUID) -> Stay:
    """A paid booking in nine days."""
    return make_stay(web_app, guest_id, days=9)


@pytest.fixture
def host(web_app: Flask, stay: Stay) -> Browser:
    """The landlord of the stay's flat."""
    return signed_in(web_app, stay.landlord_id)


def signed_in(web_app: Flask, user_id: UUID) -> Browser:
    browser = Browser(web_app)
    browser.sign_in(user_id)
    return browser


def make_request(web_app: Flask, guest_id: UUID) -> tuple[Booking, UUID]:
    """A request that waits, and the landlord."""
    with web_app.app_context(), transaction() as session:
        prop = factories.make_property(session, instant_booking=False)
        request = HoldRequest(prop.id, factories.stay_in(12), 2)
        booking = ask(session, request, guest_id=guest_id, channel=Channel.WEB, now=clock.now())
        return booking, prop.landlord_id


def read(web_app: Flask, model: type[Any], key: object) -> Any:
    with web_app.app_context(), transaction() as session:
        return session.get_one(model, key)


def count(web_app: Flask, model: type[Any], *where: Any) -> int:
    with web_app.app_context(), transaction() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def follow(browser: Browser, answer: TestResponse) -> str:
    """The words of the page that a form leads to."""
    assert answer.status_code == 303, text_of(answer)
    return text_of(browser.get(answer.location))


# --- seeing ----------------------------------------------------------------------------------------------------------


def test_the_menu_leads_landlords_and_nobody_else_to_their_flats(host: Browser, guest: Browser) -> None:
    assert "/cabinet" in host.get("/profile").text
    assert "/cabinet" not in guest.get("/profile").text


def test_the_cabinet_lists_own_flats_and_waiting_requests(web_app: Flask, guest_id: UUID) -> None:
    booking, landlord_id = make_request(web_app, guest_id)
    browser = signed_in(web_app, landlord_id)
    words = text_of(browser.get("/cabinet"))
    assert "Квартира у парка" in words
    assert "Айгерим Сатпаева" in words
    assert "1 запрос" in words
    assert booking.reference in browser.get("/cabinet").text


def test_a_flats_page_groups_its_bookings(host: Browser, stay: Stay) -> None:
    page = host.get(f"/cabinet/flats/{stay.property_id}")
    assert "Предстоящие" in text_of(page)
    assert f"/cabinet/bookings/{stay.reference}" in page.text


@pytest.mark.parametrize("page", ["", "/calendar", "/prices", "/terms", "/entry"])
@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_every_page_of_a_flat_speaks_every_language(host: Browser, stay: Stay, page: str, language: str) -> None:
    answer = host.get(f"/cabinet/flats/{stay.property_id}{page}?lang={language}")
    if answer.status_code == 302:
        answer = host.get(answer.location)
    assert answer.status_code == 200
    assert f'lang="{language}"' in answer.text


# --- requests --------------------------------------------------------------------------------------------------------


def test_accepting_takes_the_nights_and_tells_the_guest(web_app: Flask, guest_id: UUID) -> None:
    booking, landlord_id = make_request(web_app, guest_id)
    browser = signed_in(web_app, landlord_id)
    assert "Принять" in text_of(browser.get(f"/cabinet/bookings/{booking.reference}"))
    words = follow(browser, browser.post(f"/cabinet/bookings/{booking.reference}/accept"))
    assert "Вы приняли запрос" in words
    assert "Ждём оплату до" in words
    assert read(web_app, Booking, booking.id).status == BookingStatus.HELD
    told = Notification.kind == NotificationKind.REQUEST_ACCEPTED
    assert count(web_app, Notification, Notification.booking_id == booking.id, told) == 1


def test_accepting_twice_says_that_it_is_in_another_state(web_app: Flask, guest_id: UUID) -> None:
    booking, landlord_id = make_request(web_app, guest_id)
    browser = signed_in(web_app, landlord_id)
    browser.post(f"/cabinet/bookings/{booking.reference}/accept")
    again = browser.post(f"/cabinet/bookings/{booking.reference}/accept")
    assert again.status_code == 409
    assert "в другом состоянии" in text_of(again)


def test_accepting_nights_that_are_taken_names_the_problem(web_app: Flask, guest_id: UUID) -> None:
    booking, landlord_id = make_request(web_app, guest_id)
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, booking.property_id)
        prop.instant_booking = True
        session.flush()
        factories.make_paid_booking(session, prop, factories.make_user(session), factories.stay_in(12))
    answer = signed_in(web_app, landlord_id).post(f"/cabinet/bookings/{booking.reference}/accept")
    assert answer.status_code == 409
    assert "заняли" in text_of(answer)
    assert read(web_app, Booking, booking.id).status == BookingStatus.REQUESTED


def test_declining_keeps_the_reason_as_a_code(web_app: Flask, guest_id: UUID) -> None:
    """3-domain, Personal data: events and audit hold nothing that a person typed."""
    booking, landlord_id = make_request(web_app, guest_id)
    browser = signed_in(web_app, landlord_id)
    url = f"/cabinet/bookings/{booking.reference}"
    assert "Мы сообщили гостю" in follow(browser, browser.post(f"{url}/decline", {"reason": "repair"}))
    assert read(web_app, Booking, booking.id).status == BookingStatus.DECLINED
    assert "Вы отказали: ремонт или авария" in text_of(browser.get(url))


def test_a_reason_that_is_not_in_the_list_is_not_kept(web_app: Flask, guest_id: UUID) -> None:
    booking, landlord_id = make_request(web_app, guest_id)
    typed = {"reason": "Иванов из 45-й, +77011234567"}
    signed_in(web_app, landlord_id).post(f"/cabinet/bookings/{booking.reference}/decline", typed)
    with web_app.app_context(), transaction() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == str(booking.id))).all()
    assert entries
    assert not any("Иванов" in str(entry.details) for entry in entries)


# --- ending a stay ---------------------------------------------------------------------------------------------------


def cancel_form(browser: Browser, stay: Stay) -> dict[str, str]:
    """The form as the page has it, with a reason chosen."""
    page = browser.get(f"/cabinet/bookings/{stay.reference}").text
    found = re.search(r'name="back" value="(\d+)"', page)
    assert found
    return {"back": found[1], "reason": "cannot_host"}


def test_cancelling_warns_and_then_refunds_everything(web_app: Flask, host: Browser, stay: Stay) -> None:
    """3-domain: a landlord's cancellation refunds everything, is recorded, and the dates stay blocked."""
    total = read(web_app, Booking, stay.id).total
    warning = text_of(host.get(f"/cabinet/bookings/{stay.reference}"))
    assert f"Гостю вернётся всё: {format_tenge(total)}".replace("\u00a0", " ") in warning
    assert "останутся закрытыми" in warning
    words = follow(host, host.post(f"/cabinet/bookings/{stay.reference}/cancel", cancel_form(host, stay)))
    assert "даты остались закрытыми" in words
    assert "не могу принять гостей" in words
    with web_app.app_context(), transaction() as session:
        refund = session.scalars(select(Refund).where(Refund.booking_id == stay.id)).one()
        assert refund.amount == total
        assert sent_for(session, refund) == [("send_refund", None)]
        block = session.scalars(select(Occupancy).where(Occupancy.property_id == stay.property_id)).one()
        assert (block.kind, block.booking_id) == ("block", None)
    calendar = host.get(f"/cabinet/flats/{stay.property_id}/calendar")
    assert "Закрыты из-за отменённой вами брони" in text_of(calendar)
    refused = host.post(f"/cabinet/flats/{stay.property_id}/blocks/{block.id}/delete")
    assert refused.status_code == 409
    assert "только поддержка" in text_of(refused)


def test_cancelling_needs_a_reason(web_app: Flask, host: Browser, stay: Stay) -> None:
    answer = host.post(f"/cabinet/bookings/{stay.reference}/cancel", cancel_form(host, stay) | {"reason": ""})
    assert answer.status_code == 422
    assert "причину" in text_of(answer)
    assert read(web_app, Booking, stay.id).status == BookingStatus.CONFIRMED


@pytest.mark.parametrize("back", ["1", "", "много"])
def test_an_amount_that_the_page_did_not_show_cancels_nothing(
    web_app: Flask, host: Browser, stay: Stay, back: str
) -> None:
    answer = host.post(f"/cabinet/bookings/{stay.reference}/cancel", cancel_form(host, stay) | {"back": back})
    assert answer.status_code == 409
    assert read(web_app, Booking, stay.id).status == BookingStatus.CONFIRMED


def test_a_double_click_cancels_once(web_app: Flask, host: Browser, stay: Stay) -> None:
    form = cancel_form(host, stay)
    answers = [host.post(f"/cabinet/bookings/{stay.reference}/cancel", form).status_code for _ in range(2)]
    assert answers == [303, 409]
    assert count(web_app, Refund, Refund.booking_id == stay.id) == 1


def begin(web_app: Flask, stay: Stay, ago: timedelta) -> None:
    """Let the stay have begun so long ago."""
    booking = read(web_app, Booking, stay.id)
    move(web_app, stay, clock.now() - ago - booking.check_in_at)
    with web_app.app_context(), transaction() as session:
        session.get_one(Booking, stay.id).status = BookingStatus.CHECKED_IN


def test_a_no_show_is_offered_and_reported(web_app: Flask, host: Browser, stay: Stay) -> None:
    url = f"/cabinet/bookings/{stay.reference}"
    assert "Гость не приехал" not in text_of(host.get(url))
    begin(web_app, stay, timedelta(hours=3))
    assert "Отметить неявку" in text_of(host.get(url))
    assert "Неявка отмечена" in follow(host, host.post(f"{url}/no-show"))
    assert read(web_app, Booking, stay.id).status == BookingStatus.NO_SHOW


def test_a_no_show_that_cannot_be_reported_says_why(web_app: Flask, host: Browser, guest: Browser, stay: Stay) -> None:
    url = f"/cabinet/bookings/{stay.reference}"
    begin(web_app, stay, timedelta(hours=25))
    page = host.get(url)
    assert "Отметить неявку" not in text_of(page)
    assert "24 час" in text_of(page)
    assert host.post(f"{url}/no-show").status_code == 409

    begin(web_app, stay, timedelta(hours=3))
    assert guest.post(f"/bookings/{stay.reference}/keys").status_code == 200
    assert "Гость открыл ключи" in text_of(host.get(url))
    assert host.post(f"{url}/no-show").status_code == 409
    assert read(web_app, Booking, stay.id).status == BookingStatus.CHECKED_IN


# --- keys ------------------------------------------------------------------------------------------------------------


def test_codes_are_shown_by_asking_and_every_look_is_audited(web_app: Flask, host: Browser, stay: Stay) -> None:
    """Promise 24: codes are in the answer to a POST only, and stored nowhere."""
    url = f"/cabinet/bookings/{stay.reference}"
    assert factories.CODES.key_safe not in host.get(url).text
    for htmx in (False, True):
        answer = host.post(f"{url}/keys", htmx=htmx)
        assert factories.CODES.key_safe in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert ("<html" in answer.text) is not htmx
    looks = AuditEntry.action == "access.revealed", AuditEntry.subject_id == str(stay.id)
    assert count(web_app, AuditEntry, *looks, AuditEntry.actor_id == stay.landlord_id) == 2


def test_own_codes_reach_the_guest(host: Browser, web_app: Flask, guest: Browser, stay: Stay) -> None:
    url = f"/cabinet/bookings/{stay.reference}"
    assert "Новые коды готовы" in follow(host, host.post(f"{url}/codes", {"smart_lock": "515151"}))
    assert "515151" in host.post(f"{url}/keys").text
    begin(web_app, stay, timedelta(hours=1))
    assert "515151" in guest.post(f"/bookings/{stay.reference}/keys").text


def test_a_code_that_is_too_long_is_refused_with_the_page(host: Browser, stay: Stay) -> None:
    answer = host.post(f"/cabinet/bookings/{stay.reference}/codes", {"intercom": "1" * 41})
    assert answer.status_code == 422
    assert "не больше 40 знаков" in text_of(answer)


# --- reviews ----------------------------------------------------------------------------------------------------------


def test_a_review_is_answered_once(web_app: Flask, host: Browser, guest: Browser, stay: Stay) -> None:
    """3-domain, After the stay: the landlord may reply once."""
    url = f"/cabinet/bookings/{stay.reference}"
    assert host.post(f"{url}/reply", {"text": "Спасибо!"}).status_code == 404
    begin(web_app, stay, timedelta(days=3))
    with web_app.app_context(), transaction() as session:
        session.get_one(Booking, stay.id).status = BookingStatus.COMPLETED
        session.flush()
        write(
            session, stay.reference, guest_id=stay.guest_id, rating=4, text="Тихо и чисто.", photos=[], now=clock.now()
        )
    assert "Тихо и чисто." in text_of(host.get(url))
    empty = host.post(f"{url}/reply", {"text": "  "})
    assert empty.status_code == 422
    assert "несколько слов" in text_of(empty)
    assert "Ответ опубликован" in follow(host, host.post(f"{url}/reply", {"text": "Приезжайте ещё!"}))
    assert "Ответить" not in text_of(host.get(url))
    again = host.post(f"{url}/reply", {"text": "И ещё раз!"})
    assert again.status_code == 409
    assert "Приезжайте ещё!" in text_of(again)


# --- calendar --------------------------------------------------------------------------------------------------------


def nights(days: int, count_: int) -> dict[str, str]:
    first = clock.local_date(clock.now()) + timedelta(days=days)
    return {"first": first.isoformat(), "last": (first + timedelta(days=count_ - 1)).isoformat()}


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


# --- whose -----------------------------------------------------------------------------------------------------------


def test_another_landlords_flat_is_not_there_and_not_touched(
    web_app: Flask, stay: Stay, people: dict[str, UUID]
) -> None:
    """Promise 22, with whole forms: the matrix sends empty ones."""
    other, url = signed_in(web_app, people["other landlord"]), f"/cabinet/flats/{stay.property_id}"
    forms: list[tuple[str, dict[str, str]]] = [
        (f"{url}/prices", PRICES),
        (f"{url}/terms", TERMS),
        (f"{url}/rules", nights(3, 2) | {"price": "20000"}),
        (f"{url}/blocks", nights(30, 2)),
        (f"/cabinet/bookings/{stay.reference}/cancel", {"reason": "other", "back": "1"}),
        (f"/cabinet/bookings/{stay.reference}/codes", {"smart_lock": "1"}),
        (f"/cabinet/bookings/{stay.reference}/keys", {}),
        (f"/cabinet/bookings/{stay.reference}/no-show", {}),
    ]
    before = read(web_app, Property, stay.property_id).base_price, count(web_app, AuditEntry)
    for path, form in forms:
        assert other.post(path, form).status_code == 404, path
    after = read(web_app, Property, stay.property_id).base_price, count(web_app, AuditEntry)
    assert before == after


def test_forms_without_the_pages_token_change_nothing(web_app: Flask, host: Browser, stay: Stay) -> None:
    """Promise 25."""
    answer = host.post(f"/cabinet/flats/{stay.property_id}/prices", PRICES | {"base_price": "1000"}, token=False)
    assert answer.status_code == 403
    assert read(web_app, Property, stay.property_id).base_price == 15_000
