"""The landlord in the chat: requests, the day, dates, prices, earnings; nobody else's flats."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.channels.message import LONGEST_PAYLOAD
from app.db import count_queries, transaction
from app.domain.actor import Actor
from app.domain.aftercare import problems
from app.domain.availability import blocks
from app.domain.bookings import state_machine
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.request import ask
from app.domain.hosting.prices import WantedRule, add_rule
from app.kit import clock
from app.kit.money import format_tenge
from app.kit.period import Stay
from app.models import (
    Booking,
    BookingStatus,
    Channel,
    Messenger,
    Notification,
    NotificationKind,
    Occupancy,
    OccupancyKind,
    Payment,
    PriceRule,
    Property,
    Role,
)
from tests import factories
from tests.bots.talk import Talk

ACTS = ["host", "hday", "hreqs", "hreq", "hbok", "hacc", "hdec", "hdecx", "hflats", "hflat", "hblk", "hblq", "hblx"]
ACTS += ["hunb", "hunc", "hunx", "hprc", "hprd", "hpra", "hprx", "hprn", "hprr", "hprz", "hearn"]


@dataclass(frozen=True)
class Let:
    """A landlord with one flat that is asked for first, and the reference of a request."""

    landlord: UUID
    flat: int
    guest: UUID
    reference: str
    stay: Stay


@pytest.fixture
def let(app: Flask, now: datetime) -> Let:
    with transaction() as session:
        guest = factories.make_user(session, name="Дана Оспанова")
        prop = factories.make_property(session, instant_booking=False)
        stay = factories.stay_in(5, 3, now=now)
        booking = ask(session, HoldRequest(prop.id, stay, 2), guest_id=guest, channel=Channel.TELEGRAM, now=now)
        return Let(prop.landlord_id, prop.id, guest, booking.reference, stay)


def test_a_request_is_shown_with_what_it_brings_and_accepted_once(let: Let, now: datetime) -> None:
    talk = Talk.of(let.landlord, now)
    talk.say("/host")
    talk.press("Запросы · 1")
    talk.press("Дана")
    assert talk.is_at(State.HOST_BOOKING)
    assert "Оспанова" not in talk.text
    assert format_tenge(3 * 15_000 * 9 // 10 + 3_000) in talk.text  # nights less the commission, and the cleaning
    accept = payload_of(talk, "Принять")
    talk.do(InboundKind.PRESS, payload=accept)
    assert "Вы приняли запрос" in talk.text
    assert status_of(let.reference) is BookingStatus.HELD
    talk.do(InboundKind.PRESS, payload=accept)
    assert "отвечать уже не нужно" in talk.text
    assert payments_of(let.reference) == 1


def test_two_chats_that_accept_at_once_make_one_hold(let: Let, app: Flask, now: datetime) -> None:
    barrier = Barrier(2)

    def accept(talk: Talk) -> str:
        with app.app_context():
            barrier.wait(timeout=60)
            return talk.do(InboundKind.PRESS, payload=f"hacc:{let.reference}").messages[0].text

    talks = [Talk.of(let.landlord, now) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        said = sorted("Вы приняли" in text for text in pool.map(accept, talks))
    assert said == [False, True]
    assert status_of(let.reference) is BookingStatus.HELD
    assert payments_of(let.reference) == 1
    with transaction() as session:
        taken = select(func.count()).where(Occupancy.property_id == let.flat)
        told = select(func.count()).where(
            Notification.user_id == let.guest, Notification.kind == NotificationKind.REQUEST_ACCEPTED
        )
        assert session.scalar(taken) == 1
        assert session.scalar(told) == 1


def test_a_request_is_declined_with_a_reason_of_the_list(let: Let, now: datetime) -> None:
    talk = Talk.of(let.landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hreq:{let.reference}")
    talk.press("Отклонить")
    assert talk.is_at(State.HOST_DECLINE)
    talk.press("Ремонт")
    assert "Вы отказали" in talk.text
    assert status_of(let.reference) is BookingStatus.DECLINED
    talk.do(InboundKind.PRESS, payload=f"hacc:{let.reference}")
    assert "отвечать уже не нужно" in talk.text
    assert status_of(let.reference) is BookingStatus.DECLINED


def test_a_request_whose_time_is_over_cannot_be_answered(let: Let, now: datetime) -> None:
    talk = Talk.of(let.landlord, now)
    talk.now = now + timedelta(hours=25)
    for code in ("hreq", "hacc", "hdec", "hdecx"):
        talk.do(InboundKind.PRESS, payload=f"{code}:{let.reference}")
        assert "Время ответа на этот запрос вышло" in talk.text
        assert not any("Принять" in label for label, _ in talk.buttons)
    assert status_of(let.reference) is BookingStatus.REQUESTED


def test_nights_that_were_taken_meanwhile_cannot_be_promised(let: Let, now: datetime) -> None:
    close(let, let.stay, now)
    talk = Talk.of(let.landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hacc:{let.reference}")
    assert "уже заняты" in talk.text
    assert status_of(let.reference) is BookingStatus.REQUESTED


def test_the_day_says_who_comes_and_who_leaves(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest = factories.make_user(session, name="Дана Оспанова")
        prop = factories.make_property(session)
        coming = factories.make_paid_booking(session, prop, guest, factories.stay_in(0, 1, now=now), now=now).reference
        held = factories.make_hold(session, prop, guest, factories.stay_in(1, 1, now=now), now=now).reference
        landlord = prop.landlord_id
    talk = Talk.of(landlord, now)
    talk.say("/host")
    assert "Заезды: 1 · выезды: 0" in talk.text
    talk.press("Заезды и выезды")
    today, tomorrow = talk.text.split("Завтра")
    assert "→ 14:00 · Дана · 2 гостя" in today
    assert "оплачено" in today
    assert "←" not in today
    assert "ждёт оплаты" in tomorrow
    assert "← 12:00 · Дана" in tomorrow
    assert "Оспанова" not in talk.text
    talk.press(coming)
    assert "Ваш доход после комиссии" in talk.text
    assert "Поступят на баланс" in talk.text
    assert "коды уже доступны" in talk.text
    talk.press("Написать гостю")
    assert talk.is_at(State.WRITE)
    talk.do(InboundKind.PRESS, payload=f"hbok:{held}")
    assert "Ждём оплату до" in talk.text


def test_dates_are_closed_after_they_were_shown_and_opened_again(let: Let, now: datetime) -> None:
    nights = factories.stay_in(20, 3, now=now)
    talk = Talk.of(let.landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hflat:{let.flat}")
    talk.press("Закрыть даты")
    talk.say(f"{nights.check_in:%d.%m.%Y}-{nights.check_out - timedelta(days=1):%d.%m.%Y}")
    assert "3 ночи" in talk.text
    assert blocks_of(let.flat) == []
    close_payload = payload_of(talk, "Да, закрыть")
    for _ in range(2):
        talk.do(InboundKind.PRESS, payload=close_payload)
        assert "Ночи закрыты" in talk.text
    assert blocks_of(let.flat) == [OccupancyKind.BLOCK]
    talk.press("Открыть даты")
    talk.do(InboundKind.PRESS, payload=talk.buttons[0][1])
    talk.press("Да, открыть")
    assert blocks_of(let.flat) == []


def test_dates_with_a_booking_in_them_are_named_and_stay(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        guest = factories.make_user(session)
        stay = factories.stay_in(10, 2, now=now)
        reference = factories.make_paid_booking(session, prop, guest, stay, now=now).reference
        landlord, flat = prop.landlord_id, prop.id
    talk = Talk.of(landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hblk:{flat}")
    talk.say(f"{stay.check_in - timedelta(days=1):%d.%m.%Y} - {stay.check_out:%d.%m.%Y}")
    assert "не свободны" in talk.text
    assert reference in talk.text
    talk.do(InboundKind.PRESS, payload=f"hblx:{flat}:{stay.check_in:%y%m%d}:{stay.check_out:%y%m%d}")
    assert "не свободны" in talk.text
    assert blocks_of(flat) == [OccupancyKind.BOOKING]


def test_dates_that_are_not_understood_leave_the_question_open(let: Let, now: datetime) -> None:
    talk = Talk.of(let.landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hblk:{let.flat}")
    talk.say("32.13")
    assert talk.is_at(State.HOST_NIGHTS)
    assert "Не понял даты" in talk.text
    talk.say("25–20 декабря")
    assert talk.is_at(State.HOST_NIGHTS)
    assert "Последняя ночь раньше первой" in talk.text
    talk.say("завтра")
    assert talk.is_at(State.HOST_BLOCK)
    assert "1 ночь" in talk.text
    talk.press("+ ночь")
    assert "2 ночи" in talk.text


def test_the_calendar_shows_whose_nights_are_and_closes_from_the_first_to_the_last(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        first = _tenth_of_a_month(now)
        booked = Stay(first + timedelta(days=3), first + timedelta(days=5))
        factories.make_paid_booking(session, prop, factories.make_user(session), booked, now=now)
        landlord, flat = prop.landlord_id, prop.id
        closed = Stay(first + timedelta(days=8), first + timedelta(days=9))
        actor = Actor.landlord(landlord)
        blocks.block(session, flat, closed, kind=OccupancyKind.BLOCK, actor=actor, now=now)
    talk = Talk.of(landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hblk:{flat}")
    while not any(payload == f"hblk:{flat}:{first:%y%m%d}" for _, payload in talk.buttons):
        talk.press("›")
    shown = dict(talk.buttons)
    assert (shown["13●"], shown["14●"], shown["18✕"]) == ("nop:t", "nop:t", "nop:c")
    assert talk.do(InboundKind.PRESS, payload=shown["13●"]).toast == "Эта ночь забронирована."
    talk.do(InboundKind.PRESS, payload=shown["10"])
    assert [payload for label, payload in talk.buttons if label == "13●"] == ["nop:t"]
    assert "16" not in dict(talk.buttons)  # a night between is taken
    assert {"[10]", "11", "12", "1 ночь", "2 ночи", "3 ночи"} <= set(dict(talk.buttons))
    talk.do(InboundKind.PRESS, payload=dict(talk.buttons)["12"])
    assert "3 ночи" in talk.text
    talk.press("Да, закрыть")
    assert sorted(blocks_of(flat)) == [OccupancyKind.BLOCK, OccupancyKind.BLOCK, OccupancyKind.BOOKING]
    with transaction() as session:
        lasting = [row.during for row in session.scalars(select(Occupancy).where(Occupancy.property_id == flat))]
    assert any(each.upper is not None and clock.local_date(each.upper) == first + timedelta(days=3) for each in lasting)
    talk.do(InboundKind.PRESS, payload=f"hblk:{flat}:{booked.check_in:%y%m%d}")  # of a calendar from before
    assert "не свободны" in talk.text


@pytest.mark.parametrize("messenger", list(Messenger))
@pytest.mark.parametrize("ending", ["button", "day", "date"])
def test_nights_for_a_price_are_chosen_or_typed(let: Let, now: datetime, messenger: Messenger, ending: str) -> None:
    talk = Talk.of(let.landlord, now, messenger=messenger)
    talk.do(InboundKind.PRESS, payload=f"hprc:{let.flat}")
    talk.press("Цена на даты")
    assert talk.is_at(State.HOST_NIGHTS)
    assert (len(talk.buttons) > 20) == (messenger is Messenger.TELEGRAM)
    tomorrow = clock.local_date(now) + timedelta(days=1)
    talk.do(InboundKind.PRESS, payload=f"hprd:{let.flat}:{tomorrow:%y%m%d}")
    last = tomorrow + timedelta(days=2)
    if ending == "button":
        talk.press("3 ночи")
    else:
        talk.say(str(last.day) if ending == "day" else f"{last:%d.%m}")
    assert talk.is_at(State.HOST_AMOUNT)
    assert "3 ночи" in talk.text
    talk.say("20 000")
    talk.press("Да")
    with transaction() as session:
        [rule] = session.scalars(select(PriceRule).where(PriceRule.property_id == let.flat)).all()
        assert (rule.nights.lower, rule.nights.upper) == (tomorrow, last + timedelta(days=1))
    talk.do(InboundKind.PRESS, payload=f"hprd:{let.flat}::{tomorrow:%y%m}01")
    ruled = [label for label, payload in talk.buttons if label.endswith("₸") and payload.startswith("hprd")]
    assert bool(ruled) == (messenger is Messenger.TELEGRAM)


@pytest.mark.parametrize(("label", "column"), [("Обычная ночь", "base_price"), ("Пятница", "weekend_price")])
def test_a_nights_price_is_changed_from_what_was_shown(let: Let, now: datetime, label: str, column: str) -> None:
    talk = Talk.of(let.landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hprc:{let.flat}")
    talk.press(label)
    assert talk.is_at(State.HOST_AMOUNT)
    talk.say("18к")
    assert format_tenge(15_000) in talk.text
    assert format_tenge(18_000) in talk.text
    talk.say("19 000")
    yes = payload_of(talk, "Да")
    for _ in range(2):
        talk.do(InboundKind.PRESS, payload=yes)
        assert "Цены сохранены" in talk.text
    assert price_of(let.flat, column) == 19_000
    talk.do(InboundKind.PRESS, payload=yes.replace("19000", "25000"))  # from a price that is not there any more
    assert "Цена уже другая" in talk.text
    assert price_of(let.flat, column) == 19_000


def test_some_nights_get_a_price_once_and_lose_it(let: Let, now: datetime) -> None:
    nights = factories.stay_in(30, 4, now=now)
    typed = f"{nights.check_in:%d.%m.%Y}-{nights.check_out - timedelta(days=1):%d.%m.%Y}"
    talk = Talk.of(let.landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hprc:{let.flat}")
    talk.say(typed)
    talk.say("150 000")
    assert "втрое" in talk.text
    yes = payload_of(talk, "Да")
    for _ in range(2):
        talk.do(InboundKind.PRESS, payload=yes)
        assert "Правило добавлено" in talk.text
    with transaction() as session:
        [rule] = session.scalars(select(PriceRule).where(PriceRule.property_id == let.flat)).all()
        assert (rule.price, rule.nights.lower, rule.nights.upper) == (150_000, nights.check_in, nights.check_out)
    talk.say(typed)
    assert "уже есть правило" in talk.text
    talk.press("✕")
    talk.press("Да, убрать")
    with transaction() as session:
        assert session.scalars(select(PriceRule).where(PriceRule.property_id == let.flat)).all() == []


@pytest.mark.parametrize("typed", ["499", "10000001", "99999999"])
def test_a_price_keeps_within_the_limits(let: Let, now: datetime, typed: str) -> None:
    talk = Talk.of(let.landlord, now)
    talk.do(InboundKind.PRESS, payload=f"hpra:{let.flat}:b")
    talk.say(typed)
    assert "500" in talk.text
    assert talk.is_at(State.HOST_AMOUNT)
    talk.do(InboundKind.PRESS, payload=f"hprx:{let.flat}:b:15000:{typed}")
    assert price_of(let.flat, "base_price") == 15_000


def test_earnings_say_what_comes_and_why_it_waits(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        guests = [factories.make_user(session) for _ in range(3)]
        stays = (factories.stay_in(0, 2, now=now), factories.stay_in(9, 2, now=now), factories.stay_in(14, 1, now=now))
        made = [
            factories.make_paid_booking(session, prop, guest, stay, now=now)
            for guest, stay in zip(guests, stays, strict=True)
        ]
        arrived = made[0].check_in_at + timedelta(hours=1)
        state_machine.transition(
            session, made[0], BookingStatus.CHECKED_IN, actor=Actor.guest(guests[0]), now=made[0].check_in_at
        )
        session.flush()
        problems.report(session, made[0].reference, guest_id=guests[0], reason="no_entry", text="", now=arrived)
        landlord, references = prop.landlord_id, [each.reference for each in made]
    talk = Talk.of(landlord, arrived)
    talk.say("/host")
    talk.press("Доход")
    assert all(reference in talk.text for reference in references)
    assert talk.text.count("гость сообщил о проблеме") == 1
    assert format_tenge(2 * 15_000 * 9 // 10 + 3_000) in talk.text
    assert "Укажите счёт" in talk.text
    talk.press(references[0])
    assert "Деньги ждут" in talk.text


@pytest.mark.parametrize("code", ["hreq", "hbok", "hacc", "hdec", "hdecx"])
def test_another_landlords_booking_does_not_exist(let: Let, now: datetime, code: str) -> None:
    talk = Talk.of(another_landlord(), now)
    said = talk.do(InboundKind.PRESS, payload=f"{code}:{let.reference}").messages
    assert [message.text for message in said] == ["Такой брони у вас нет."]
    assert status_of(let.reference) is BookingStatus.REQUESTED


@pytest.mark.parametrize(
    "code", ["hflat", "hblk", "hblq", "hblx", "hunb", "hunc", "hunx", "hprc", "hprd", "hpra", "hprx"]
)
def test_another_landlords_flat_does_not_exist(let: Let, now: datetime, code: str) -> None:
    nights = factories.stay_in(3, 1, now=now)
    talk = Talk.of(another_landlord(), now)
    for rest in ("", ":b:15000:20000", f":{nights.check_in:%y%m%d}:{nights.check_out:%y%m%d}"):
        said = talk.do(InboundKind.PRESS, payload=f"{code}:{let.flat}{rest}").messages
        assert [message.text for message in said] == ["Такой квартиры у вас нет."]
    assert price_of(let.flat, "base_price") == 15_000
    assert blocks_of(let.flat) == []


@pytest.mark.parametrize("code", ACTS)
def test_a_guest_is_no_landlord(let: Let, now: datetime, code: str) -> None:
    talk = Talk.of(let.guest, now)
    said = talk.do(InboundKind.PRESS, payload=f"{code}:{let.reference}").messages
    assert "Это доступно не всем" in said[0].text


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    code=st.sampled_from([code for code in ACTS if code not in {"hacc", "hdecx"}]),
    own=st.booleans(),
    values=st.lists(
        st.one_of(
            st.text(max_size=20).filter(lambda text: ":" not in text),
            st.integers(-1, 10**11).map(str),
            st.dates().map(lambda day: f"{day.year:04d}{day:%m%d}"),
            st.sampled_from(["b", "w"]),
        ),
        max_size=4,
    ),
)
def test_whatever_a_button_carries_is_answered_in_words(
    let: Let, now: datetime, code: str, own: bool, values: list[str]
) -> None:
    talk = Talk.of(let.landlord, now)
    whole = [code, *([str(let.flat)] if own else []), *values]
    assert talk.do(InboundKind.PRESS, payload=":".join(whole)).messages
    assert all(len(payload.encode()) <= LONGEST_PAYLOAD for _, payload in talk.buttons)
    assert status_of(let.reference) is BookingStatus.REQUESTED


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(typed=st.one_of(st.text(max_size=80), st.text("0123456789.-–кk ₸", max_size=20)))
def test_whatever_is_typed_is_answered_in_words(let: Let, now: datetime, typed: str) -> None:
    talk = Talk.of(let.landlord, now)
    for payload in (f"hblk:{let.flat}", f"hprc:{let.flat}", f"hpra:{let.flat}:b"):
        talk.do(InboundKind.PRESS, payload=payload)
        assert talk.say(typed).messages
    assert price_of(let.flat, "base_price") == 15_000


@pytest.fixture
def busy(app: Flask, now: datetime) -> tuple[UUID, list[str]]:
    """A landlord with much of everything and long names, and the payloads of all that they can be shown."""
    with transaction() as session:
        landlord = factories.make_user(session, roles=(Role.GUEST, Role.LANDLORD))
        title = {"ru": "Просторная квартира с видом на горы " * 4}
        flats = [
            factories.make_property(session, landlord_id=landlord, title=title, instant_booking=number % 2 == 0).id
            for number in range(8)
        ]
        first = session.get_one(Property, flats[0])
        for number, days in enumerate((0, 0, 1, 1, 7, 8, 9)):
            prop = session.get_one(Property, flats[0] if days > 1 else flats[(number % 4) * 2])
            guest = factories.make_user(session, name="Абдукарим-Мухаммеджанулы-Сейтжаппарович Оспанов")
            last = factories.make_paid_booking(session, prop, guest, factories.stay_in(days, 1, now=now), now=now)
        for days in (3, 5, 7, 9, 11, 13):
            wish = HoldRequest(flats[1], factories.stay_in(days, 1, now=now), 2)
            asked = ask(session, wish, guest_id=factories.make_user(session), channel=Channel.WEB, now=now)
        actor = Actor.landlord(landlord)
        for days in range(40, 60, 2):
            night = factories.stay_in(days, 1, now=now)
            blocks.block(session, first.id, night, kind=OccupancyKind.BLOCK, actor=actor, now=now)
            rule = WantedRule(night.check_in, night.check_out, 30_000, name="Наурыз, праздники и выходные дни " * 2)
            add_rule(session, first.id, rule, landlord_id=landlord, now=now)
        booked, requested = last.reference, asked.reference
    rule_nights = factories.stay_in(40, 20, now=now)
    span = f"{first.id}:{rule_nights.check_in:%y%m%d}:{rule_nights.check_out:%y%m%d}"
    shown = ["host", "hday", "hreqs", "hflats", "hflats:1", "hearn", f"hbok:{booked}", f"hreq:{requested}"]
    shown += [f"hdec:{requested}", f"hblq:{span}", f"hpra:{span}", f"hpra:{first.id}:b"]
    return landlord, shown + [f"{code}:{first.id}" for code in ("hflat", "hblk", "hunb", "hprc", "hprd")]


def test_a_turn_costs_few_statements_however_much_there_is(busy: tuple[UUID, list[str]], now: datetime) -> None:
    """Without the savepoint, and the chat that is written once it was used."""
    landlord, shown = busy
    talk = Talk.of(landlord, now)
    for payload in shown:
        seen = statements(partial(talk.do, InboundKind.PRESS, payload=payload))
        assert len(seen) <= 8, (payload, seen)


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_no_screen_is_longer_than_the_narrowest_messenger_allows(
    busy: tuple[UUID, list[str]], now: datetime, language: str
) -> None:
    """WhatsApp's list: 1024 characters and ten rows (5-channels)."""
    landlord, shown = busy
    talk = Talk.of(landlord, now, messenger=Messenger.WHATSAPP, language=language)
    for payload in shown:
        talk.do(InboundKind.PRESS, payload=payload)
        assert all(len(message.text) <= 1024 for message in talk.messages), (payload, talk.text)
        assert len(talk.buttons) <= 10, (payload, talk.buttons)


