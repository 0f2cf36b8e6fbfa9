"""Between the hold and the payment, in a chat: how it stands, another way, another try, the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.domain.checkout import expire
from app.domain.checkout.settle import settle
from app.domain.payments import lifecycle
from app.models import Booking, Messenger, Payment, PaymentStatus, PayMethod
from tests import factories
from tests.bots import stage
from tests.bots.talk import Talk

URL = "https://pay.example/15"


@pytest.fixture(params=list(Messenger), ids=str)
def talk(app: Flask, now: datetime, request: pytest.FixtureRequest) -> Talk:
    """The chat of a guest who has just held two nights, where Kaspi's ways can be chosen."""
    flat = stage.new_flat(stage.new_city()[0])
    talk = stage.guest_talk(now, request.param)
    talk.around = replace(talk.around, pay_ways=tuple(PayMethod))
    check_in, check_out = stage.days(5, 2, now=now)
    talk.do(InboundKind.PRESS, payload=f"quote:{flat}:{check_in}:{check_out}:2")
    talk.press("Забронировать и оплатить")
    assert talk.is_at(State.PAYING)
    talk.now += timedelta(seconds=1)  # of two attempts to pay the newest counts
    return talk


def test_the_link_is_there_when_asked_with_what_is_left(talk: Talk, now: datetime) -> None:
    _created(talk, pay_url=URL)
    talk.now = now + timedelta(minutes=5)
    talk.press("Проверить оплату")
    assert "Осталось 10 минут" in talk.text
    assert URL in [each.url for each in talk.messages[0].buttons]
    stage.assert_fits(talk)


def test_another_way_is_another_payment_of_the_same_hold(talk: Talk) -> None:
    _created(talk, pay_url=URL)
    talk.press("Другой способ")
    talk.press("Показать QR-код")
    assert "Создаём счёт" in talk.text
    assert _payment(talk).method == PayMethod.QR
    _created(talk, qr_text="00020101")
    talk.press("Проверить оплату")
    assert talk.messages[0].qr == "00020101"
    assert [each.url for each in talk.messages[0].buttons if each.url] == []


def test_a_bill_goes_to_the_guests_own_number(talk: Talk) -> None:
    talk.press("Другой способ")
    talk.press("по номеру")
    assert _payment(talk).phone is not None
    _created(talk)
    talk.press("Проверить оплату")
    assert "на номере +7 701" in talk.text
    assert (_payment(talk).phone or "") not in talk.text


def test_a_declined_payment_may_be_tried_again(talk: Talk, now: datetime) -> None:
    _created(talk, pay_url=URL)
    with transaction() as session:
        payment = session.get_one(Payment, _payment(talk).id)
        payment.status = PaymentStatus.FAILED
    talk.press("Проверить оплату")
    assert "отклонил" in talk.text
    talk.press("Попробовать ещё раз")
    assert "Создаём счёт" in talk.text
    assert _payment(talk).status == PaymentStatus.NEW


def test_a_slow_provider_is_told_of(talk: Talk, now: datetime) -> None:
    talk.now = now + timedelta(seconds=20)
    talk.press("Проверить оплату")
    assert "дольше обычного" in talk.text


def test_a_paid_booking_says_so(talk: Talk, now: datetime) -> None:
    _created(talk, pay_url=URL)
    with transaction() as session:
        settle(session, factories.paid_event(session.get_one(Payment, _payment(talk).id), at=now), now=now)
    talk.press("Проверить оплату")
    assert "Оплачено" in talk.text
    stage.assert_fits(talk)
    talk.do(InboundKind.PRESS, payload=f"drop:{_booking(talk).reference}:yes")
    assert "другом состоянии" in talk.text
    assert _booking(talk).status == "confirmed"


def test_a_hold_that_ran_out_leads_back_to_the_flat(talk: Talk, now: datetime) -> None:
    late = now + timedelta(minutes=16)
    with transaction() as session:
        expire.expire(session, _booking(talk).id, now=late, provider_asked=True)
    talk.now = late
    talk.press("Проверить оплату")
    assert "Время на оплату вышло" in talk.text
    talk.do(InboundKind.PRESS, payload=f"way:{_booking(talk).reference}:again")
    assert "Время на оплату вышло" in talk.text
    talk.do(InboundKind.PRESS, payload=f"pay:{_booking(talk).reference}")
    talk.press("К квартире")
    assert talk.is_at(State.FLAT)


def test_a_way_that_there_is_not_is_refused(talk: Talk) -> None:
    talk.do(InboundKind.PRESS, payload=f"way:{_booking(talk).reference}:gold")
    assert "Так здесь не платят" in talk.text


def _booking(talk: Talk) -> Booking:
    reference = next(payload.split(":")[1] for payload in talk.memory.trail if payload.startswith("pay:"))
    with transaction() as session:
        return session.scalars(select(Booking).where(Booking.reference == reference)).one()


def _payment(talk: Talk) -> Payment:
    booking = _booking(talk)
    with transaction() as session:
        return factories.payment_of(session, booking)


def _created(talk: Talk, *, pay_url: str | None = None, qr_text: str | None = None) -> None:
    """Kaspi gave something to pay with."""
    payment_id = _payment(talk).id
    with transaction() as session:
        lifecycle.record_created(
            session, payment_id, provider_id=f"K{payment_id}", pay_url=pay_url, qr_text=qr_text, now=talk.now
        )
