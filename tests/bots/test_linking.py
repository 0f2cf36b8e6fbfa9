"""Tying a chat to an account: what happens between the question and the proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.bots.flows.linking import CODES_WINDOW, MOST_CODES
from app.bots.memory import Memory
from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.domain.accounts import people
from app.domain.chats import identities
from app.kit.phone import mask_phone
from app.models import ChannelIdentity, HelpRequest, LoginCode, Messenger, User
from tests import factories
from tests.bots.stage import new_guest
from tests.bots.talk import Talk
from tests.domain import login_codes


@pytest.mark.parametrize("is_by_code", [False, True])
def test_what_is_told_in_a_tied_chat_is_in_its_language(app: Flask, now: datetime, *, is_by_code: bool) -> None:
    user_id = new_guest()
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Қазақша")
    if is_by_code:
        with transaction() as session:
            phone = session.get_one(User, user_id).phone
        talk.do(InboundKind.CONTACT, phone=phone)
        talk.say(login_codes.code_of(talk.memory.challenge or ""))
    else:
        talk.do(InboundKind.PRESS, payload=f"toky:{identities.link_token(user_id, now=now)}")
    assert _owner(talk) == user_id
    with transaction() as session:
        assert people.profile_of(session, user_id).language == "kk"


@pytest.mark.parametrize("meanwhile", ["menu", "lang:en", "help", "link"])
def test_who_looks_at_other_things_until_the_sms_comes_is_let_in_by_its_code(
    app: Flask, now: datetime, meanwhile: str
) -> None:
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.do(InboundKind.PRESS, payload="link")
    talk.say("Алматы 12–15 марта, двое")
    assert talk.is_at(State.RESULTS), "a search is no wrong number"
    talk.do(InboundKind.PRESS, payload="link")
    talk.say(factories.new_phone())
    for search in ("Алматы 12–15 марта, двое", "Алматы 12-15.03, двое"):  # the second has six digits
        talk.memory.state = State.CODE
        talk.say(search)
        assert talk.is_at(State.RESULTS), "nor a try of the code"
    talk.do(InboundKind.PRESS, payload=meanwhile)
    assert talk.memory.challenge is not None
    talk.say(login_codes.code_of(talk.memory.challenge))
    assert _owner(talk) is not None


def test_a_number_without_an_account_makes_one_by_a_shared_contact(app: Flask, now: datetime) -> None:
    phone = factories.new_phone()
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.do(InboundKind.PRESS, payload="link")
    talk.do(InboundKind.FOREIGN_CONTACT)
    assert talk.is_at(State.PHONE)
    talk.do(InboundKind.CONTACT, phone=phone)
    assert _owner(talk) is not None


def test_a_shared_contact_does_not_open_an_existing_account_without_the_code(app: Flask, now: datetime) -> None:
    user_id = new_guest()
    with transaction() as session:
        phone = session.get_one(User, user_id).phone
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.do(InboundKind.PRESS, payload="link")
    talk.do(InboundKind.CONTACT, phone=phone)
    assert talk.is_at(State.CODE)
    assert _owner(talk) is None
    talk.say("000000")
    assert _owner(talk) is None


def test_a_link_of_the_portal_ties_the_chat_for_ten_minutes(app: Flask, now: datetime) -> None:
    user_id = new_guest()
    token = identities.link_token(user_id, now=now)
    assert len(token) <= 63
    late = Talk(now + timedelta(minutes=11))
    late.do(InboundKind.START)
    late.press("Русский")
    late.do(InboundKind.START, payload=f"t{token}")
    assert _owner(late) is None
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.do(InboundKind.START, payload=f"t{token}")
    talk.press("это мой аккаунт")
    assert _owner(talk) == user_id


def test_following_somebody_elses_link_changes_nothing_by_itself(app: Flask, now: datetime) -> None:
    """Else a stranger's link would make people book and pay on the stranger's account."""
    victim, stranger = new_guest(), new_guest()
    with transaction() as session:
        phone = session.get_one(User, stranger).phone
    talk = Talk.of(victim, now)
    talk.do(InboundKind.START, payload=f"t{identities.link_token(stranger, now=now)}")
    assert _owner(talk) == victim
    assert mask_phone(phone) in talk.text
    talk.press("не связывать")
    assert (_owner(talk), talk.memory.state) == (victim, State.MENU)


def test_ones_own_link_followed_again_says_that_it_is_done(app: Flask, now: datetime) -> None:
    user_id = new_guest()
    talk = Talk.of(user_id, now)
    talk.do(InboundKind.START, payload=f"t{identities.link_token(user_id, now=now)}")
    assert "чат связан" in talk.text


def test_a_link_ties_one_chat_and_may_be_followed_before_that(app: Flask, now: datetime) -> None:
    user_id = new_guest()
    token = identities.link_token(user_id, now=now)
    first, second = Talk.of(new_guest(), now), Talk.of(new_guest(), now)
    for talk in (first, second, first):
        talk.do(InboundKind.START, payload=f"t{token}")
        assert "Связать этот чат" in talk.text
    for _ in range(2):
        first.do(InboundKind.PRESS, payload=f"toky:{token}")
        assert "чат связан" in first.text
    other = _owner(second)
    second.press("это мой аккаунт")
    assert "уже связали другой чат" in second.text
    second.do(InboundKind.START, payload=f"t{token}")
    assert "уже связали другой чат" in second.text
    assert (_owner(first), _owner(second)) == (user_id, other)
    with transaction() as session:
        chat = identities.lock(session, first.messenger, first.address, now=now).chat
        identities.unlink(session, chat, now=now)
    first.do(InboundKind.PRESS, payload=f"toky:{token}")
    assert "уже связали другой чат" in first.text
    assert _owner(first) is None
    second.do(InboundKind.START, payload=f"t{identities.link_token(user_id, now=now)}")
    second.press("это мой аккаунт")
    assert _owner(second) == user_id


def test_two_chats_that_confirm_one_link_at_once_are_one_tied_and_one_refused(app: Flask, now: datetime) -> None:
    user_id = new_guest()
    token, talks = identities.link_token(user_id, now=now), [Talk.of(new_guest(), now) for _ in range(2)]
    begin = Barrier(2)

    def confirm(talk: Talk) -> str:
        with app.app_context():
            begin.wait()
            talk.do(InboundKind.PRESS, payload=f"toky:{token}")
            return talk.text

    with ThreadPoolExecutor(2) as pool:
        texts = list(pool.map(confirm, talks))
    assert sorted("уже связали" in text for text in texts) == [False, True]
    assert [_owner(talk) for talk in talks].count(user_id) == 1


@pytest.mark.parametrize("typed", ["123456", "123 456", "+77015550199", "8 701 555 01 99"])
def test_a_code_or_a_number_typed_while_nothing_is_remembered_is_answered_clearly(
    app: Flask, now: datetime, typed: str
) -> None:
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    sent = _codes("+77015550199")
    talk.memory = Memory(is_forgetful=True)
    talk.say(typed)
    assert "через минуту" in talk.text
    assert any((each.url or "").endswith("/profile#chats") for each in talk.messages[0].buttons)
    assert _codes("+77015550199") == sent
    talk.memory = Memory()  # it came back, and what was before is lost
    talk.say(typed)
    assert "Запросите новый" in talk.text or "нужен ваш номер" in talk.text
    assert talk.is_at(State.PHONE)


def test_no_code_is_sent_that_could_not_be_taken(app: Flask, now: datetime) -> None:
    user_id = new_guest()
    with transaction() as session:
        phone = session.get_one(User, user_id).phone
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    for kind, what in ((InboundKind.CONTACT, {"phone": phone}), (InboundKind.PRESS, {"payload": "again"})):
        talk.memory = Memory(is_forgetful=True)
        talk.do(kind, **what)
        assert "через минуту" in talk.text
    assert (_codes(phone), _owner(talk)) == (0, None)
    talk.memory = Memory(is_forgetful=True)
    talk.do(InboundKind.CONTACT, phone=factories.new_phone())  # vouched for, and nobody's: no code is needed
    assert _owner(talk) is not None


def test_one_chat_does_not_use_up_everybodys_codes(app: Flask, now: datetime) -> None:
    """Each phone has a cap, and the day has one for all: a chat that types phone after phone has its own."""
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    for _ in range(MOST_CODES):
        talk.do(InboundKind.PRESS, payload="link")
        talk.say(factories.new_phone())
        assert talk.is_at(State.CODE)
    talk.do(InboundKind.PRESS, payload="link")
    talk.say(factories.new_phone())
    assert talk.is_at(State.PHONE)
    talk.now = now + CODES_WINDOW + timedelta(seconds=1)
    talk.say(factories.new_phone())
    assert talk.is_at(State.CODE)


def test_a_contact_answers_the_question_for_it_wherever_the_conversation_stands(app: Flask, now: datetime) -> None:
    """The button for it stays below Telegram's chat."""
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.do(InboundKind.PRESS, payload="help")
    talk.do(InboundKind.CONTACT, phone=factories.new_phone())
    assert _owner(talk) is not None


