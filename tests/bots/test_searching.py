"""Finding a flat in a chat: by buttons, by words, by both; in Telegram and in WhatsApp."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import count_queries, transaction
from app.kit import clock
from app.models import Messenger, Photo, Property
from tests import factories
from tests.bots import stage
from tests.bots.talk import Talk

MOST_QUERIES = 6


@pytest.fixture
def city(app: Flask) -> int:
    return stage.new_city()[0]


@pytest.fixture(params=list(Messenger), ids=str)
def talk(app: Flask, now: datetime, request: pytest.FixtureRequest) -> Talk:
    return stage.guest_talk(now, request.param)


def test_buttons_lead_from_the_city_to_a_flat_with_its_full_price(talk: Talk, city: int, now: datetime) -> None:
    stage.new_flat(city)
    talk.do(InboundKind.PRESS, payload=f"city:{city}")
    assert talk.is_at(State.DISTRICT)
    talk.press("Любой район")
    assert talk.is_at(State.CHECK_IN)
    day = clock.local_date(now) + timedelta(days=1)
    talk.do(InboundKind.PRESS, payload=f"in:{day:%y%m%d}:")
    assert talk.is_at(State.CHECK_OUT)
    talk.press("2 ночи")
    assert talk.is_at(State.GUESTS)
    talk.press("2")
    assert talk.is_at(State.RESULTS)
    assert "Квартира у парка" in talk.text
    assert "36\u00a0000\u00a0₸" in talk.text  # two nights of 15 000, a tenth for service, 3 000 for cleaning
    stage.assert_fits(talk)


def test_a_grid_shows_days_that_can_be_chosen_and_says_why_not_others(app: Flask, now: datetime, city: int) -> None:
    talk = stage.guest_talk(now)
    talk.do(InboundKind.PRESS, payload=f"city:{city}")
    talk.press("Любой район")
    rows = talk.messages[0].rows
    assert all(len(row) == 7 for row in rows[1:-3])
    assert all(label.strip() for label, _ in talk.buttons), "Telegram refuses the whole message"
    payloads = [payload for _, payload in talk.buttons]
    yesterday, tomorrow = clock.local_date(now) - timedelta(days=1), clock.local_date(now) + timedelta(days=1)
    assert f"in:{yesterday:%y%m%d}:" not in payloads
    assert f"in:{tomorrow:%y%m%d}:" in payloads or tomorrow.day == 1
    talk.do(InboundKind.PRESS, payload="nop:p")
    assert talk.answer is not None
    assert talk.answer.toast
    assert not talk.messages
    assert talk.is_at(State.CHECK_IN)
    talk.do(InboundKind.PRESS, payload=f"cin:{tomorrow:%y%m%d}:")
    talk.press("›")
    assert talk.messages[0].in_place


def test_a_few_days_are_offered_where_there_is_no_grid(app: Flask, now: datetime, city: int) -> None:
    talk = stage.guest_talk(now, Messenger.WHATSAPP)
    talk.do(InboundKind.PRESS, payload=f"city:{city}")
    talk.press("Любой район")
    assert len(talk.buttons) <= 10
    talk.press("Завтра")
    assert talk.is_at(State.CHECK_OUT)
    assert len(talk.buttons) <= 10


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Алматы {day}.{month}.{year} на 3 ночи, двое, до 90к"),
        ("kk", "Алматыда {day}.{month}.{year} 3 түнге, екі адам"),
        ("en", "3 nights in Almaty from {day}.{month}.{year}, 2 guests"),
    ],
)
def test_a_typed_wish_goes_straight_to_what_is_found(app: Flask, now: datetime, language: str, text: str) -> None:
    with transaction() as session:
        factories.make_property(session)
    talk = stage.guest_talk(now, language=language)
    day = clock.local_date(now) + timedelta(days=40)
    talk.say(text.format(day=day.day, month=f"{day:%m}", year=day.year))
    assert talk.is_at(State.RESULTS)
    assert talk.memory.wish.guests == 2
    assert talk.memory.wish.check_in == day
    stage.assert_fits(talk)


def test_what_a_typed_wish_lacks_is_asked_for(talk: Talk, now: datetime) -> None:
    talk.say("хочу в Алматы")
    assert talk.is_at(State.CHECK_IN)
    talk.say("завтра")
    assert talk.is_at(State.CHECK_OUT)
    talk.say("на 2 ночи")
    assert talk.is_at(State.GUESTS)
    talk.say("втроём")
    assert talk.is_at(State.RESULTS)
    assert talk.memory.wish.guests == 3
    talk.say("до 15к")
    assert talk.memory.wish.price_to == 15_000
    assert talk.memory.wish.guests == 3
    for too_many in ("Алматы 999 гостей", "999"):
        talk.say(too_many)
        assert talk.is_at(State.GUESTS)
        assert "не больше 16 гостей" in talk.text
    talk.say("4")
    assert talk.is_at(State.RESULTS)
    assert talk.memory.wish.guests == 4


def test_several_cities_or_districts_are_asked_about(talk: Talk) -> None:
    talk.say("Астана или Алматы завтра на 2 ночи вдвоём")
    assert talk.is_at(State.CITY)
    talk.press("Астана")
    assert talk.is_at(State.RESULTS)  # the city was all that was missing
    other = Talk(talk.now, talk.messenger)
    other.do(InboundKind.START)
    other.press("Русский")
    other.say("район Алматы")
    assert other.is_at(State.DISTRICT)
    offered = {f"{each.label} {each.note}".strip(): each.payload for each in other.messages[0].buttons}
    assert len(offered) == len(other.buttons), "they differ in what is read"
    other.do(InboundKind.PRESS, payload=next(payload or "" for words, payload in offered.items() if "Актобе" in words))
    assert other.is_at(State.CHECK_IN)


def test_days_that_cannot_be_are_said_in_words(talk: Talk, now: datetime) -> None:
    talk.say("Алматы")
    talk.say("31 февраля")
    assert talk.is_at(State.CHECK_IN)
    assert "Не понял даты" in talk.text
    talk.say("12–5 декабря")
    assert talk.is_at(State.CHECK_IN)
    assert "Выезд должен быть позже заезда" in talk.text
    talk.say("1.03.2020")
    assert "прошла" in talk.text
    talk.do(InboundKind.PRESS, payload="in:200301:")
    assert "прошла" in talk.text
    talk.do(InboundKind.PRESS, payload="out:300301:300305:")
    assert "500" in talk.text


def test_a_number_typed_at_a_calendar_is_a_day(app: Flask, city: int) -> None:
    talk = stage.guest_talk(datetime(2026, 11, 23, 6, tzinfo=UTC))
    talk.do(InboundKind.PRESS, payload=f"city:{city}")
    talk.press("Любой район")
    talk.say("28")
    assert talk.is_at(State.CHECK_OUT)
    assert f"{talk.memory.wish.check_in}" == "2026-11-28"
    talk.say("2 декабря")
    assert f"{talk.memory.wish.check_out}" == "2026-12-02"


def test_flats_are_shown_one_by_one_in_place_beyond_the_first_page(talk: Talk, city: int, now: datetime) -> None:
    for number in range(23):
        stage.new_flat(city, title={"ru": f"Квартира {number:02}"})
    _look(talk, city, now)
    seen = [talk.messages[0].text]
    on = "›" if talk.messenger is Messenger.TELEGRAM else "Следующая"
    while any(payload == f"res:{len(seen)}" for _, payload in talk.buttons):
        talk.do(InboundKind.PRESS, payload=f"res:{len(seen)}")
        assert talk.messages[0].in_place
        seen.append(talk.messages[0].text)
    assert len(set(seen)) == 23
    assert on == "›" or not any(label.startswith(on) for label, _ in talk.buttons)
    talk.do(InboundKind.PRESS, payload="res:20")
    assert talk.messages[0].text == seen[20]
    talk.do(InboundKind.PRESS, payload="res:99999")
    assert talk.messages[0].text == seen[0]


def test_a_turn_makes_few_queries_however_many_flats_there_are(talk: Talk, city: int, now: datetime) -> None:
    for _ in range(3):
        flat = stage.new_flat(city)
    presses = [
        f"city:{city}",
        "dist:0",
        f"city:{city}",
        "city",
        "flt",
        "flt:r2",
        "res:1",
        f"flat:{flat}",
        f"opin:{flat}",
    ]
    check_in, check_out = stage.days(5, 2, now=now)
    presses += [f"out:{check_in}:{check_out}:", "gst:2", f"cin::{flat}", f"quote:{flat}:{check_in}:{check_out}:2"]
    for payload in [*presses, f"pics:{flat}", "flt:cpremium", "flt:p1000"]:
        seen = _statements(partial(talk.do, InboundKind.PRESS, payload=payload))
        assert len(seen) <= MOST_QUERIES, payload
    for text in ("Алматы завтра на 2 ночи вдвоём", "до 20к", "на выходные"):
        assert len(_statements(partial(talk.say, text))) <= MOST_QUERIES, text


def test_nothing_found_offers_ways_out_with_what_they_lead_to(talk: Talk, city: int, now: datetime) -> None:
    flat = stage.new_flat(city)
    with transaction() as session:
        taken = factories.stay_in(10, 2, now=now)
        factories.make_hold(session, session.get_one(Property, flat), factories.make_user(session), taken)
    _look(talk, city, now, ahead=10)
    assert "свободных квартир нет" in talk.text
    talk.press("Даты ± 3")
    assert talk.is_at(State.RESULTS)
    assert "Квартира у парка" in talk.text
    talk.do(InboundKind.PRESS, payload="flt:p1000")
    assert any("Любая цена (1)" in label for label, _ in talk.buttons)
    assert "не дороже 1\u00a0000\u00a0₸ за ночь" in talk.text
    talk.press("Любая цена")
    assert "Квартира у парка" in talk.text


def test_filters_narrow_and_are_reset(talk: Talk, city: int, now: datetime) -> None:
    stage.new_flat(city, title={"ru": "Маленькая"}, rooms=1, base_price=8_000, property_class="economy")
    stage.new_flat(city, title={"ru": "Большая"}, rooms=4, base_price=40_000, property_class="premium")
    _look(talk, city, now)
    for payload, found in (
        ("flt:r3", "Большая"),
        ("flt:reset", None),
        ("flt:ceconomy", "Маленькая"),
        ("flt:reset", None),
    ):
        talk.do(InboundKind.PRESS, payload=payload)
        assert found is None or (found in talk.text and not any(load == "res:1" for _, load in talk.buttons))
    talk.do(InboundKind.PRESS, payload="prl")
    assert talk.is_at(State.PRICE_LIMIT)
    talk.say("12 тыс")
    assert "Маленькая" in talk.text
    talk.do(InboundKind.PRESS, payload="flt")
    talk.press("Убрать фильтры")
    talk.do(InboundKind.PRESS, payload="flt:flex")
    assert talk.memory.wish.is_flexible
    stage.assert_fits(talk)


def test_old_dates_are_asked_for_again_after_midnight_in_almaty(app: Flask, city: int) -> None:
    before = datetime(2026, 11, 23, 18, 59, tzinfo=UTC)  # 23:59 in Almaty
    stage.new_flat(city)
    talk = stage.guest_talk(before)
    _look(talk, city, before, ahead=0)
    talk.now = before + timedelta(minutes=2)
    talk.do(InboundKind.PRESS, payload="res:0")
    assert "прошла" in talk.text
    talk.press("Изменить даты")
    assert "in:261123:" not in [payload for _, payload in talk.buttons]


def test_the_flat_says_all_and_leads_on(talk: Talk, city: int, now: datetime) -> None:
    flat = stage.new_flat(
        city, description={"ru": "Очень светлая. " * 60}, title={"ru": "**Жир** " * 20}, amenities=2**20 - 1
    )
    with transaction() as session:
        guest, prop = factories.make_user(session, name="Динара Б."), session.get_one(Property, flat)
        factories.make_completed_booking(session, prop, guest)
        session.add(Photo(property_id=flat, key=f"test-{flat}", position=0, width=1600, height=1000, blur="data:,"))
    talk.do(InboundKind.START, payload=f"p{flat}")
    assert talk.is_at(State.FLAT)
    assert talk.messages[0].photos == (f"test-{flat}",)
    assert "Ерлан" in talk.text
    assert "**Жир" not in talk.text
    stage.assert_fits(talk)
    urls = [each.url for each in talk.messages[0].buttons if each.url]
    assert any(url.startswith("https://zhilego.test/p/") for url in urls)
    talk.press("Фото")
    assert talk.messages[0].photos == (f"test-{flat}",)
    stage.assert_fits(talk)
    talk.press("Забронировать")
    assert talk.is_at(State.CHECK_IN)
    check_in, check_out = stage.days(6, 2, now=now)
    talk.do(InboundKind.PRESS, payload=f"out:{check_in}:{check_out}:{flat}")
    assert talk.is_at(State.GUESTS)
    talk.press("2")
    assert talk.is_at(State.QUOTE)
    talk.say("на 3 ночи")
    assert "3 ночи" in talk.text
    assert talk.is_at(State.QUOTE)


def test_the_calendar_of_a_flat_has_only_days_that_are_free(app: Flask, city: int, now: datetime) -> None:
    flat = stage.new_flat(city)
    with transaction() as session:
        stay = factories.stay_in(3, 2, now=now)
        factories.make_hold(session, session.get_one(Property, flat), factories.make_user(session), stay)
    talk = stage.guest_talk(now)
    month = stay.check_in.replace(day=1)
    talk.do(InboundKind.PRESS, payload=f"cin:{month:%y%m%d}:{flat}")
    assert f"in:{stay.check_in:%y%m%d}:{flat}" not in [payload for _, payload in talk.buttons]
    talk.do(InboundKind.PRESS, payload=f"in:{stage.days(2, 1, now=now)[0]}:{flat}")
    ends = [payload.split(":")[2] for _, payload in talk.buttons if payload.startswith("out:")]
    assert max(ends) <= f"{stay.check_in:%y%m%d}"


def test_everything_is_said_in_three_languages(app: Flask, city: int, now: datetime) -> None:
    flat = stage.new_flat(city)
    check_in, check_out = stage.days(5, 2, now=now)
    for language in ("ru", "kk", "en"):
        talk = stage.guest_talk(now, language=language)
        quote = f"quote:{flat}:{check_in}:{check_out}:2"
        for payload in (
            "city",
            f"city:{city}",
            "dist:0",
            "cin",
            "gst",
            "gst:2",
            "flt",
            "prl",
            "nodates",
            f"flat:{flat}",
            quote,
        ):
            talk.do(InboundKind.PRESS, payload=payload)
            assert talk.messages
            stage.assert_fits(talk)


def _look(talk: Talk, city: int, now: datetime, *, ahead: int = 5) -> None:
    """Look for two nights for two in the city."""
    check_in, check_out = stage.days(ahead, 2, now=now)
    for payload in (f"city:{city}", "dist:0", f"out:{check_in}:{check_out}:", "gst:2"):
        talk.do(InboundKind.PRESS, payload=payload)
    assert talk.is_at(State.RESULTS)


def _statements(act: Callable[[], object]) -> list[str]:
    """The statements of flows: savepoints and the chat's own row are the engine's."""
    seen: list[str] = []
    stop = count_queries(seen.append)
    try:
        act()
    finally:
        stop()
    engine = ("SAVEPOINT", "RELEASE", "ROLLBACK", "INSERT INTO channel_identities", "UPDATE channel_identities")
    return [each for each in seen if not each.lstrip().startswith(engine) and "FOR UPDATE" not in each]
