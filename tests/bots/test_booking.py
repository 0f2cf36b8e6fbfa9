"""Booking in a chat: the quote, the hold, what another guest did meanwhile, and what is never done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.domain.accounts import people
from app.domain.checkout import request as requests
from app.kit.money import format_tenge
from app.models import Booking, BookingStatus, Channel, Messenger, PromoCode, Property
from tests import factories
from tests.bots import stage
from tests.bots.talk import Talk


@pytest.fixture
def city(app: Flask) -> int:
    return stage.new_city()[0]


@pytest.fixture
def flat(city: int) -> int:
    return stage.new_flat(city)


@pytest.fixture(params=list(Messenger), ids=str)
def talk(app: Flask, now: datetime, request: pytest.FixtureRequest) -> Talk:
    return stage.guest_talk(now, request.param)


def test_every_line_is_shown_before_anything_is_booked(talk: Talk, city: int, now: datetime) -> None:
    flat = stage.new_flat(city, deposit=10_000, one_night_surcharge=2_000, included_guests=1, extra_guest_price=1_500)
    _quote(talk, flat, now, first=8, nights=1)  # at any hour it can still be cancelled for nothing
    for amount in (15_000, 2_000, 1_500, 3_000, 1_850, 10_000, 33_350):
        assert format_tenge(amount) in talk.text
    assert "Бесплатная отмена до" in talk.text
    stage.assert_fits(talk)
    assert _bookings(flat) == []


def test_a_press_holds_the_stay_and_a_second_one_is_the_same_hold(talk: Talk, flat: int, now: datetime) -> None:
    _quote(talk, flat, now)
    pressed = _payload(talk, "Забронировать и оплатить")
    talk.do(InboundKind.PRESS, payload=pressed)
    assert talk.is_at(State.PAYING)
    assert "Осталось 15 минут" in talk.text
    assert "Создаём счёт" in talk.text
    stage.assert_fits(talk)
    talk.do(InboundKind.PRESS, payload=pressed)
    assert talk.is_at(State.PAYING)
    (booking,) = _bookings(flat)
    assert booking.status == BookingStatus.HELD
    assert booking.channel == Channel(talk.messenger.value)
    assert booking.guests == 2


def test_whoever_is_unknown_proves_a_phone_says_a_name_and_goes_on(app: Flask, flat: int, now: datetime) -> None:
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    _quote(talk, flat, now)
    talk.press("Забронировать и оплатить")
    assert talk.is_at(State.PHONE)
    talk.do(InboundKind.CONTACT, phone=factories.new_phone())
    talk.press("Продолжить")
    assert talk.is_at(State.NAME)
    for wrong in ("12345", "Айгерим 8 701 555 01 77", "сколько стоит?"):
        talk.say(wrong)
        assert talk.is_at(State.NAME)
    talk.say("Айгерим")
    assert talk.is_at(State.PAYING)
    (booking,) = _bookings(flat)
    with transaction() as session:
        assert people.profile_of(session, booking.guest_id).name == "Айгерим"


def test_a_price_that_changed_is_shown_anew_before_it_is_taken(talk: Talk, flat: int, now: datetime) -> None:
    _quote(talk, flat, now)
    with transaction() as session:
        session.get_one(Property, flat).base_price = 20_000
    talk.press("Забронировать и оплатить")
    assert talk.is_at(State.QUOTE)
    assert "Цена изменилась" in talk.text
    assert format_tenge(47_000) in talk.messages[-1].text
    assert _bookings(flat) == []
    talk.press("Забронировать и оплатить")
    assert [booking.total for booking in _bookings(flat)] == [47_000]


def test_dates_that_another_guest_holds_meanwhile_are_refused_with_other_choices(
    talk: Talk, flat: int, now: datetime
) -> None:
    _quote(talk, flat, now)
    with transaction() as session:
        guest, prop = factories.make_user(session), session.get_one(Property, flat)
        factories.make_hold(session, prop, guest, factories.stay_in(5, 2, now=now), now=now)
    talk.press("Забронировать и оплатить")
    assert talk.is_at(State.QUOTE)
    assert "только что заняли" in talk.text
    assert len(_bookings(flat)) == 1
    talk.press("Изменить даты")
    assert talk.is_at(State.CHECK_IN)


def test_a_third_live_hold_is_refused(talk: Talk, city: int, now: datetime) -> None:
    for _ in range(2):
        _quote(talk, stage.new_flat(city), now)
        talk.press("Забронировать и оплатить")
        assert talk.is_at(State.PAYING)
    third = stage.new_flat(city)
    _quote(talk, third, now)
    talk.press("Забронировать и оплатить")
    assert "неоплаченные брони" in talk.text
    assert _bookings(third) == []


def test_nobody_books_their_own_flat(app: Flask, city: int, now: datetime) -> None:
    owner = stage.new_guest()
    flat = stage.new_flat(city, landlord_id=owner)
    talk = Talk.of(owner, now)
    _quote(talk, flat, now)
    talk.press("Забронировать и оплатить")
    assert "ваша квартира" in talk.text
    assert _bookings(flat) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("200301:200303:2", "прошла"),
        ("{soon}:2", None),
        ("{soon}:9", "Слишком много гостей"),
        ("300301:300303:2", "дальше чем"),
    ],
)
def test_what_the_flat_does_not_accept_is_said(
    app: Flask, flat: int, now: datetime, given: str, said: str | None
) -> None:
    talk = stage.guest_talk(now)
    talk.do(InboundKind.PRESS, payload=f"quote:{flat}:{given.format(soon=':'.join(stage.days(5, 2, now=now)))}")
    assert (said or "Итого") in talk.text
    assert said is None or not any(payload.startswith("hold") for _, payload in talk.buttons)
    assert talk.buttons


def test_tonight_is_over_after_the_cut_off_in_almaty(app: Flask, city: int) -> None:
    flat = stage.new_flat(city, self_check_in=False)
    evening = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)  # 20:30 in Almaty: the keys are handed over till 20:00
    talk = stage.guest_talk(evening)
    talk.do(InboundKind.PRESS, payload=f"quote:{flat}:261123:261124:2")
    assert "закрыто в 20:00" in talk.text
    talk.do(InboundKind.PRESS, payload=f"quote:{flat}:261124:261125:2")
    assert "Итого" in talk.text
    pressed = _payload(talk, "Забронировать")
    talk.now = datetime(2026, 11, 24, 19, 1, tzinfo=UTC)  # the button was pressed a day later
    talk.do(InboundKind.PRESS, payload=pressed)
    assert "прошла" in talk.text
    assert _bookings(flat) == []


def test_a_landlord_who_decides_is_asked_first(talk: Talk, city: int, now: datetime) -> None:
    flat = stage.new_flat(city, instant_booking=False)
    _quote(talk, flat, now)
    talk.press("Отправить запрос")
    assert talk.is_at(State.PAYING)
    assert "ответит до" in talk.text
    (booking,) = _bookings(flat)
    assert booking.status == BookingStatus.REQUESTED
    talk.press("Отозвать")
    talk.press("Да, отменить")
    assert _bookings(flat)[0].status == BookingStatus.CANCELLED_BY_GUEST


def test_an_accepted_request_can_be_paid_here(app: Flask, city: int, now: datetime) -> None:
    flat = stage.new_flat(city, instant_booking=False)
    talk = stage.guest_talk(now)
    _quote(talk, flat, now)
    talk.press("Отправить запрос")
    (booking,) = _bookings(flat)
    with transaction() as session:
        landlord_id = session.get_one(Property, flat).landlord_id
        requests.accept(session, booking.reference, landlord_id=landlord_id, now=now)
    talk.press("Проверить ответ")
    assert "Создаём счёт" in talk.text
    assert "Ждём оплату до" in talk.text


def test_a_hold_is_given_back_only_after_a_second_yes(talk: Talk, flat: int, now: datetime) -> None:
    _quote(talk, flat, now)
    talk.press("Забронировать и оплатить")
    talk.press("Отменить бронь")
    assert _bookings(flat)[0].status == BookingStatus.HELD
    talk.press("Нет, оставить")
    talk.press("Отменить бронь")
    talk.press("Да, отменить")
    assert _bookings(flat)[0].status == BookingStatus.CANCELLED_BY_GUEST
    assert "Бронь отменена" in talk.text
    stage.assert_fits(talk)


def test_a_promo_code_is_typed_seen_and_used_once(app: Flask, flat: int, now: datetime) -> None:
    code = f"CHAT{flat}"
    with transaction() as session:
        session.add(_promo_code(code, now))
    talk = stage.guest_talk(now)
    _quote(talk, flat, now)
    talk.press("Ввести промокод")
    assert talk.is_at(State.PROMO)
    talk.do(InboundKind.OTHER)
    assert "промокода" not in talk.text, "a sticker is no try"
    talk.say("НЕТТАКОГО")
    assert "Такого промокода нет" in talk.text
    talk.press("Ввести промокод")
    talk.say(code.lower())
    assert "Промокод" in talk.messages[-1].text
    assert format_tenge(32_700) in talk.messages[-1].text  # a tenth off two nights of 15 000, and off their service fee
    talk.press("Забронировать и оплатить")
    assert [booking.total for booking in _bookings(flat)] == [32_700]


def test_promo_codes_cannot_be_guessed(app: Flask, flat: int, now: datetime) -> None:
    talk = stage.guest_talk(now)
    _quote(talk, flat, now)
    for number in range(10):
        talk.press("Ввести промокод")
        talk.say(f"GUESS{number}")
    talk.press("Ввести промокод")
    talk.say("GUESS10")
    assert "Слишком много промокодов" in talk.text


def test_somebody_elses_booking_is_unknown(app: Flask, flat: int, now: datetime) -> None:
    owner = stage.guest_talk(now)
    _quote(owner, flat, now)
    owner.press("Забронировать и оплатить")
    (booking,) = _bookings(flat)
    other = stage.guest_talk(now)
    for payload in (f"pay:{booking.reference}", f"way:{booking.reference}:qr", f"drop:{booking.reference}:yes"):
        other.do(InboundKind.PRESS, payload=payload)
        assert "Такой брони у вас нет" in other.text
        assert "Квартира у парка" not in other.text
    assert _bookings(flat)[0].status == BookingStatus.HELD


def test_the_largest_values_fit_into_a_button(app: Flask) -> None:
    longest = f"hold:{10**9}:271231:280331:16:{10**9}"
    assert len(longest) <= 64
    assert len(f"promo:{10**9}:271231:280331:16:-") <= 64
    assert len(f"gst:16:{10**9}:271231:280331") <= 64


def _promo_code(code: str, now: datetime) -> PromoCode:
    return PromoCode(
        code=code,
        percent=10,
        valid_from=now - timedelta(days=1),
        valid_until=now + timedelta(days=1),
        min_nights=1,
        first_booking_only=False,
        created_at=now,
    )


def _quote(talk: Talk, flat: int, now: datetime, *, first: int = 5, nights: int = 2) -> None:
    check_in, check_out = stage.days(first, nights, now=now)
    talk.do(InboundKind.PRESS, payload=f"quote:{flat}:{check_in}:{check_out}:2")
    assert talk.is_at(State.QUOTE)


def _payload(talk: Talk, label: str) -> str:
    return next(payload for text, payload in talk.buttons if label in text)


def _bookings(flat: int) -> list[Booking]:
    with transaction() as session:
        return list(session.scalars(select(Booking).where(Booking.property_id == flat).order_by(Booking.id)))
