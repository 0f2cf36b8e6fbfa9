"""Flats without instant booking: a guest asks, waits, pays when the landlord agrees, or is told what else there is."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.checkout import request as requests
from app.kit import clock
from app.models import Booking, Occupancy, Payment, Property
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.test_cancelling import hidden
from tests.web.test_tampering import STAY, bookings_of, form, price


@pytest.fixture
def asked_flat(web_app: Flask) -> Property:
    """A flat whose landlord answers first."""
    with web_app.app_context(), transaction() as session:
        return factories.make_property(session, instant_booking=False)


def asked(app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> Booking:
    """A request made through the page."""
    answer = guest.post("/checkout", form(flat, act="request"))
    [booking] = bookings_of(app, guest_id)
    assert (answer.status_code, answer.location) == (303, f"/checkout/{booking.reference}")
    return booking


def test_the_pages_say_that_one_asks_first_and_pays_nothing(guest: Browser, asked_flat: Property) -> None:
    dates = f"check_in={STAY.check_in}&check_out={STAY.check_out}&guests=2"
    words = text_of(guest.get(f"/p/{asked_flat.id}-{asked_flat.slug}?{dates}"))
    assert "Отправить запрос Хозяин ответит в течение 24 часов. Пока вы ничего не платите" in words
    assert "Забронировать" not in words
    page = guest.get(f"/checkout?property_id={asked_flat.id}&{dates}")
    assert "Хозяин ответит в течение 24 ч. Сейчас вы ничего не платите." in text_of(page)
    assert hidden(page, "act") == "request"
    assert hidden(page, "total") == str(price(asked_flat))


def test_a_request_blocks_nothing_and_waits(
    web_app: Flask, guest: Browser, guest_id: UUID, *, asked_flat: Property
) -> None:
    """A request blocks nothing; the landlord answers within 24 h."""
    booking = asked(web_app, guest, guest_id, asked_flat)
    assert booking.status == "requested"
    page = guest.get(f"/checkout/{booking.reference}")
    assert "Запрос отправлен хозяину" in text_of(page)
    assert 'hx-trigger="every 15s"' in page.text
    assert "Ждёт ответа хозяина" in text_of(guest.get("/bookings"))
    assert "Запрос отправлен хозяину" in text_of(guest.get(f"/bookings/{booking.reference}"))
    with web_app.app_context(), transaction() as session:
        assert session.scalars(select(Payment).where(Payment.booking_id == booking.id)).all() == []
        assert session.scalars(select(Occupancy).where(Occupancy.booking_id == booking.id)).all() == []
    assert guest.post("/checkout", form(asked_flat, act="request")).location == f"/checkout/{booking.reference}"
    assert len(bookings_of(web_app, guest_id)) == 1


def test_an_accepted_request_is_paid_within_the_time_shown(
    web_app: Flask, guest: Browser, guest_id: UUID, *, asked_flat: Property
) -> None:
    """An accepted one becomes a hold of 12 h: the page turns into the payment by itself."""
    booking = asked(web_app, guest, guest_id, asked_flat)
    with web_app.app_context(), transaction() as session:
        requests.accept(session, booking.reference, landlord_id=asked_flat.landlord_id, now=clock.now())
    fragment = guest.get(f"/checkout/{booking.reference}", htmx=True)
    words = text_of(fragment)
    assert "Готовим оплату" in words
    assert "Оплатите до" in words
    assert "data-expires-at" not in fragment.text
    with web_app.app_context(), transaction() as session:
        session.get_one(Booking, booking.id).hold_expires_at = clock.now() + timedelta(minutes=10)
    assert "data-expires-at" in guest.get(f"/checkout/{booking.reference}", htmx=True).text


def test_a_refusal_says_so_and_leads_to_other_flats(
    web_app: Flask, guest: Browser, guest_id: UUID, *, asked_flat: Property
) -> None:
    booking = asked(web_app, guest, guest_id, asked_flat)
    with web_app.app_context(), transaction() as session:
        landlord = asked_flat.landlord_id
        requests.decline(session, booking.reference, landlord_id=landlord, reason="ремонт", now=clock.now())
    page = guest.get(f"/checkout/{booking.reference}")
    assert "Хозяин отказал" in text_of(page)
    assert f'href="/almaty?check_in={STAY.check_in}' in page.text
    assert "hx-trigger" not in page.text


def test_a_request_that_nobody_answered_says_so(
    web_app: Flask, guest: Browser, guest_id: UUID, *, asked_flat: Property
) -> None:
    booking = asked(web_app, guest, guest_id, asked_flat)
    with web_app.app_context(), transaction() as session:
        requests.expire_unanswered(session, now=clock.now() + timedelta(hours=25))
    words = text_of(guest.get(f"/checkout/{booking.reference}"))
    assert "Хозяин не ответил вовремя" in words
    assert "Время на оплату вышло" not in words


def test_a_request_can_be_taken_back(web_app: Flask, guest: Browser, guest_id: UUID, *, asked_flat: Property) -> None:
    booking = asked(web_app, guest, guest_id, asked_flat)
    assert guest.post(f"/checkout/{booking.reference}/cancel").status_code == 303
    words = text_of(guest.get(f"/checkout/{booking.reference}"))
    assert "Бронь отменена" in words
    assert guest.post(f"/checkout/{booking.reference}/cancel").status_code == 409


def test_a_flat_that_changed_its_way_meanwhile_is_asked_about_again(
    web_app: Flask, guest: Browser, guest_id: UUID, *, asked_flat: Property, flat: Property
) -> None:
    """Nobody pays who was told that they would not, and nobody waits who was told that they need not."""
    now_asked = guest.post("/checkout", form(asked_flat, act="hold"))
    assert now_asked.status_code == 409
    assert "Теперь хозяин сначала подтверждает" in text_of(now_asked)
    assert hidden(now_asked, "act") == "request"
    now_instant = guest.post("/checkout", form(flat, act="request"))
    assert now_instant.status_code == 409
    assert hidden(now_instant, "act") == "hold"
    assert bookings_of(web_app, guest_id) == []


@pytest.mark.parametrize("total", ["1", "", "-1"])
def test_a_tampered_request_is_refused(
    web_app: Flask, guest: Browser, guest_id: UUID, *, asked_flat: Property, total: str
) -> None:
    """Promise 5."""
    assert guest.post("/checkout", form(asked_flat, act="request", total=total)).status_code == 409
    assert bookings_of(web_app, guest_id) == []


def test_too_many_requests_are_refused(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    """A guest asks five landlords at once at most."""
    with web_app.app_context(), transaction() as session:
        flats = [factories.make_property(session, instant_booking=False) for _ in range(6)]
    answers = [guest.post("/checkout", form(flat, act="request")) for flat in flats]
    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "Вы уже ждёте ответа на столько запросов: 5" in text_of(answers[-1])
    assert len(bookings_of(web_app, guest_id)) == 5
