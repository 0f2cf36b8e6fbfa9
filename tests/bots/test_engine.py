"""What every conversation does, whatever it is about."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import func, select

from app.bots import table
from app.bots.flows.linking import CODES_WINDOW, MOST_CODES
from app.bots.memory import Memory
from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.domain.accounts import people
from app.domain.chats import identities
from app.jobs.chat_memory import ChatMemory
from app.kit.phone import mask_phone
from app.models import ChannelIdentity, HelpRequest, LoginCode, Messenger, Property, PropertyStatus, User
from app.refusals import chats, texts
from tests import factories
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
    talk = Talk.of(_guest(now), now)
    talk.say(words)
    assert talk.is_at(State.MENU)
    assert talk.memory.misunderstood == 0


@pytest.mark.parametrize("kind", [InboundKind.OTHER, InboundKind.MEDIA])
def test_what_cannot_be_read_is_answered_too(app: Flask, now: datetime, kind: InboundKind) -> None:
    talk = Talk.of(_guest(now), now)
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
    talk = Talk.of(_guest(now), now)
    for before in ("меню", "помощь"):
        talk.say(before)
        talk.say(words)
        assert talk.is_at(State.BOOKINGS)


def test_back_passes_over_what_cannot_be_shown_any_more(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
    talk = Talk.of(_guest(now), now)
    for payload in ("bks", f"flat:{prop.id}", "help"):
        talk.do(InboundKind.PRESS, payload=payload)
    with transaction() as session:
        session.get_one(Property, prop.id).status = PropertyStatus.PAUSED
    talk.say("назад")
    assert talk.is_at(State.BOOKINGS)
    talk.say("назад")
    assert talk.is_at(State.MENU)


def test_an_old_or_invented_button_is_refused_in_words(app: Flask, now: datetime) -> None:
    talk = Talk.of(_guest(now), now)
    for payload in ("nonsense", "menu:1:2:3", "tok", "tok:AAAA", "lang:xx"):
        assert talk.do(InboundKind.PRESS, payload=payload).messages


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
    user_id = _guest(now)
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
    user_id = _guest(now)
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
    victim, stranger = _guest(now), _guest(now)
    with transaction() as session:
        phone = session.get_one(User, stranger).phone
    talk = Talk.of(victim, now)
    talk.do(InboundKind.START, payload=f"t{identities.link_token(stranger, now=now)}")
    assert _owner(talk) == victim
    assert mask_phone(phone) in talk.text
    talk.press("не связывать")
    assert (_owner(talk), talk.memory.state) == (victim, State.MENU)


def test_ones_own_link_followed_again_says_that_it_is_done(app: Flask, now: datetime) -> None:
    user_id = _guest(now)
    talk = Talk.of(user_id, now)
    talk.do(InboundKind.START, payload=f"t{identities.link_token(user_id, now=now)}")
    assert "чат связан" in talk.text


def test_a_link_ties_one_chat_and_may_be_followed_before_that(app: Flask, now: datetime) -> None:
    user_id = _guest(now)
    token = identities.link_token(user_id, now=now)
    first, second = Talk.of(_guest(now), now), Talk.of(_guest(now), now)
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
        chat = identities.lock(session, first.messenger, first.address, now=now)
        identities.unlink(session, chat, now=now)
    first.do(InboundKind.PRESS, payload=f"toky:{token}")
    assert "уже связали другой чат" in first.text
    assert _owner(first) is None
    second.do(InboundKind.START, payload=f"t{identities.link_token(user_id, now=now)}")
    second.press("это мой аккаунт")
    assert _owner(second) == user_id


def test_two_chats_that_confirm_one_link_at_once_are_one_tied_and_one_refused(app: Flask, now: datetime) -> None:
    user_id = _guest(now)
    token, talks = identities.link_token(user_id, now=now), [Talk.of(_guest(now), now) for _ in range(2)]
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
    user_id = _guest(now)
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


def test_a_memory_without_redis_knows_that_it_is_none(app: Flask) -> None:
    away = ChatMemory(Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2))
    found = away.load(uuid4(), by=uuid4())
    assert found.is_forgetful
    assert not Memory.model_validate_json(found.model_dump_json()).is_forgetful


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
    talk = Talk.of(_guest(now), now)
    talk.do(InboundKind.PRESS, payload="human")
    number = f"not-a-phone-{now.timestamp()}"
    talk.do(InboundKind.CONTACT, text=number)
    with transaction() as session:
        assert number not in {row.question for row in session.scalars(select(HelpRequest))}
    assert talk.is_at(State.HUMAN)


def test_of_a_photo_that_nobody_takes_the_words_are_taken_and_it_is_said(app: Flask, now: datetime) -> None:
    talk = Talk.of(_guest(now), now)
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


def test_a_chat_that_was_idle_for_half_a_year_has_to_prove_itself_again(app: Flask, now: datetime) -> None:
    talk = Talk.of(_guest(now), now)
    talk.now = now + timedelta(days=181)
    talk.say("меню")
    assert _owner(talk) is None


@pytest.mark.parametrize("flow", table.FLOWS, ids=lambda flow: flow.name)
def test_codes_and_states_are_declared_once(flow: object) -> None:
    assert len(table.ACTS) == sum(len(each.acts) for each in table.FLOWS)
    assert len(table.HEARINGS) == sum(len(each.hearings) for each in table.FLOWS)


def test_no_refusal_in_a_chat_tells_to_load_a_page_again() -> None:
    said = [*(texts.TEXTS | chats.TEXTS).values(), *(texts.USUAL | chats.USUAL).values()]
    assert [text for text in said if "Обновите страницу" in text] == []


def _guest(_now: datetime) -> UUID:
    with transaction() as session:
        return factories.make_user(session)


def _codes(phone: str) -> int:
    with transaction() as session:
        sent = select(func.count(LoginCode.id)).where(LoginCode.phone_token == people.phone_token(phone))
        return session.scalar(sent) or 0


def _owner(talk: Talk) -> object:
    with transaction() as session:
        token = identities.address_token(Messenger(talk.messenger), talk.address)
        return session.scalars(select(ChannelIdentity.user_id).where(ChannelIdentity.address_token == token)).one()
