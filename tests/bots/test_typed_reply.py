"""Words that are typed while a conversation is open: asked about, sent by the press alone, once, or searched for."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.i18n import gettext
from app.kit.pictures import Sized
from app.models import Message, Messenger, Role
from tests import factories
from tests.bots.talk import Talk

SEND, DROP, SEARCH = "thrg", "thrn", "thrk"


@pytest.fixture(params=[("ru", Messenger.TELEGRAM), ("kk", Messenger.WHATSAPP), ("en", Messenger.TELEGRAM)])
def talk(request: pytest.FixtureRequest, app: Flask, now: datetime) -> Talk:
    """The chat of a guest who has just written to a landlord, as «Отправлено» leaves it."""
    language, messenger = request.param
    return conversation(now, language, messenger)


def conversation(now: datetime, language: str = "ru", messenger: Messenger = Messenger.TELEGRAM) -> Talk:
    with transaction() as session:
        guest, property_id = factories.make_user(session), factories.make_property(session).id
    talk = Talk.of(guest, now, messenger=messenger, language=language)
    talk.do(InboundKind.PRESS, payload=f"wrtp:{property_id}")
    talk.say("Первое")
    assert talk.is_at(State.THREAD)
    return talk


def asked(talk: Talk) -> dict[str, str]:
    """What the question's buttons carry, by their acts."""
    return {payload.split(":")[0]: payload for _, payload in talk.buttons}


def press(talk: Talk, payload: str) -> None:
    talk.do(InboundKind.PRESS, payload=payload)


def sent(talk: Talk) -> list[str | None]:
    """What came to the other side after the first message."""
    thread = UUID(hex=talk.memory.notes["thread"])
    with transaction() as session:
        found = session.scalars(select(Message).where(Message.thread_id == thread).order_by(Message.number))
        return [message.body for message in found][1:]


def test_words_are_quoted_and_sent_by_the_press_once(talk: Talk) -> None:
    talk.say("Есть ли у вас **фен**? Мой номер +7 701 123 45 67")
    assert talk.is_at(State.REPLY)
    assert "∗∗фен∗∗" in talk.text
    question, remembered = asked(talk), talk.memory
    assert SEARCH not in question, "this is no search"
    assert sent(talk) == []
    press(talk, question[SEND])
    done = gettext("Отправлено. Ответ придёт сюда.")
    assert done in talk.text
    assert gettext("Телефоны и ссылки мы скрыли: до оплаты они не передаются.") in talk.text
    assert talk.messages[0].in_place, "the question is no more"
    assert talk.is_at(State.THREAD)
    (body,) = sent(talk)
    assert "фен" in str(body)
    assert "701" not in str(body)
    press(talk, question[SEND])
    assert gettext("Этот текст уже отправлен или заменён другим. Если он ещё нужен, напишите его снова.") == talk.text
    talk.memory = remembered  # Redis did not keep the turn that sent it
    press(talk, question[SEND])
    assert done in talk.text
    assert len(sent(talk)) == 1


def test_a_search_that_is_typed_there_may_be_searched_for(talk: Talk) -> None:
    talk.say("Алматы 12–15 декабря")
    question = asked(talk)
    assert {SEND, DROP, SEARCH} <= set(question)
    press(talk, question[SEARCH])
    assert talk.is_at(State.GUESTS)
    assert talk.memory.wish.check_in is not None
    press(talk, question[SEND])
    assert sent(talk) == [], "it was a search"


def test_the_newest_words_are_the_ones_that_wait_and_no_drops_them(app: Flask, now: datetime) -> None:
    talk = conversation(now)
    talk.say("А")
    first = asked(talk)
    talk.say("1")
    second = asked(talk)
    assert talk.is_at(State.REPLY), "a number is words here, and presses nothing"
    press(talk, first[SEND])
    press(talk, first[DROP])
    assert talk.is_at(State.THREAD)
    assert "Первое" in talk.text
    assert sent(talk) == []
    press(talk, second[SEND])
    assert sent(talk) == ["1"], "the answers to the first question did nothing to the second"
    talk.say("Б")
    third = asked(talk)
    press(talk, third[DROP])
    press(talk, third[SEND])
    assert sent(talk) == ["1"]


def test_a_refusal_keeps_the_words_for_another_press(app: Flask, now: datetime) -> None:
    talk = conversation(now)
    for number in range(9):
        talk.say(f"Ещё {number}")
        press(talk, asked(talk)[SEND])
    talk.say("ы" * 2001)
    assert "2000" in talk.text
    talk.say("Одиннадцатое за минуту")
    question = asked(talk)
    press(talk, question[SEND])
    assert "Слишком много" in talk.text
    talk.now = now + timedelta(minutes=2)
    press(talk, question[SEND])
    assert len(sent(talk)) == 10


def test_commands_win_and_a_photo_is_not_asked_about(app: Flask, now: datetime) -> None:
    for words, state in (("Помощь", State.HELP), ("/bookings", State.BOOKINGS), ("написать ещё", State.WRITE)):
        talk = conversation(now)
        talk.say(words)
        assert talk.is_at(state)
    talk = conversation(now)
    talk.show(Sized(b"a picture", 4, 3))
    assert talk.fetched is None
    assert talk.is_at(State.THREAD)
    assert SEND not in asked(talk)


def test_whose_conversation_it_is_no_more_writes_nothing_there(app: Flask, now: datetime) -> None:
    """The chat was tied to another account meanwhile; what it remembers is of the one before."""
    talk = conversation(now)
    talk.say("Вопрос")
    question, remembered = asked(talk), talk.memory
    with transaction() as session:
        stranger = factories.make_user(session, roles=(Role.GUEST, Role.LANDLORD))
    other = Talk.of(stranger, now)
    other.memory = remembered
    press(other, question[SEND])
    assert "Такой переписки у вас нет" in other.text
    other.say("Ещё вопрос")
    assert SEND not in asked(other)
    assert sent(talk) == []
