"""A messenger comes back after a long outage: what has waited for it is said soon, however long its pause was."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from app.db import transaction
from app.domain import outbox
from app.domain.outbox import CHAT_ATTEMPTS, LONGEST_CHAT_PAUSE, Claimed, End
from app.integrations.errors import ProviderUnavailable
from app.jobs import chats
from app.jobs.outbox import attempt
from app.kit import clock
from app.models import ChatReply, OutboxItem, OutboxKind
from tests.jobs.wire import Wire, event, new_chat, reply

FAR = timedelta(minutes=4)


def put_off(item: Claimed, *, by: timedelta = FAR, created: timedelta = timedelta(minutes=10)) -> None:
    """The messenger was in trouble for so long, and the next try is far away."""
    with transaction() as session:
        later = {"available_at": clock.now() + by, "attempts": item.attempt}
        session.execute(update(OutboxItem).where(OutboxItem.id == item.id).values(later))
        long_ago = clock.now() - created
        session.execute(update(ChatReply).where(ChatReply.id == int(item.subject_id)).values(created_at=long_ago))


def is_due(item: Claimed) -> bool:
    with transaction() as session:
        return session.get_one(OutboxItem, item.id).available_at <= clock.now()


def write(address: str) -> None:
    """The person asks for help, and the worker answers."""
    item = event(f"{address}|помощь", address=address)
    assert chats.waiting(limit=10) == [item]
    chats.take_turn(item)


def test_who_writes_again_has_the_older_answer_tried_at_once(wire: Wire) -> None:
    chat_id, address = new_chat()
    older, others = reply(chat_id, "older"), reply(new_chat()[0], "other")
    for item in (older, others):
        put_off(item)
    write(address)
    assert wire.said == [], "what is new is said after the older one"
    assert (is_due(older), is_due(others)) == (True, False)
    put_off(older)
    with transaction() as session:
        new = session.scalar(select(func.max(ChatReply.id)).where(ChatReply.identity_id == chat_id))
    assert attempt(Claimed(0, OutboxKind.SEND_CHAT_REPLY, str(new), 1)).end is End.UNTOUCHED
    assert not is_due(older), "one try each time that they write"
    write(address)
    assert is_due(older)
    with transaction() as session:
        assert session.get_one(OutboxItem, older.id).attempts == 0, "however often they write, no attempt is used up"
    assert attempt(older).end is End.DONE
    assert wire.said == ["older"]


def test_who_comes_through_after_a_long_wait_takes_the_others_along(wire: Wire) -> None:
    first, second, soon = (reply(new_chat()[0], text) for text in ("first", "second", "soon"))
    for item, pause in ((first, FAR), (second, FAR), (soon, timedelta(seconds=20))):
        put_off(item, by=pause)
    wire.trouble = ProviderUnavailable("telegram: HTTP 500")
    assert attempt(first).end is End.POSTPONED
    assert not is_due(second)
    wire.trouble = None
    assert attempt(first).end is End.DONE
    assert is_due(second)
    assert not is_due(soon), "what comes soon anyway may be in somebody's hands"
    assert attempt(reply(new_chat()[0], "at once")).end is End.DONE


def test_an_answer_that_never_gets_through_does_not_hold_back_its_chat_for_ever(wire: Wire) -> None:
    """After an hour of trouble writing again hastens nothing: the attempts are used up, and the chat goes on."""
    chat_id, address = new_chat()
    older, others = reply(chat_id, "older"), reply(new_chat()[0], "other")
    for item in (older, others):
        put_off(item, created=timedelta(hours=1))
    write(address)
    late = reply(new_chat()[0], "late")
    put_off(late)
    assert attempt(late).end is End.DONE
    assert (is_due(older), is_due(others)) == (False, False)


def test_an_answer_waits_five_minutes_at_most_and_is_tried_for_more_than_an_hour() -> None:
    pauses = [
        outbox.failed(Claimed(1, OutboxKind.SEND_CHAT_REPLY, "1", number), "HTTP 500").again_after
        for number in range(1, CHAT_ATTEMPTS)
    ]
    assert max(pauses) <= LONGEST_CHAT_PAUSE
    ceilings = [min(2.0**number, LONGEST_CHAT_PAUSE.total_seconds()) for number in range(1, CHAT_ATTEMPTS)]
    assert sum(ceilings) / 2 >= 3600
    assert outbox.failed(Claimed(1, OutboxKind.SEND_CHAT_REPLY, "1", CHAT_ATTEMPTS), "HTTP 500").end is End.DEAD
