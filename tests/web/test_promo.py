"""A promo code at the checkout: tried without harm, charged as shown, refused with a reason."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.kit import clock
from app.models import Booking, Payment, PromoCode, PromoRedemption, Property
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.test_cancelling import hidden
from tests.web.test_tampering import STAY, bookings_of, form, price

CODE = "ЛЕТО-10"
OFF = 4_500
"""10 % of three nights of 15 000."""
NEW_PRICE = 45_000 - OFF + 3_000 + 4_050


@pytest.fixture
def code(web_app: Flask) -> str:
    """A tenth off, once a guest; another one in each test."""
    name = f"{CODE}-{next(factories._numbers)}"
    make_code(web_app, name)
    return name


def make_code(app: Flask, name: str, **changes: Any) -> None:
    now = clock.now()
    values: dict[str, Any] = {
        "code": name,
        "percent": 10,
        "valid_from": now - timedelta(days=1),
        "valid_until": now + timedelta(days=1),
        "min_nights": 1,
        "uses_per_guest": 1,
        "first_booking_only": False,
        "created_at": now,
    }
    with app.app_context(), transaction() as session:
        session.add(PromoCode(**(values | changes)))


@pytest.mark.parametrize("htmx", [True, False])
def test_trying_a_code_shows_the_new_price_and_holds_nothing(
    web_app: Flask, guest: Browser, guest_id: UUID, *, flat: Property, code: str, htmx: bool
) -> None:
    """With htmx the price alone, without JavaScript the whole page with what was typed."""
    fields = form(flat, promo_code=f" {code.lower()} ", apply="promo", guest_name="Новое Имя")
    answer = guest.post("/checkout", fields, htmx=htmx)
    assert answer.status_code == 200
    assert hidden(answer, "total") == str(NEW_PRICE)
    words = text_of(answer)
    assert "Промокод: скидка 10 % −4 500 ₸" in words
    assert "Промокод применён" in words
    assert ("<html" in answer.text) == (not htmx)
    assert ("Новое Имя" in answer.text) == (not htmx)
    assert bookings_of(web_app, guest_id) == []


def test_the_code_is_charged_as_shown_and_counted(
    web_app: Flask, guest: Browser, guest_id: UUID, *, flat: Property, code: str
) -> None:
    answer = guest.post("/checkout", form(flat, promo_code=code, total=str(NEW_PRICE)))
    assert answer.status_code == 303
    [booking] = bookings_of(web_app, guest_id)
    assert booking.total == NEW_PRICE
    with web_app.app_context(), transaction() as session:
        assert factories.payment_of(session, session.get_one(Booking, booking.id)).amount == NEW_PRICE
        [use] = session.scalars(select(PromoRedemption).where(PromoRedemption.booking_id == booking.id))
        assert (use.guest_id, use.amount) == (guest_id, OFF)
    again = guest.post("/checkout", form(flat, promo_code=code, apply="promo"))
    assert "Вы уже использовали этот промокод" in text_of(again)


def test_a_code_that_was_typed_but_not_applied_is_asked_about_first(
    web_app: Flask, guest: Browser, guest_id: UUID, *, flat: Property, code: str
) -> None:
    """The page showed the price without it: nothing is charged that was not shown."""
    answer = guest.post("/checkout", form(flat, promo_code=code))
    assert answer.status_code == 409
    assert hidden(answer, "total") == str(NEW_PRICE)
    assert bookings_of(web_app, guest_id) == []


def test_the_price_with_a_code_does_not_go_without_the_code(
    web_app: Flask, guest: Browser, guest_id: UUID, *, flat: Property, code: str
) -> None:
    """Promise 5."""
    for promo_code in ("", "NO-SUCH-CODE"):
        answer = guest.post("/checkout", form(flat, promo_code=promo_code, total=str(NEW_PRICE)))
        assert answer.status_code in {409, 422}
        assert hidden(answer, "total") == str(price(flat))
    assert code
    assert bookings_of(web_app, guest_id) == []


def test_a_code_can_be_taken_away_again(guest: Browser, flat: Property, code: str) -> None:
    answer = guest.post("/checkout", form(flat, promo_code=code, apply="none"), htmx=True)
    assert hidden(answer, "total") == str(price(flat))
    assert re.search(r'name="promo_code"[^>]* value=""', answer.text)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_until": clock.now() - timedelta(hours=1)}, "Срок этого промокода"),
        ({"stay_from": STAY.check_out}, "на другие даты"),
        ({"min_nights": 4}, "нужно ночей не меньше: 4"),
        ({"first_booking_only": True}, "только для первого бронирования"),
        (None, "Такого промокода нет"),
    ],
)
def test_a_refused_code_says_why_and_changes_no_price(
    web_app: Flask, guest: Browser, guest_id: UUID, *, flat: Property, changes: dict[str, Any] | None, said: str
) -> None:
    name = f"WHY-{next(factories._numbers)}"
    if changes is not None:
        make_code(web_app, name, **changes)
    with web_app.app_context(), transaction() as session:
        factories.make_paid_booking(session, factories.make_property(session), guest_id, factories.stay_in(40))
    answer = guest.post("/checkout", form(flat, promo_code=name, apply="promo"), htmx=True)
    assert answer.status_code == 200
    assert said in text_of(answer)
    assert hidden(answer, "total") == str(price(flat))
    held = guest.post("/checkout", form(flat, promo_code=name))
    assert held.status_code == 422
    assert said in text_of(held)
    assert text_of(held).count(said) == 1
    assert len(bookings_of(web_app, guest_id)) == 1


@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "x" * 5000, "'; DROP TABLE promo_codes; --", "%s", "🤷", "\u202e"])
def test_odd_codes_are_nobodys(web_app: Flask, guest: Browser, guest_id: UUID, *, flat: Property, typed: str) -> None:
    for apply in ({"apply": "promo"}, {}):
        answer = guest.post("/checkout", form(flat, promo_code=typed) | apply)
        assert answer.status_code in {200, 422}
        assert "Такого промокода нет" in text_of(answer)
    assert bookings_of(web_app, guest_id) == []


def test_guessing_is_counted_with_the_holds(make_app: Any, guest_id: UUID, flat: Property) -> None:
    """Ten tries a minute, like holds: codes cannot be tried out by the thousand."""
    app = make_app(limit_hold="3/minute")
    browser = Browser(app)
    browser.sign_in(guest_id)
    answers = [browser.post("/checkout", form(flat, promo_code=f"TRY-{n}", apply="promo")) for n in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]


def test_every_kind_of_line_is_on_the_page_and_the_deposit_apart(
    web_app: Flask, guest: Browser, guest_id: UUID, code: str
) -> None:
    """Price: an explainable list of lines; the full price is shown before payment."""
    with web_app.app_context(), transaction() as session:
        prop = factories.make_property(
            session, included_guests=2, extra_guest_price=2_000, one_night_surcharge=5_000, deposit=20_000
        )
    one = factories.stay_in(30, 1)
    dates = f"check_in={one.check_in}&check_out={one.check_out}"
    shown = text_of(guest.get(f"/p/{prop.id}-{prop.slug}?{dates}&guests=4"))
    for line in (
        "1 ночь × 15 000 ₸ 15 000 ₸",
        "Доплата за одну ночь 5 000 ₸",
        "Ещё 2 гостя × 1 ночь × 2 000 ₸ 4 000 ₸",
        "Депозит Вернём на Kaspi через 48 часов после выезда, если в квартире всё цело. 20 000 ₸",
        "Итого 49 400 ₸",
    ):
        assert line in shown, line
    checkout = guest.get(f"/checkout?property_id={prop.id}&{dates}&guests=4")
    assert hidden(checkout, "total") == "49400"
    fields = form(prop, check_in=str(one.check_in), check_out=str(one.check_out), guests="4", promo_code=code)
    assert guest.post("/checkout", fields | {"total": str(49_400 - 2_400 - 240)}).status_code == 303
    [booking] = bookings_of(web_app, guest_id)
    with web_app.app_context(), transaction() as session:
        [payment] = session.scalars(select(Payment).where(Payment.booking_id == booking.id))
        assert payment.amount == booking.total == sum(line["amount"] for line in booking.quote)
    assert "−2 400 ₸" in text_of(guest.get(f"/checkout/{booking.reference}"))
