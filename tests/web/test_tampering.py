"""What a client says about prices and stays is compared, never used (promise 5)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import transaction
from app.domain.pricing.quote import quote
from app.domain.pricing.tariff import Tariff
from app.models import Booking, Occupancy, OutboxItem, Payment, Property
from tests import factories
from tests.web.browser import Browser, text_of

STAY = factories.stay_in(30, 3)


def price(flat: Property) -> int:
    return quote(Tariff(flat.base_price, flat.weekend_price, flat.cleaning_fee), STAY, guests=2).total


def form(flat: Property, **changes: str) -> dict[str, str]:
    """What the checkout page sends."""
    fields = {
        "property_id": str(flat.id),
        "check_in": STAY.check_in.isoformat(),
        "check_out": STAY.check_out.isoformat(),
        "guests": "2",
        "total": str(price(flat)),
        "guest_name": "Айгерим Сатпаева",
    }
    return fields | changes


def bookings_of(app: Flask, guest_id: UUID) -> list[Booking]:
    with app.app_context(), transaction() as session:
        return list(session.scalars(select(Booking).where(Booking.guest_id == guest_id)))


def test_the_honest_form_is_held_at_our_price(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    """Promise 5: the form that the tampered ones below differ from by one field."""
    answer = guest.post("/checkout", form(flat))
    [booking] = bookings_of(web_app, guest_id)
    assert (answer.status_code, answer.location) == (303, f"/checkout/{booking.reference}")
    assert booking.total == price(flat)


@pytest.mark.parametrize(
    "total",
    ["1", "0", "-1", "", "36000.00", "1e1", "3,6", "NaN", "99999999999999999999", "٣٦", "36 000 ₸", "0x10", "null"],
)
def test_another_total_is_refused_and_nothing_is_held(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, total: str
) -> None:
    """Promise 5: 0 accepted. The page comes back with the right price."""
    answer = guest.post("/checkout", form(flat, total=total))
    assert answer.status_code == 409
    assert "Цена изменилась" in text_of(answer)
    assert bookings_of(web_app, guest_id) == []


def test_a_missing_total_is_refused(web_app: Flask, guest: Browser, guest_id: UUID, flat: Property) -> None:
    """Promise 5."""
    fields = form(flat)
    del fields["total"]
    assert guest.post("/checkout", fields).status_code == 409
    assert bookings_of(web_app, guest_id) == []


@pytest.mark.parametrize(
    "extra",
    [
        {"price": "1", "base_price": "1", "amount": "1"},
        {"discount": "100", "promo": "FREE", "service_fee": "0"},
        {"currency": "KZT"},
        {"currency": "USD", "rate": "0.0001"},
        {"nights": "1"},
        {"quote": '[{"kind": "nights", "amount": 1}]', "lines": "[]"},
        {"status": "confirmed", "hold_expires_at": "2099-01-01", "guest_id": "00000000-0000-0000-0000-000000000000"},
        {"total[]": "1", "total.amount": "1"},
    ],
    ids=",".join,
)
def test_fields_that_nobody_asked_for_change_nothing(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, extra: dict[str, str]
) -> None:
    """Promise 5: the server's quote is charged, whatever else the form holds."""
    assert guest.post("/checkout", form(flat) | extra).status_code == 303
    [booking] = bookings_of(web_app, guest_id)
    assert (booking.total, booking.status, booking.guest_id) == (price(flat), "held", guest_id)
    assert sum(line["amount"] for line in booking.quote) == booking.total
    with web_app.app_context(), transaction() as session:
        [payment] = session.scalars(select(Payment).where(Payment.booking_id == booking.id))
        assert payment.amount == price(flat)


