"""What the booking page says about money that goes back, from the promise to the end."""

from __future__ import annotations

from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain.actor import Actor
from app.domain.checkout import cancel
from app.domain.checkout.settle import settle
from app.domain.payments import returns
from app.kit import clock
from app.models import Booking, Refund, RefundTransfer
from tests import factories
from tests.web.browser import Browser, text_of


def paid_booking(app: Flask) -> Booking:
    with app.app_context(), transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        return factories.make_paid_booking(session, prop, guest, factories.stay_in(30, 2))


def page(app: Flask, guest: UUID, reference: str) -> str:
    browser = Browser(app)
    browser.sign_in(guest)
    return text_of(browser.get(f"/bookings/{reference}"))


def end(app: Flask, booking_id: int, *, refused: str | None = None) -> None:
    """Kaspi carries out (or refuses) every transfer of the booking."""
    with app.app_context():
        with transaction() as session:
            mine = select(RefundTransfer.id).join(Refund, Refund.id == RefundTransfer.refund_id)
            ids = session.scalars(mine.where(Refund.booking_id == booking_id)).all()
        for transfer_id in ids:
            with transaction() as session:
                returns.begin(session, transfer_id, now=clock.now())
                if refused:
                    returns.failed(session, transfer_id, code=refused, is_final=True, now=clock.now())
                else:
                    returns.done(session, transfer_id, now=clock.now())


def cancelled(app: Flask) -> Booking:
    booking = paid_booking(app)
    with app.app_context(), transaction() as session:
        cancel.cancel(session, booking.reference, actor=Actor.guest(booking.guest_id), now=clock.now())
    return booking


def test_money_on_its_way_is_promised_and_money_that_is_back_is_said_to_be(web_app: Flask) -> None:
    booking = cancelled(web_app)
    before = page(web_app, booking.guest_id, booking.reference)
    assert "отправим в Kaspi" in before
    assert "Вернули" not in before
    end(web_app, booking.id)
    after = page(web_app, booking.guest_id, booking.reference)
    assert "Вернули 36 000 ₸" in after
    assert "отправим в Kaspi" not in after


def test_money_that_kaspi_refused_is_promised_by_bank(web_app: Flask) -> None:
    booking = cancelled(web_app)
    end(web_app, booking.id, refused="-99000020")
    shown = page(web_app, booking.guest_id, booking.reference)
    assert "Переведём их на ваш счёт в банке" in shown


def test_money_that_was_paid_twice_is_shown_apart_from_the_stay(web_app: Flask) -> None:
    booking = paid_booking(web_app)
    with web_app.app_context(), transaction() as session:
        payment = factories.payment_of(session, booking)
        settle(session, factories.paid_event(payment), now=clock.now())
    shown = page(web_app, booking.guest_id, booking.reference)
    assert "Возврат: Оплачено дважды" in shown
    assert "Вернём 36 000 ₸" in shown
    assert "Всего возвращается" not in shown, "the stay itself was not given back"
