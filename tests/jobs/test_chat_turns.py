"""Turns of conversations: in order, once whatever crashes, and what is said to people who cannot be reached any more.

The chats' worker is called as RQ calls it; Telegram and Twilio are the stand-ins.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select, text, update

from app.channels.message import Answer, Message, to_json
from app.db import transaction
from app.domain import dead_letters, inbox, notifications, outbox
from app.domain.chats import identities, replies, telegram_updates
from app.domain.dead_letters import Source
from app.domain.outbox import End
from app.integrations.telegram.pace import CHAT_BURST
from app.jobs import chats
from app.jobs.outbox import attempt
from app.jobs.relay import CHATS_AT_ONCE, drain
from app.kit import clock
from app.models import (
    ChannelIdentity,
    ChatReply,
    HelpRequest,
    InboxItem,
    InboxProvider,
    Messenger,
    Notification,
    NotificationKind,
    NotificationStatus,
    OutboxItem,
    OutboxKind,
    User,
)
from tests import factories
from tests.standins import PATIENCE, StandIns, wait_until
from tests.telegram_phone import TelegramPhone

pytestmark = pytest.mark.usefixtures("alone", "redis")

LONG_ENOUGH = 30.0
"""Seconds of a drain: it ends when nothing is left."""


class Person:
    """Somebody with Telegram, whose updates the test hands over itself, as the webhook would."""

    def __init__(self, standins: StandIns) -> None:
        self.phone = TelegramPhone(standins.base_url, factories.new_phone())
        self.phone.start()  # until then a bot may not write to them
        self._number = 0

    @property
    def address(self) -> str:
        """The chat's."""
        return str(self.phone.id)

    def says(self, words: str) -> None:
        """An update with a text."""
        self._number += 1
        sender = {"id": self.phone.id, "is_bot": False, "first_name": "Алия", "language_code": "ru"}
        message = {"message_id": self._number, "from": sender, "date": 1, "text": words}
        message["chat"] = {"id": self.phone.id, "type": "private"}
        body = json.dumps({"update_id": int(uuid4().int % 10**9), "message": message}).encode()
        with transaction() as session:
            assert telegram_updates.keep(session, body, now=clock.now())

    def has_spoken_russian(self) -> None:
        """They have chosen a language and see the menu."""
        self.says("/start")
        self.says("Русский")
        work()

    def hears(self) -> list[str]:
        """What the bot has written, in order."""
        return [message.text for message in self.phone.from_bot()]

    def is_linked_to(self, user_id: UUID) -> ChannelIdentity:
        """The chat belongs to an account from now on."""
        with transaction() as session:
            chat = identities.lock(session, Messenger.TELEGRAM, self.address, now=clock.now()).chat
            chat.language = "ru"
            identities.link(session, chat, user_id, now=clock.now())
            return chat

    def chat(self) -> ChannelIdentity:
        """The chat's row."""
        token = identities.address_token(Messenger.TELEGRAM, self.address)
        with transaction() as session:
            return session.scalars(select(ChannelIdentity).where(ChannelIdentity.address_token == token)).one()


@pytest.fixture
def person(standins: StandIns) -> Iterator[Person]:
    found = Person(standins)
    yield found
    found.phone.close()


def work() -> None:
    """What is due now."""
    drain("chats", LONG_ENOUGH)


def make_due() -> None:
    """What was put off is due: a pause is over."""
    with transaction() as session:
        session.execute(update(InboxItem).values(available_at=clock.now()))
        session.execute(update(OutboxItem).values(available_at=clock.now()))


def wait_to_hear(person: Person, count: int) -> list[str]:
    """What the bot has written, once there is so much of it: our own pace and an older reply put replies off."""

    def found() -> list[str] | None:
        make_due()
        work()
        heard = person.hears()
        return heard if len(heard) >= count else None

    heard = wait_until(found, PATIENCE, f"{count} messages")
    assert len(heard) == count
    return heard


def left() -> int:
    """Events that have had no effect yet."""
    with transaction() as session:
        return len(inbox.due(session, now=clock.now(), providers=inbox.CHATS))


