"""The landlord's cabinet over HTTP: what it shows, requests that are answered, and whose it is."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ask
from app.kit import clock
from app.models import AuditEntry, Booking, BookingStatus, Channel, Notification, NotificationKind, Property
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


def make_request(web_app: Flask, guest_id: UUID) -> tuple[Booking, UUID]:
    """A request that waits, and the landlord."""
    with web_app.app_context(), transaction() as session:
        prop = factories.make_property(session, instant_booking=False)
        request = HoldRequest(prop.id, factories.stay_in(12), 2)
        booking = ask(session, request, guest_id=guest_id, channel=Channel.WEB, now=clock.now())
        return booking, prop.landlord_id


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
