"""A guest stays longer: offers that can be had, prices that are charged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.models import AccessGrant, Booking, Occupancy, Payment, Property, TransactionKind
from tests import factories
from tests.web.browser import Browser, text_of
from tests.web.changing import ask_to_extend, booking_of, changes_of, ends_offered, path, status_path, tell
from tests.web.conftest import Stay
from tests.web.test_cancelling import hidden


def test_an_extension_is_held_paid_and_done(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """Changing a stay: it holds only the added range, leaves the booking as it is until paid, then the keys follow."""
    before = booking_of(web_app, later_stay)
    assert ask_to_extend(guest, later_stay) == 33_000
    assert booking_of(web_app, later_stay).check_out == before.check_out
    assert "Готовим оплату продления" in text_of(guest.get(status_path(later_stay)))
    words = text_of(guest.get(f"/bookings/{later_stay.reference}"))
    assert "ждёт оплаты" in words

    tell(web_app, later_stay)
    after = booking_of(web_app, later_stay)
    assert after.check_out == before.check_out + timedelta(days=2)
    assert after.quote == before.quote
    with web_app.app_context(), transaction() as session:
        assert session.get_one(AccessGrant, later_stay.id).valid_until == after.check_out_at
        [during] = session.scalars(select(Occupancy.during).where(Occupancy.booking_id == later_stay.id))
        assert during.lower == after.check_in_at
    assert "Готово, проживание продлено" in text_of(guest.get(status_path(later_stay)))
    words = text_of(guest.get(f"/bookings/{later_stay.reference}"))
    assert "Всего оплачено 69 000 ₸" in words
    assert "Продлено до" in words
    assert "69 000 ₸" in text_of(guest.get("/bookings"))


def test_the_offer_ends_where_someone_else_begins(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    booking = booking_of(web_app, later_stay)
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, later_stay.property_id)
        other = factories.make_user(session)
        factories.make_paid_booking(session, prop, other, factories.stay_in(15))
    assert ends_offered(guest, later_stay, "extend") == [booking.check_out + timedelta(days=n) for n in (1, 2, 3)]
    beyond = booking.check_out + timedelta(days=4)
    page = guest.get(f"{path(later_stay, 'extend')}?check_out={beyond}")
    assert "заняли" in text_of(page)
    answer = guest.post(path(later_stay, "extend"), {"check_out": str(beyond), "total": "66000"})
    assert answer.status_code == 409
    assert changes_of(web_app, later_stay) == []


def test_the_next_night_taken_means_no_offer(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, later_stay.property_id)
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(12))
    answer = guest.get(path(later_stay, "extend"))
    assert answer.status_code == 200
    assert "Продлить эту бронь нельзя" in text_of(answer)


def test_a_paused_flat_is_not_extended(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """A landlord who takes no guests takes no further nights either."""
    day = ends_offered(guest, later_stay, "extend")[0]
    with web_app.app_context(), transaction() as session:
        session.get_one(Property, later_stay.property_id).status = "paused"
    assert ends_offered(guest, later_stay, "extend") == []
    answer = guest.post(path(later_stay, "extend"), {"check_out": str(day), "total": "16500"})
    assert answer.status_code == 409
    assert changes_of(web_app, later_stay) == []


@pytest.mark.parametrize("total", ["1", "0", "", "16499", "16500.0", "-16500", "16 500"])
def test_another_price_is_refused(web_app: Flask, guest: Browser, later_stay: Stay, total: str) -> None:
    """Promise 5."""
    day = ends_offered(guest, later_stay, "extend")[0]
    answer = guest.post(path(later_stay, "extend"), {"check_out": str(day), "total": total})
    assert answer.status_code == 409
    assert "Цена изменилась: теперь 16 500 ₸" in text_of(answer)
    assert hidden(answer, "total") == "16500"
    assert changes_of(web_app, later_stay) == []


def test_clicking_twice_makes_one_extension(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    day = ends_offered(guest, later_stay, "extend")[0]
    fields = {"check_out": str(day), "total": "16500"}
    for _ in range(3):
        assert guest.post(path(later_stay, "extend"), fields).location == status_path(later_stay)
    assert len(changes_of(web_app, later_stay)) == 1
    assert guest.get(path(later_stay, "extend")).location == status_path(later_stay)
    other = guest.post(path(later_stay, "extend"), {"check_out": str(day + timedelta(days=1)), "total": "33000"})
    assert other.status_code == 409
    assert "Продление уже ждёт оплаты" in text_of(other)
    tell(web_app, later_stay)
    assert guest.post(path(later_stay, "extend"), fields).location == f"/bookings/{later_stay.reference}"
    assert len(changes_of(web_app, later_stay)) == 1


def test_a_declined_payment_of_an_extension_is_tried_again(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    ask_to_extend(guest, later_stay)
    retry = f"{status_path(later_stay)}/retry"
    guest.post(retry)
    tell(web_app, later_stay, TransactionKind.FAILED)
    assert "Новые ночи пока держатся за вами" in text_of(guest.get(status_path(later_stay)))
    for _ in range(2):
        assert guest.post(retry).location == status_path(later_stay)
    with web_app.app_context(), transaction() as session:
        amounts = select(Payment.status, Payment.amount).where(Payment.booking_id == later_stay.id)
        found = sorted(tuple(row) for row in session.execute(amounts))
        assert found == [("failed", 33_000), ("new", 33_000), ("paid", 36_000)]
    tell(web_app, later_stay)
    assert changes_of(web_app, later_stay)[0].status == "confirmed"
    assert guest.post(retry).status_code == 409


def test_an_extension_that_waits_can_be_given_up(web_app: Flask, guest: Browser, later_stay: Stay) -> None:
    """Its nights are free at once, the booking stays; money that comes after all goes to the review list."""
    before = booking_of(web_app, later_stay)
    ask_to_extend(guest, later_stay)
    for _ in range(2):
        assert guest.post(f"{status_path(later_stay)}/cancel").location == status_path(later_stay)
    words = text_of(guest.get(status_path(later_stay)))
    assert "Продление отменено" in words
    assert changes_of(web_app, later_stay)[0].status == "cancelled"
    with web_app.app_context(), transaction() as session:
        prop = session.get_one(Property, later_stay.property_id)
        assert factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(12)).id
    tell(web_app, later_stay)
    assert booking_of(web_app, later_stay).check_out == before.check_out
    with web_app.app_context(), transaction() as session:
        payment = factories.payment_of(session, session.get_one(Booking, later_stay.id))
        assert (payment.status, payment.review_reason) == ("paid", "booking_closed")
    assert "Оплата пришла слишком поздно" in text_of(guest.get(status_path(later_stay)))
    assert "Готово, квартира ваша" in text_of(guest.get(f"/checkout/{later_stay.reference}"))


def test_money_for_a_given_up_extension_does_not_extend_though_its_nights_are_free(
    web_app: Flask, guest: Browser, later_stay: Stay
) -> None:
    """As with a hold that the guest cancelled: they said no, so the money goes back."""
    before = booking_of(web_app, later_stay)
    ask_to_extend(guest, later_stay)
    guest.post(f"{status_path(later_stay)}/cancel")
    tell(web_app, later_stay)
    assert booking_of(web_app, later_stay).check_out == before.check_out


def test_without_an_extension_its_checkout_leads_to_the_booking(guest: Browser, later_stay: Stay) -> None:
    assert guest.get(status_path(later_stay)).location == f"/bookings/{later_stay.reference}"
    assert guest.post(f"{status_path(later_stay)}/retry").status_code == 409
