"""What every conversation does, whatever it is about."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from app.bots import table
from app.bots.memory import Memory
from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.jobs.chat_memory import ChatMemory
from app.models import HelpRequest, Messenger, Property, PropertyStatus
from app.refusals import chats, texts
from tests import factories
from tests.bots.stage import new_guest
from tests.bots.talk import Talk


def test_a_new_person_chooses_a_language_and_gets_the_menu_in_it(app: Flask, now: datetime) -> None:
    talk = Talk(now)
    talk.do(InboundKind.START)
    assert talk.is_at(State.LANGUAGE)
    talk.press("English")
    assert talk.is_at(State.MENU)
    assert any("Find" in label for label, _ in talk.buttons) or any("Найти" in label for label, _ in talk.buttons)


@pytest.mark.parametrize(("words", "state"), [("Алматы 12–15 марта, двое", State.RESULTS), ("ыыыыы", State.MENU)])
def test_what_somebody_new_writes_first_is_answered_once_the_language_is_known(
    app: Flask, now: datetime, words: str, state: State
) -> None:
    """In WhatsApp nobody presses START: people begin with what they want."""
    talk = Talk(now, Messenger.WHATSAPP, factories.new_phone())
    talk.say(words)
    assert talk.is_at(State.LANGUAGE)
    talk.press("Русский")
    assert talk.is_at(state)


def test_first_words_that_are_refused_keep_nobody_from_choosing_a_language(app: Flask, now: datetime) -> None:
    """The refusal would come at each press otherwise."""
    talk = Talk(now, Messenger.WHATSAPP, factories.new_phone())
    talk.say("Алматы 12 марта 2099, двое")
    talk.press("Русский")
    assert talk.is_at(State.MENU)
    assert "дней" in talk.messages[0].text
    talk.say("меню")
    assert talk.is_at(State.MENU)


def test_unknown_text_gets_help_and_the_fifth_time_a_human_is_offered(app: Flask, now: datetime) -> None:
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    for _ in range(4):
        talk.say("ыыыыы")
        assert not any("человека" in label for label, _ in talk.buttons)
    talk.say("ыыыыы")
    talk.press("человека")
    assert talk.is_at(State.HUMAN)
    talk.say("Не открывается дверь")
    assert talk.text
    with transaction() as session:
        questions = [row.question for row in session.scalars(select(HelpRequest))]
    assert "Не открывается дверь" in questions


@pytest.mark.parametrize("words", ["Привет!", "Добрый день, нужна квартира", "Сәлеметсіз бе", "hello"])
def test_whoever_says_hello_sees_what_there_is_to_do(app: Flask, now: datetime, words: str) -> None:
    talk = Talk.of(new_guest(), now)
    talk.say(words)
    assert talk.is_at(State.MENU)
    assert talk.memory.misunderstood == 0


@pytest.mark.parametrize("kind", [InboundKind.OTHER, InboundKind.MEDIA])
def test_what_cannot_be_read_is_answered_too(app: Flask, now: datetime, kind: InboundKind) -> None:
    talk = Talk.of(new_guest(), now)
    talk.do(kind)
    assert "слова и кнопки" in talk.text


def test_a_typed_number_or_label_is_the_button(app: Flask, now: datetime) -> None:
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.say("2")
    assert talk.is_at(State.MENU)
    talk.say("помощь")
    assert talk.is_at(State.HELP)
    talk.say("Назад")
    assert talk.is_at(State.MENU)


@pytest.mark.parametrize("words", ["мои брони", "Мои брони!", "🧳 мои\u00a0БРОНИ", "my bookings", "/bookings"])
def test_a_label_is_typed_without_its_picture_at_any_time(app: Flask, now: datetime, words: str) -> None:
    talk = Talk.of(new_guest(), now)
    for before in ("меню", "помощь"):
        talk.say(before)
        talk.say(words)
        assert talk.is_at(State.BOOKINGS)


def test_back_passes_over_what_cannot_be_shown_any_more(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
    talk = Talk.of(new_guest(), now)
    for payload in ("bks", f"flat:{prop.id}", "help"):
        talk.do(InboundKind.PRESS, payload=payload)
    with transaction() as session:
        session.get_one(Property, prop.id).status = PropertyStatus.PAUSED
    talk.say("назад")
    assert talk.is_at(State.BOOKINGS)
    talk.say("назад")
    assert talk.is_at(State.MENU)


def test_an_old_or_invented_button_is_refused_in_words(app: Flask, now: datetime) -> None:
    talk = Talk.of(new_guest(), now)
    for payload in ("nonsense", "menu:1:2:3", "tok", "tok:AAAA", "lang:xx"):
        assert talk.do(InboundKind.PRESS, payload=payload).messages


def test_a_memory_without_redis_knows_that_it_is_none(app: Flask) -> None:
    away = ChatMemory(Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2))
    found = away.load(uuid4(), by=uuid4())
    assert found.is_forgetful
    assert not Memory.model_validate_json(found.model_dump_json()).is_forgetful


def test_of_a_photo_that_nobody_takes_the_words_are_taken_and_it_is_said(app: Flask, now: datetime) -> None:
    talk = Talk.of(new_guest(), now)
    talk.do(InboundKind.PRESS, payload="human")
    question = f"Вот что протекает {now.timestamp()}"
    talk.do(InboundKind.MEDIA, text=question)
    assert "только слова" in talk.text
    with transaction() as session:
        assert question in {row.question for row in session.scalars(select(HelpRequest))}


@pytest.mark.parametrize("letter", sorted(table.LINKS))
def test_a_link_longer_than_any_button_does_not_keep_anyone_out(app: Flask, now: datetime, letter: str) -> None:
    """What was meant is offered again by a button: what no button can carry is forgotten."""
    talk = Talk(now)
    talk.do(InboundKind.START, payload=letter + "A" * 63)
    talk.press("Русский")
    assert talk.is_at(State.MENU)
    talk.do(InboundKind.START, payload=letter + "A" * 63)
    assert talk.messages


@pytest.mark.parametrize("flow", table.FLOWS, ids=lambda flow: flow.name)
def test_codes_and_states_are_declared_once(flow: object) -> None:
    assert len(table.ACTS) == sum(len(each.acts) for each in table.FLOWS)
    assert len(table.HEARINGS) == sum(len(each.hearings) for each in table.FLOWS)


def test_no_refusal_in_a_chat_tells_to_load_a_page_again() -> None:
    said = [*(texts.TEXTS | chats.TEXTS).values(), *(texts.USUAL | chats.USUAL).values()]
    assert [text for text in said if "Обновите страницу" in text] == []