def say(person: Person, *messages: str) -> outbox.Claimed:
    """An answer that waits to be said in the person's chat, as a worker claims it."""
    now = clock.now()
    with transaction() as session:
        chat = identities.lock(session, Messenger.TELEGRAM, person.address, now=now).chat
        answer = Answer(messages=tuple(Message(text=words) for words in messages))
        return replies.add(session, chat, to_json(answer), now=now, claimed=True)


def reply_of(claimed: outbox.Claimed) -> ChatReply:
    with transaction() as session:
        return session.get_one(ChatReply, int(claimed.subject_id))


def commits_fail(times: int) -> None:
    """The commit of a finished turn fails so many times, when all of it has been done."""
    with transaction() as session:
        session.execute(text("CREATE SEQUENCE crashes"))
        session.execute(
            text(
                "CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF nextval('crashes') <= {times} THEN RAISE 'a disk is full'; END IF; RETURN NULL; END $$"
            )
        )
        session.execute(
            text(
                "CREATE CONSTRAINT TRIGGER crash AFTER UPDATE ON inbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
                " WHEN (OLD.handled_at IS NULL AND NEW.handled_at IS NOT NULL) EXECUTE FUNCTION crash()"
            )
        )


# --- order -------------------------------------------------------------------------------------------


def test_a_chats_messages_have_their_turns_one_by_one_and_those_of_others_beside_them(standins: StandIns) -> None:
    people = [Person(standins) for _ in range(3)]
    for words in ("/start", "Русский", "помощь"):
        for each in people:
            each.says(words)
    first = chats.waiting(limit=10)
    assert len(first) == len(people), "the first message of each chat"
    assert chats.waiting(limit=10) == [], "the second ones wait for the first"
    for item_id in first:
        chats.take_turn(item_id)
    assert len(chats.waiting(limit=10)) == len(people)
    make_due()
    work()
    assert left() == 0
    for each in people:
        heard = each.hears()
        assert len(heard) == 3
        assert "language" in heard[0]
        assert "ЖильеGO" in heard[1]
        assert "Как это работает" in heard[2]