def _tenth_of_a_month(now: datetime) -> date:
    """The tenth of the month after next: all of it is ahead."""
    ahead = clock.local_date(now).replace(day=1) + timedelta(days=62)
    return ahead.replace(day=10)


def payload_of(talk: Talk, label: str) -> str:
    """What the button with this label carries."""
    return next(payload for shown, payload in talk.buttons if label in shown)


def another_landlord() -> UUID:
    with transaction() as session:
        return factories.make_property(session).landlord_id


def status_of(reference: str) -> BookingStatus:
    with transaction() as session:
        return BookingStatus(session.scalars(select(Booking.status).where(Booking.reference == reference)).one())


def payments_of(reference: str) -> int:
    with transaction() as session:
        statement = select(func.count(Payment.id)).join(Booking, Booking.id == Payment.booking_id)
        return session.scalar(statement.where(Booking.reference == reference)) or 0


def blocks_of(flat: int) -> list[OccupancyKind]:
    with transaction() as session:
        kinds = session.scalars(select(Occupancy.kind).where(Occupancy.property_id == flat)).all()
        return [OccupancyKind(kind) for kind in kinds]


def price_of(flat: int, column: str) -> int | None:
    with transaction() as session:
        found: int | None = getattr(session.get_one(Property, flat), column)
        return found


def close(let: Let, nights: Stay, now: datetime) -> None:
    with transaction() as session:
        actor = Actor.landlord(let.landlord)
        blocks.block(session, let.flat, nights, kind=OccupancyKind.BLOCK, actor=actor, now=now)


def statements(act: Callable[[], object]) -> list[str]:
    """What `act` asks the database, without savepoints and the note that the chat was used."""
    seen: list[str] = []
    stop = count_queries(seen.append)
    try:
        act()
    finally:
        stop()
    aside = ("SAVEPOINT", "RELEASE", "UPDATE channel_identities")
    return [each for each in seen if not each.startswith(aside)]