def test_a_second_total_in_the_same_form_changes_nothing(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    """Promise 5: the parameter twice, and in the address too."""
    fields = {name: [value] for name, value in form(flat).items()} | {"total": [str(price(flat)), "1"]}
    fields["csrf_token"] = [guest.form_token()]
    answer = guest.client.post("/checkout?total=1&property_id=1&guests=40", data=fields)
    assert answer.status_code == 303
    [booking] = bookings_of(web_app, guest_id)
    assert (booking.total, booking.property_id, booking.guests) == (price(flat), flat.id, 2)


@pytest.mark.parametrize("shorter", [1, 2])
def test_fewer_nights_for_the_price_of_all_are_refused(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property, shorter: int
) -> None:
    """Promise 5: dates and total must belong together, in both directions."""
    wrong = form(flat, check_out=(STAY.check_out - timedelta(days=shorter)).isoformat())
    assert guest.post("/checkout", wrong).status_code == 409
    longer = form(flat, check_out=(STAY.check_out + timedelta(days=shorter)).isoformat())
    assert guest.post("/checkout", longer).status_code == 409
    assert bookings_of(web_app, guest_id) == []


def test_the_price_of_a_cheaper_flat_does_not_buy_a_dearer_one(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    """Promise 5: another property id with the first one's total."""
    with web_app.app_context(), transaction() as session:
        dearer = factories.make_property(session, base_price=95_000)
    assert guest.post("/checkout", form(flat, property_id=str(dearer.id))).status_code == 409
    assert bookings_of(web_app, guest_id) == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"property_id": "0"}, 404),
        ({"property_id": "-5"}, 404),
        ({"property_id": "999999999999999"}, 404),
        ({"property_id": "10" * 15}, 404),
        ({"property_id": "1 OR 1=1"}, 404),
        ({"property_id": ""}, 404),
        ({"guests": "5"}, 422),
        ({"guests": "40"}, 422),
        ({"guests": "41"}, 303),
        ({"guests": "-1"}, 303),
        ({"guest_name": "  "}, 422),
        ({"guest_name": "x" * 90}, 422),
    ],
)
def test_other_fields_are_checked_too(
    web_app: Flask, guest: Browser, *, guest_id: UUID, flat: Property, changes: dict[str, str], status: int
) -> None:
    """Promise 5: a number of guests that makes no sense counts as one guest, and the booking says one."""
    answer = guest.post("/checkout", form(flat, **changes))
    assert answer.status_code == status
    made = bookings_of(web_app, guest_id)
    assert len(made) == (1 if status == 303 else 0)
    assert all(booking.guests == 1 for booking in made)


def test_a_price_that_changed_since_the_page_was_shown_is_said_and_not_charged(
    web_app: Flask, guest: Browser, guest_id: UUID, flat: Property
) -> None:
    """Promise 5: also when it got cheaper; the page shows the new total, and only that one is accepted."""
    shown = form(flat)
    with web_app.app_context(), transaction() as session:
        session.get_one(Property, flat.id).base_price = 10_000
    assert guest.post("/checkout", shown).status_code == 409
    assert bookings_of(web_app, guest_id) == []
    flat.base_price = 10_000
    assert guest.post("/checkout", shown | {"total": str(price(flat))}).status_code == 303


def test_unpublished_flats_and_own_flats_cannot_be_held(web_app: Flask, guest: Browser, guest_id: UUID) -> None:
    """Promise 5: a property id that is not on offer."""
    with web_app.app_context(), transaction() as session:
        paused = factories.make_property(session, status="paused")
        own = factories.make_property(session, landlord_id=guest_id)
    assert guest.post("/checkout", form(paused)).status_code == 404
    assert guest.post("/checkout", form(own)).status_code == 403
    assert bookings_of(web_app, guest_id) == []


def test_a_refused_form_writes_nothing_at_all(web_app: Flask, guest: Browser, flat: Property) -> None:
    """Promise 5: no occupancy, no payment, no work, and not even the new name."""

    def counts() -> list[int]:
        with web_app.app_context(), transaction() as session:
            tables = (Booking, Occupancy, Payment, OutboxItem)
            return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    before = counts()
    answer = guest.post("/checkout", form(flat, total="1", guest_name="Другое Имя"))
    assert answer.status_code == 409
    assert counts() == before
    assert "Другое Имя" not in text_of(guest.get("/profile"))