def test_two_workers_answer_everything_once_and_in_order(alone: Flask, standins: StandIns) -> None:
    people = [Person(standins) for _ in range(CHATS_AT_ONCE + 2)]
    for words in ("/start", "Русский", "помощь"):
        for each in people:
            each.says(words)

    def serve() -> None:
        with alone.app_context():
            work()

    threads = [threading.Thread(target=serve) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in people:
        heard = wait_to_hear(each, 3)
        assert ["language" in heard[0], "ЖильеGO" in heard[1], "Как это работает" in heard[2]] == [True] * 3


def test_an_event_that_makes_no_sense_is_a_dead_letter_and_holds_nobody_up(person: Person) -> None:
    person.says("/start")
    stream = identities.address_token(Messenger.TELEGRAM, "nonsense")
    with transaction() as session:
        inbox.store(session, InboxProvider.TELEGRAM, "malformed:1", "{]", now=clock.now(), stream=stream)
    work()
    assert len(person.hears()) == 1
    assert [letter.source for letter in dead()] == [Source.INBOX]


def dead() -> Sequence[dead_letters.DeadLetter]:
    with transaction() as session:
        return dead_letters.listed(session)


# --- crashes -----------------------------------------------------------------------------------------


def test_a_turn_that_crashed_begins_again_where_it_began(person: Person) -> None:
    """The memory was kept already when the commit failed: the second try must not see it, and does nothing twice."""
    person.has_spoken_russian()
    person.says("человек")
    wait_to_hear(person, 3)  # nothing else is left to do: the next commit is the turn's
    commits_fail(1)
    person.says("Не открывается дверь")
    work()
    assert len(person.hears()) == 3, "nothing is said of what did not happen"
    assert "Не понял" not in wait_to_hear(person, 4)[-1]
    with transaction() as session:
        assert [row.question for row in session.scalars(select(HelpRequest))] == ["Не открывается дверь"]


def test_after_four_attempts_the_person_is_told_and_staff_sees_it(person: Person) -> None:
    person.has_spoken_russian()
    said = len(wait_to_hear(person, 2))
    commits_fail(chats.MAX_ATTEMPTS)
    person.says("помощь")
    person.says("меню")
    for _ in range(chats.MAX_ATTEMPTS - 1):
        make_due()
        work()
        assert len(person.hears()) == said, "until then it is tried again"
    heard = wait_to_hear(person, said + 2)[said:]
    assert "У нас ошибка" in heard[0]
    assert "ЖильеGO" in heard[1], "what came after it is answered"
    [letter] = dead()
    assert (letter.source, letter.kind, letter.attempts) == (Source.INBOX, "telegram", chats.MAX_ATTEMPTS)


def test_without_redis_memory_a_conversation_goes_on_from_the_menu(person: Person, redis: Redis) -> None:
    """Promise 34."""
    person.has_spoken_russian()
    person.says("человек")
    work()
    redis.flushdb()
    person.says("Не открывается дверь")
    person.says("меню")
    heard = wait_to_hear(person, 5)[3:]
    assert "Не понял" in heard[0]
    assert "ЖильеGO" in heard[1]


def test_a_memory_that_redis_lost_a_turn_of_is_not_gone_on_with(person: Person, redis: Redis) -> None:
    """Redis comes back with an older copy (or took no write): the next words are not for whoever got the last ones."""
    person.has_spoken_russian()
    person.says("человек")
    work()
    key = f"chat:{person.chat().id}"
    old = redis.get(key)
    person.says("Не открывается дверь")
    work()
    assert isinstance(old, bytes)
    redis.set(key, old)
    person.says("Мой код 4812")
    assert "Не понял" in wait_to_hear(person, 5)[-1]
    with transaction() as session:
        assert [row.question for row in session.scalars(select(HelpRequest))] == ["Не открывается дверь"]


# --- what is said ------------------------------------------------------------------------------------


def test_a_later_reply_waits_for_the_older_one_of_its_chat(person: Person) -> None:
    older, later = say(person, "Раз"), say(person, "Два")
    behind = attempt(later)
    assert (behind.end, behind.is_outage) == (End.UNTOUCHED, False), "it is no failure, and uses up no attempt"
    assert person.hears() == []
    for claimed in (older, later):
        assert attempt(claimed).end is End.DONE
    assert person.hears() == ["Раз", "Два"]
    assert attempt(older).end is End.DONE
    assert len(person.hears()) == 2, "what was said is not said again"


def test_a_partly_sent_reply_goes_on_where_it_stopped(person: Person) -> None:
    """Our own pace lets three messages into a chat at once; the rest comes later, and nothing twice."""
    words = ["Один", "Два", "Три", "Четыре", "Пять"]
    claimed, began = say(person, *words), time.monotonic()
    if attempt(claimed).end is End.POSTPONED:
        stopped = reply_of(claimed)
        assert 1 <= stopped.sent_count < len(words)
        assert stopped.ended_at is None
        assert person.hears() == words[: stopped.sent_count]
    else:
        assert time.monotonic() - began >= CHAT_BURST, "so slow that the pace let all of them in"
    wait_until(lambda: attempt(claimed).end is End.DONE, PATIENCE, "the rest")
    assert person.hears() == words
    assert reply_of(claimed).body is None, "its text is forgotten"


def test_telegrams_429_puts_it_off_for_as_long_as_it_says(person: Person, standins: StandIns) -> None:
    standins.set_telegram_faults(too_many_seconds=7)
    claimed = say(person, "Привет")
    outcome = attempt(claimed)
    assert (outcome.end, outcome.is_outage) == (End.POSTPONED, False)
    assert outcome.again_after is not None
    assert outcome.again_after.total_seconds() >= 7
    standins.set_telegram_faults()
    assert attempt(claimed).end is End.POSTPONED, "nobody calls before it is over"
    assert person.hears() == []


# --- people who cannot be reached ----------------------------------------------------------------------


@pytest.fixture
def guest(person: Person) -> UUID:
    """The account of the person's chat."""
    with transaction() as session:
        user_id = factories.make_user(session)
    person.is_linked_to(user_id)
    return user_id


def sms_of(standins: StandIns, user_id: UUID) -> list[str]:
    with transaction() as session:
        phone = session.get_one(User, user_id).phone
    return standins.sms_to(phone)


def tell(kind: NotificationKind, user_id: UUID, **params: str) -> None:
    with transaction() as session:
        notifications.tell_user(session, kind, user_id, dedup_key=f"{uuid4()}", now=clock.now(), params=params)
    drain("notifications", LONG_ENOUGH)


def sent() -> list[tuple[str, str | None]]:
    with transaction() as session:
        rows = session.execute(select(Notification.status, Notification.channel).order_by(Notification.id))
        return [(row.status, row.channel) for row in rows]


PAYOUT = {"amount": "12000"}


def test_a_blocked_chat_is_noted_by_a_reply_and_notifications_go_by_sms(
    person: Person, guest: UUID, standins: StandIns
) -> None:
    person.phone.block()
    claimed = say(person, "Ключи")
    assert attempt(claimed).end is End.DONE, "there is nothing to try again"
    assert person.chat().unreachable_at is not None
    assert reply_of(claimed).error_code
    tell(NotificationKind.PAYOUT_SENT, guest, **PAYOUT)
    assert len(sms_of(standins, guest)) == 1
    assert sent() == [(NotificationStatus.SENT, "sms")]


def test_a_notification_that_finds_the_chat_closed_goes_by_sms_at_once(
    person: Person, guest: UUID, standins: StandIns
) -> None:
    """Promise 18: 403 → the next channel, in the same attempt."""
    tell(NotificationKind.PAYOUT_SENT, guest, **PAYOUT)
    assert len(person.hears()) == 1
    person.phone.block()
    tell(NotificationKind.PAYOUT_SENT, guest, **PAYOUT)
    assert len(sms_of(standins, guest)) == 1
    assert person.chat().unreachable_at is not None


def test_who_comes_back_is_reached_in_the_chat_again(person: Person, guest: UUID, standins: StandIns) -> None:
    person.phone.block()
    attempt(say(person, "Ключи"))
    person.phone.unblock()
    person.says("меню")
    work()
    tell(NotificationKind.PAYOUT_SENT, guest, **PAYOUT)
    assert sms_of(standins, guest) == []
    assert len(person.hears()) == 2


def test_who_asked_for_silence_gets_only_what_is_vital_in_the_chat(
    person: Person, guest: UUID, standins: StandIns
) -> None:
    with transaction() as session:
        chat = identities.lock(session, Messenger.TELEGRAM, person.address, now=clock.now()).chat
        chat.opted_out_at = clock.now()
    tell(NotificationKind.PAYOUT_SENT, guest, **PAYOUT)
    assert person.hears() == []
    assert len(sms_of(standins, guest)) == 1
    tell(NotificationKind.IBAN_CHANGED, guest)
    assert len(person.hears()) == 1, "it is about money and does not wait"
    by_sms = len(sms_of(standins, guest))
    tell(NotificationKind.REVIEW_REQUEST, guest, title="Студия", review_url="https://zhilego.test/r")
    assert (len(person.hears()), len(sms_of(standins, guest))) == (1, by_sms), "advertising comes by no channel"


def test_a_dead_workers_claim_is_taken_over_after_half_a_minute(person: Person) -> None:
    """Promise 15: whoever claims and dies loses nothing."""
    person.says("/start")
    now = clock.now()
    with transaction() as session:
        [item_id] = inbox.claim_turns(session, now=now, limit=5)
    assert chats.waiting(limit=5) == []
    with transaction() as session:
        assert inbox.claim_turns(session, now=now + inbox.CLAIM, limit=5) == [item_id]
    chats.take_turn(item_id)
    chats.take_turn(item_id)
    assert len(person.hears()) == 1
    with transaction() as session:
        kinds = session.scalars(select(OutboxItem.kind)).all()
    assert kinds == [OutboxKind.SEND_CHAT_REPLY]
