"""Turns of chats when something goes wrong: nobody is silenced, nothing is done twice, no turn waits forever."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.bots.memory import Memory
from app.bots.states import State
from app.channels.message import Answer, Message, Notice, to_json
from app.db import transaction
from app.domain import inbox, notifications
from app.domain.chats import identities, replies
from app.domain.outbox import Claimed, End
from app.integrations.errors import ProviderProtocolError, ProviderRefused, ProviderUnavailable
from app.jobs import chats, providers
from app.jobs.chat_notices import LinkedChat
from app.jobs.outbox import attempt
from app.kit import clock
from app.models import (
    ChannelIdentity,
    ChatReply,
    InboxItem,
    Messenger,
    Notification,
    NotificationKind,
    OutboxItem,
    OutboxKind,
)
from app.notify.channels import Person
from tests import factories
from tests.jobs.wire import Wire, due_again, event, new_chat, reply


def test_a_reply_waits_for_an_older_one_and_uses_up_no_attempts(wire: Wire) -> None:
    chat_id, _ = new_chat()
    first, second = reply(chat_id, "first"), reply(chat_id, "second")
    outcome = attempt(second)
    assert (outcome.end, wire.said) == (End.UNTOUCHED, [])
    assert timedelta(seconds=1) <= outcome.again_after <= timedelta(minutes=1)
    assert attempt(first).end is End.DONE
    assert attempt(second).end is End.DONE
    assert wire.said == ["first", "second"]


def test_a_reply_that_was_given_up_silences_nobody(wire: Wire) -> None:
    chat_id, _ = new_chat()
    first, second = reply(chat_id, "first"), reply(chat_id, "second")
    with transaction() as session:
        session.execute(update(OutboxItem).where(OutboxItem.id == first.id).values(dead_at=clock.now()))
    assert attempt(second).end is End.DONE
    assert wire.said == ["second"]


def test_what_the_messenger_answers_against_its_protocol_ends_the_reply_alone(wire: Wire) -> None:
    chat_id, _ = new_chat()
    first, second = reply(chat_id, "first"), reply(chat_id, "second")
    wire.trouble = ProviderProtocolError("what?")
    assert attempt(first).end is End.DEAD
    wire.trouble = None
    assert attempt(second).end is End.DONE
    with transaction() as session:
        ended = session.get_one(ChatReply, int(first.subject_id))
        assert (ended.error_code, ended.body_sealed) == ("protocol", None)


def test_a_press_that_cannot_be_acknowledged_costs_no_answer(wire: Wire) -> None:
    def nonsense(press_id: str, toast: str) -> None:
        raise ProviderProtocolError("telegram: a page of a proxy")

    wire.acknowledge = nonsense  # type: ignore[method-assign]
    chat_id, _ = new_chat()
    answer = Answer(messages=(Message(text="first"),), press_id="9")
    with transaction() as session:
        chat = session.get_one(ChannelIdentity, chat_id)
        item = replies.add(session, chat, to_json(answer), now=clock.now(), claimed=True)
    assert attempt(item).end is End.DONE
    assert wire.said == ["first"]


def test_of_an_answer_only_what_is_refused_is_left_out(wire: Wire) -> None:
    """And staff gets to know, also when the messenger was in trouble in between."""
    chat_id, _ = new_chat()
    item = reply(chat_id, "first", "bad", "third")
    wire.refuses, send = "bad", wire.send

    def fail_once(address: str, message: Message, **_how: object) -> str:
        if message.text == "third":
            wire.send = send  # type: ignore[method-assign]
            raise ProviderUnavailable("telegram: HTTP 500")
        return send(address, message)

    wire.send = fail_once  # type: ignore[method-assign]
    assert attempt(item).end is End.POSTPONED
    assert attempt(item).end is End.DEAD
    assert wire.said == ["first", "third"]
    with transaction() as session:
        ended = session.get_one(ChatReply, int(item.subject_id))
        assert (ended.error_code, ended.body_sealed, ended.sent_count) == ("bad_request", None, 3)
    assert attempt(item).end is End.DONE, "it is over"


def test_an_event_at_which_every_worker_dies_is_given_up_and_the_next_one_answered(wire: Wire) -> None:
    _, address = new_chat()
    deadly = event(f"{address}|меню", address=address)
    for _ in range(chats.MAX_ATTEMPTS):
        assert chats.waiting(limit=10) == [deadly], "the worker is killed here, and the claim runs out"
        due_again(deadly)
    following = event(f"{address}|помощь", address=address)
    assert chats.waiting(limit=10) == [deadly]
    chats.take_turn(deadly)
    assert "У нас ошибка" in wire.said[-1]
    assert chats.waiting(limit=10) == [following]
    chats.take_turn(following)
    assert "Как это работает" in wire.said[-1]


def test_an_event_that_can_no_longer_be_opened_does_not_hold_up_its_chat(wire: Wire) -> None:
    _, address = new_chat()
    unreadable = event(f"{address}|меню", address=address)
    with transaction() as session:
        session.execute(update(InboxItem).where(InboxItem.id == unreadable).values(body_sealed=b"x" * 64))
    for _ in range(chats.MAX_ATTEMPTS):
        assert chats.waiting(limit=10) == [unreadable]
        chats.take_turn(unreadable)
        due_again(unreadable)
    following = event(f"{address}|помощь", address=address)
    assert chats.waiting(limit=10) == [following]


def test_who_failed_after_another_worker_had_answered_changes_nothing(wire: Wire) -> None:
    _, address = new_chat()
    item = event(f"{address}|меню", address=address)
    chats.waiting(limit=10)
    chats.take_turn(item)
    with transaction() as session:
        session.execute(update(InboxItem).where(InboxItem.id == item).values(attempts=chats.MAX_ATTEMPTS))
    with transaction() as session:
        assert inbox.postpone(session, item, error="late", now=clock.now(), most=chats.MAX_ATTEMPTS)
    with transaction() as session:
        row = session.get_one(InboxItem, item)
        assert (row.dead_at, row.last_error) == (None, None)


def test_the_last_word_about_a_failure_is_in_the_chats_language_and_forgets_the_failed_turn(wire: Wire) -> None:
    chat_id, address = new_chat(language="en")
    memories = providers.chat_memory()
    item = event(f"{address}|меню", address=address)
    memories.keep(chat_id, Memory(state=State.HELP), before=Memory(state=State.CITY), by=item)
    with transaction() as session:
        session.execute(update(InboxItem).where(InboxItem.id == item).values(attempts=chats.MAX_ATTEMPTS))
    assert chats.waiting(limit=10) == [item]
    chats.take_turn(item)
    with transaction() as session:
        assert session.scalars(select(ChatReply).where(ChatReply.identity_id == chat_id)).one().ended_at is not None
    assert "У нас" not in wire.said[-1]
    assert memories.load(chat_id, by=uuid4()).state is State.CITY


def test_a_memory_under_a_key_that_is_gone_is_forgotten(wire: Wire) -> None:
    chat_id, address = new_chat()
    providers.chat_memory()._redis.set(f"chat:{chat_id}", b"\x01\x09" + b"x" * 64)  # as another key's
    item = event(f"{address}|помощь", address=address)
    assert chats.waiting(limit=10) == [item]
    chats.take_turn(item)
    assert "Как это работает" in wire.said[-1]


def test_a_chat_idle_for_half_a_year_is_told_nothing(wire: Wire) -> None:
    now = clock.now()
    with transaction() as session:
        user_id = factories.make_user(session)
    chat_id, address = new_chat()
    with transaction() as session:
        identities.link(session, identities.lock(session, Messenger.TELEGRAM, address, now=now).chat, user_id, now=now)
    channel, person = LinkedChat(Messenger.TELEGRAM, wire), Person(user_id, factories.new_phone())
    with transaction() as session:
        assert channel.can_reach(session, person, is_vital=True) == f"{chat_id}/{user_id}"
        idle = now - identities.IDLE - timedelta(days=1)
        session.execute(update(ChannelIdentity).where(ChannelIdentity.id == chat_id).values(last_seen_at=idle))
        assert channel.can_reach(session, person, is_vital=True) is None


def test_a_chat_that_became_somebody_elses_meanwhile_is_told_nothing(wire: Wire) -> None:
    """Between the planning of a batch and its sending are seconds, in which a chat can be tied to another account."""
    now = clock.now()
    with transaction() as session:
        before, after = factories.make_user(session), factories.make_user(session)
    _, address = new_chat()
    with transaction() as session:
        identities.link(session, identities.lock(session, Messenger.TELEGRAM, address, now=now).chat, before, now=now)
    channel = LinkedChat(Messenger.TELEGRAM, wire)
    with transaction() as session:
        planned = channel.can_reach(session, Person(before, factories.new_phone()), is_vital=True)
    assert planned is not None
    with transaction() as session:
        identities.link(session, identities.lock(session, Messenger.TELEGRAM, address, now=now).chat, after, now=now)
    with pytest.raises(ProviderRefused, match="not linked"):
        channel.send_notice(planned, Notice(kind="keys", language="ru", message=Message(text="Код 4812")))
    assert wire.said == []


def test_what_is_urgent_is_tried_again_when_its_next_channel_is_due(wire: Wire) -> None:
    now = clock.now()
    with transaction() as session:
        guest = factories.make_user(session)
        booking = factories.make_hold(session, factories.make_property(session), guest, factories.stay_in(5))
    _, address = new_chat()
    with transaction() as session:
        identities.link(session, identities.lock(session, Messenger.TELEGRAM, address, now=now).chat, guest, now=now)
        notifications.tell_user(
            session, NotificationKind.BOOKING_HELD, guest, dedup_key="urgent", now=now, booking_id=booking.id
        )
        told = session.scalars(select(Notification.id).where(Notification.dedup_key == "urgent")).one()
    item = Claimed(1, OutboxKind.SEND_NOTIFICATION, str(told), attempt=9, topic=NotificationKind.BOOKING_HELD)
    for _ in range(3):
        wire.trouble = ProviderUnavailable("telegram: ReadTimeout", outcome_unknown=True)
        outcome = attempt(item)
        assert outcome.end is End.UNSURE
        assert outcome.again_after <= timedelta(minutes=2)