def test_who_asks_to_sign_in_is_asked_for_the_number(app: Flask, now: datetime) -> None:
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.say("Войти")
    assert talk.is_at(State.PHONE)


def test_a_landlord_who_has_just_linked_the_chat_finds_their_flats_in_the_menu(app: Flask, now: datetime) -> None:
    with transaction() as session:
        landlord_id = factories.make_property(session).landlord_id
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.do(InboundKind.PRESS, payload=f"toky:{identities.link_token(landlord_id, now=now)}")
    assert any("Мои квартиры" in label for label, _ in talk.buttons)


def test_a_contact_is_no_words_to_our_staff(app: Flask, now: datetime) -> None:
    """A number that is none of a phone's comes as text: it must not be sent on as what somebody wrote."""
    talk = Talk.of(new_guest(), now)
    talk.do(InboundKind.PRESS, payload="human")
    number = f"not-a-phone-{now.timestamp()}"
    talk.do(InboundKind.CONTACT, text=number)
    with transaction() as session:
        assert number not in {row.question for row in session.scalars(select(HelpRequest))}
    assert talk.is_at(State.HUMAN)


def test_a_chat_that_was_idle_for_half_a_year_has_to_prove_itself_again(app: Flask, now: datetime) -> None:
    talk = Talk.of(new_guest(), now)
    talk.now = now + timedelta(days=181)
    talk.say("меню")
    assert _owner(talk) is None


def _codes(phone: str) -> int:
    with transaction() as session:
        sent = select(func.count(LoginCode.id)).where(LoginCode.phone_token == people.phone_token(phone))
        return session.scalar(sent) or 0


def _owner(talk: Talk) -> object:
    with transaction() as session:
        token = identities.address_token(Messenger(talk.messenger), talk.address)
        return session.scalars(select(ChannelIdentity.user_id).where(ChannelIdentity.address_token == token)).one()
