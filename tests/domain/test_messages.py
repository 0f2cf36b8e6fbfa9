"""Guest and landlord write to each other: who may, once, in order, masked before payment, told without a flood."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.db import reading, transaction
from app.domain.accounts import people
from app.domain.actor import Actor
from app.domain.checkout.cancel import cancel
from app.domain.messages import writing
from app.domain.messages.reading import PAGE_SIZE, conversation, conversation_about, messages_of, news_of, threads_of
from app.domain.messages.writing import Sent, Words, answer, mark_read, write_to_guest, write_to_landlord
from app.domain.retention import CONVERSATIONS
from app.kit.errors import DomainError, ErrorKind
from app.models import (
    Channel,
    Message,
    MessageThread,
    Notification,
    NotificationKind,
    OutboxItem,
    Property,
    PropertyStatus,
    Role,
    Side,
)
from tests import factories
from tests.forgetting import purge

PHONE = "Мой номер 8 701 123 45 67, звоните"


@dataclass(frozen=True)
class Two:
    """A guest, and the landlord of a flat."""

    guest: UUID
    landlord: UUID
    flat: int


@pytest.fixture
def two(app: Flask) -> Two:
    with transaction() as session:
        prop = factories.make_property(session)
        return Two(factories.make_user(session), prop.landlord_id, prop.id)


def words(text: str, *, key: str | None = None, channel: Channel = Channel.WEB) -> Words:
    return Words(text, channel, key or f"test-{uuid4()}")


def ask(two: Two, text: str = "Добрый день!", *, now: datetime, key: str | None = None) -> Sent:
    with transaction() as session:
        return write_to_landlord(session, two.flat, guest_id=two.guest, words=words(text, key=key), now=now)


def say(sent: Sent, author: UUID, text: str = "Здравствуйте", *, now: datetime, key: str | None = None) -> Sent:
    with transaction() as session:
        return answer(session, sent.thread_id, author_id=author, words=words(text, key=key), now=now)


def texts(thread_id: UUID) -> list[tuple[Side, str | None]]:
    with reading() as connection:
        return [(each.author, each.text) for each in messages_of(connection, thread_id).messages]


def told(two: Two, person: UUID) -> list[UUID]:
    with transaction() as session:
        statement = select(Notification.id).where(Notification.kind == NotificationKind.MESSAGE_RECEIVED)
        found = session.scalars(statement.where(Notification.user_id == person).order_by(Notification.created_at))
        return list(found)


def refusal(caught: pytest.ExceptionInfo[DomainError]) -> tuple[str, ErrorKind]:
    return caught.value.code, caught.value.kind


# --- writing ---------------------------------------------------------------------------------------


def test_a_guest_asks_and_the_landlord_answers(two: Two, now: datetime) -> None:
    first = ask(two, "Добрый день!\r\nМожно с собакой?  ", now=now)
    second = say(first, two.landlord, "Можно", now=now)
    assert (first.number, second.number, second.thread_id) == (1, 2, first.thread_id)
    assert texts(first.thread_id) == [(Side.GUEST, "Добрый день!\nМожно с собакой?"), (Side.LANDLORD, "Можно")]
    with reading() as connection:
        [asked] = threads_of(connection, two.guest, Side.GUEST, language="ru")
        [hosted] = threads_of(connection, two.landlord, Side.LANDLORD, language="kk")
        assert threads_of(connection, two.guest, Side.LANDLORD, language="ru") == []
    assert (asked.other_name, asked.card.id, asked.last_text, asked.unread) == ("Ерлан", two.flat, "Можно", 1)
    assert (asked.last_is_mine, hosted.last_is_mine) == (False, True)
    assert (hosted.other_name, hosted.card.title, hosted.unread) == ("Айгерим", "Саябақ жанындағы пәтер", 1)


def test_there_is_one_conversation_about_a_flat(two: Two, now: datetime) -> None:
    first, again = ask(two, now=now), ask(two, now=now + timedelta(days=40))
    assert (again.thread_id, again.number) == (first.thread_id, 2)


def test_words_are_sealed_in_the_database(two: Two, now: datetime) -> None:
    sent = ask(two, "Тайна", now=now)
    with transaction() as session:
        sealed = session.scalars(select(Message.body_sealed).where(Message.thread_id == sent.thread_id)).one()
    assert sealed is not None
    assert "Тайна".encode() not in sealed


def test_a_landlord_writes_to_the_guest_of_a_booking(two: Two, now: datetime) -> None:
    with transaction() as session:
        prop = session.get_one(Property, two.flat)
        reference = factories.make_hold(session, prop, two.guest, factories.stay_in(9), now=now).reference
    with transaction() as session:
        sent = write_to_guest(session, reference, landlord_id=two.landlord, words=words("Ждём вас"), now=now)
        stranger = factories.make_user(session, roles=(Role.LANDLORD,))
    assert texts(sent.thread_id) == [(Side.LANDLORD, "Ждём вас")]
    assert ask(two, now=now).thread_id == sent.thread_id
    with pytest.raises(DomainError) as caught, transaction() as session:
        write_to_guest(session, reference, landlord_id=stranger, words=words("Ждём вас"), now=now)
    assert refusal(caught) == ("booking_unknown", ErrorKind.NOT_FOUND)


def test_nobody_else_writes_or_reads(two: Two, now: datetime) -> None:
    sent = ask(two, now=now)
    with transaction() as session:
        stranger = factories.make_user(session)
    with pytest.raises(DomainError) as caught:
        say(sent, stranger, now=now)
    assert refusal(caught) == ("thread_unknown", ErrorKind.NOT_FOUND)
    with transaction() as session:
        assert mark_read(session, sent.thread_id, reader_id=stranger, up_to=9, now=now) == 0
        assert mark_read(session, sent.thread_id, reader_id=two.guest, up_to=9, now=now) == 0
    with reading() as connection:
        assert conversation(connection, sent.thread_id, stranger, language="ru") is None


@pytest.mark.parametrize(
    ("text", "code"), [(" \n\t", "message_empty"), ("\x00\x07", "message_empty"), ("я" * 2001, "text_too_long")]
)
def test_empty_and_endless_messages_are_refused(two: Two, now: datetime, text: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        ask(two, text, now=now)
    assert refusal(caught) == (code, ErrorKind.INVALID)


def test_the_longest_message_is_kept_whole(two: Two, now: datetime) -> None:
    """Four bytes a sign is the most that UTF-8 takes."""
    sent = ask(two, "🏔" * writing.LONGEST, now=now)
    assert texts(sent.thread_id) == [(Side.GUEST, "🏔" * writing.LONGEST)]


def test_nobody_writes_to_themselves(two: Two, now: datetime) -> None:
    with pytest.raises(DomainError) as caught:
        ask(Two(two.landlord, two.landlord, two.flat), now=now)
    assert refusal(caught) == ("own_flat_message", ErrorKind.INVALID)


def test_a_flat_that_is_not_shown_is_unknown_but_for_those_who_know_it(two: Two, now: datetime) -> None:
    sent = ask(two, now=now)
    with transaction() as session:
        session.get_one(Property, two.flat).status = PropertyStatus.PAUSED
        newcomer = factories.make_user(session)
    assert ask(two, now=now).thread_id == sent.thread_id
    for flat in (two.flat, 10**12):
        with pytest.raises(DomainError) as caught:
            ask(Two(newcomer, two.landlord, flat), now=now)
        assert refusal(caught) == ("property_unknown", ErrorKind.NOT_FOUND)


def test_blocked_people_neither_write_nor_are_written_to(two: Two, now: datetime) -> None:
    sent = ask(two, now=now)
    with transaction() as session:
        people.block(session, two.guest, staff_id=factories.make_user(session, roles=(Role.SUPPORT,)), now=now)
    with pytest.raises(DomainError) as caught:
        ask(two, now=now)
    assert refusal(caught) == ("account_blocked", ErrorKind.FORBIDDEN)
    with pytest.raises(DomainError) as caught:
        say(sent, two.landlord, now=now)
    assert refusal(caught) == ("recipient_blocked", ErrorKind.CONFLICT)


# --- once ------------------------------------------------------------------------------------------


def test_a_message_that_is_sent_again_is_one(two: Two, now: datetime) -> None:
    first = ask(two, PHONE, now=now, key="telegram:123")
    again = ask(two, PHONE, now=now + timedelta(seconds=5), key="telegram:123")
    assert again == Sent(first.thread_id, 1, is_masked=True, is_replay=True)
    assert len(texts(first.thread_id)) == 1
    assert len(told(two, two.landlord)) == 1


def test_another_message_under_the_same_key_is_refused(two: Two, now: datetime) -> None:
    sent = ask(two, now=now, key="telegram:123")
    with pytest.raises(DomainError) as caught:
        ask(two, "Другое", now=now, key="telegram:123")
    assert refusal(caught) == ("key_reused", ErrorKind.INVALID)
    assert say(sent, two.landlord, now=now, key="telegram:123").number == 2  # keys are the author's own


def test_parallel_messages_are_numbered_without_gaps_and_one_conversation_is_begun(
    waiting_app: Flask, now: datetime
) -> None:
    with transaction() as session:
        prop = factories.make_property(session)
        both = Two(factories.make_user(session), prop.landlord_id, prop.id)
    keys = [f"parallel-{number // 2}" for number in range(8)]  # each one twice
    sent: list[Sent] = []

    def write(key: str) -> None:
        with waiting_app.app_context():
            sent.append(ask(both, key, now=now, key=key))

    workers = [threading.Thread(target=write, args=(key,)) for key in keys]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert len(sent) == 8
    assert len({each.thread_id for each in sent}) == 1
    assert sorted(each.number for each in sent) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert sum(each.is_replay for each in sent) == 4
    assert len(told(both, both.landlord)) == 1


# --- masking ---------------------------------------------------------------------------------------


def test_contacts_are_hidden_until_a_stay_is_paid_and_again_when_it_is_called_off(two: Two, now: datetime) -> None:
    sent = ask(two, PHONE, now=now)
    assert sent.is_masked
    with transaction() as session:
        prop = session.get_one(Property, two.flat)
        factories.make_hold(session, prop, two.guest, factories.stay_in(9), now=now)
    assert say(sent, two.landlord, "пишите на a@b.kz", now=now).is_masked, "a hold is not paid"
    with transaction() as session:
        booking = factories.make_paid_booking(session, prop, two.guest, factories.stay_in(30), now=now)
    assert not say(sent, two.landlord, "пишите на a@b.kz", now=now).is_masked
    assert not ask(two, PHONE, now=now).is_masked
    with transaction() as session:
        cancel(session, booking.reference, actor=Actor.guest(two.guest), now=now)
    assert ask(two, PHONE, now=now).is_masked
    said = [text for _, text in texts(sent.thread_id)]
    assert said[:2] == ["Мой номер •••, звоните", "пишите на •••"]
    assert said[2:4] == ["пишите на a@b.kz", PHONE]
    assert said[4] == "Мой номер •••, звоните"


def test_a_paid_stay_in_another_flat_of_the_landlord_counts_and_one_elsewhere_does_not(two: Two, now: datetime) -> None:
    with transaction() as session:
        elsewhere = factories.make_property(session)
        factories.make_paid_booking(session, elsewhere, two.guest, factories.stay_in(9), now=now)
    assert ask(two, PHONE, now=now).is_masked
    with transaction() as session:
        another = factories.make_property(session, landlord_id=two.landlord)
        factories.make_paid_booking(session, another, two.guest, factories.stay_in(9), now=now)
    assert not ask(two, PHONE, now=now).is_masked
    with reading() as connection:
        found = conversation_about(connection, two.flat, two.guest, Side.GUEST, language="ru")
    assert found is not None
    assert found.has_paid
    assert found.booking_reference is None


# --- limits ----------------------------------------------------------------------------------------


def test_ten_messages_a_minute_and_the_next_one_a_minute_later(two: Two, now: datetime) -> None:
    for number in range(writing.MOST_A_MINUTE):
        ask(two, f"Вопрос {number}", now=now)
    with pytest.raises(DomainError) as caught:
        ask(two, "Ещё", now=now + timedelta(seconds=59))
    assert refusal(caught) == ("too_many_messages", ErrorKind.LIMIT)
    assert ask(two, "Ещё", now=now + timedelta(seconds=60)).number == writing.MOST_A_MINUTE + 1


def test_a_guest_begins_at_most_twenty_conversations_a_day(two: Two, now: datetime) -> None:
    with transaction() as session:
        flats = [
            factories.make_property(session, landlord_id=two.landlord).id for _ in range(writing.MOST_NEW_A_DAY + 1)
        ]
    for number, flat in enumerate(flats[:-1]):
        ask(Two(two.guest, two.landlord, flat), now=now + timedelta(minutes=number))
    later = now + timedelta(hours=1)
    with pytest.raises(DomainError) as caught:
        ask(Two(two.guest, two.landlord, flats[-1]), now=later)
    assert refusal(caught) == ("too_many_messages", ErrorKind.LIMIT)
    ask(Two(two.guest, two.landlord, flats[0]), now=later)  # on in one that was begun
    ask(Two(two.guest, two.landlord, flats[-1]), now=now + timedelta(days=1, minutes=1))


# --- telling ---------------------------------------------------------------------------------------


def test_the_other_side_is_told_once_while_they_have_not_read(two: Two, now: datetime) -> None:
    sent = ask(two, now=now)
    for minutes in (1, 5, 14):
        ask(two, "Ещё", now=now + timedelta(minutes=minutes))
    assert len(told(two, two.landlord)) == 1
    ask(two, "И ещё", now=now + timedelta(minutes=15))
    assert len(told(two, two.landlord)) == 2
    assert told(two, two.guest) == []
    with transaction() as session:
        assert mark_read(session, sent.thread_id, reader_id=two.landlord, up_to=5, now=now) == 5
        assert mark_read(session, sent.thread_id, reader_id=two.landlord, up_to=5, now=now) == 0
    ask(two, "Снова", now=now + timedelta(minutes=16))
    assert len(told(two, two.landlord)) == 3


def test_what_is_told_is_the_newest_message_and_nothing_once_it_was_read(two: Two, now: datetime) -> None:
    sent = ask(two, "Первое", now=now)
    ask(two, "Второе", now=now + timedelta(minutes=20))
    with reading() as connection:
        assert news_of(connection, sent.thread_id, 1) is None, "the second notification speaks for it"
        news = news_of(connection, sent.thread_id, 2)
    assert news is not None
    assert (news.reader, news.writer_name, news.text) == (Side.LANDLORD, "Айгерим", "Второе")
    with transaction() as session:
        mark_read(session, sent.thread_id, reader_id=two.landlord, up_to=2, now=now)
    with reading() as connection:
        assert news_of(connection, sent.thread_id, 2) is None


def test_nothing_is_left_of_a_message_that_is_rolled_back(two: Two, now: datetime) -> None:
    def counts() -> tuple[int, ...]:
        tables = (MessageThread, Message, Notification, OutboxItem)
        with transaction() as session:
            return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)

    def write_and_fail() -> None:
        with transaction() as session:
            write_to_landlord(session, two.flat, guest_id=two.guest, words=words("Привет"), now=now)
            raise RuntimeError

    before = counts()
    with pytest.raises(RuntimeError):
        write_and_fail()
    assert counts() == before


# --- reading ---------------------------------------------------------------------------------------


def test_a_long_conversation_is_read_page_by_page(two: Two, now: datetime) -> None:
    for number in range(PAGE_SIZE + 2):
        sent = ask(two, f"№ {number + 1}", now=now + timedelta(minutes=number))
    with reading() as connection:
        last = messages_of(connection, sent.thread_id)
        assert [each.number for each in last.messages] == list(range(3, PAGE_SIZE + 3))
        assert last.older == 3
        first = messages_of(connection, sent.thread_id, before=last.older)
    assert [each.text for each in first.messages] == ["№ 1", "№ 2"]
    assert first.older is None


def test_words_are_forgotten_after_a_year_and_the_conversation_stays(two: Two, now: datetime) -> None:
    sent = ask(two, "Личное", now=now)
    with transaction() as session:
        purge(session, now=now + CONVERSATIONS - timedelta(seconds=1))
    assert texts(sent.thread_id) == [(Side.GUEST, "Личное")]
    with transaction() as session:
        purge(session, now=now + CONVERSATIONS + timedelta(seconds=1))
    assert texts(sent.thread_id) == [(Side.GUEST, None)]
    with reading() as connection:
        [listed] = threads_of(connection, two.guest, Side.GUEST, language="ru")
        assert listed.last_text is None
        assert news_of(connection, sent.thread_id, 1) is None
