"""Whose a chat is, one turn of it at a time, and the link that ties it to an account (3-domain, People and roles)."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from app.db import transaction
from app.domain import inbox
from app.domain.chats import identities, replies
from app.kit.errors import DomainError
from app.models import AuditEntry, ChannelIdentity, InboxItem, InboxProvider, Messenger
from tests import factories
from tests.patience import wait_for_waiting
from tests.standins import PATIENCE


def new_address() -> str:
    return str(uuid4().int % 10**10)


def event(address: str, *, now: datetime, provider: InboxProvider = InboxProvider.TELEGRAM) -> UUID:
    stream = identities.address_token(Messenger.TELEGRAM, address)
    with transaction() as session:
        name = str(uuid4())
        inbox.store(session, provider, name, "{}", now=now, stream=stream)
        return session.scalars(select(InboxItem.id).where(InboxItem.external_id == name)).one()


def claimed(now: datetime, limit: int = 10) -> list[UUID]:
    with transaction() as session:
        return inbox.claim_turns(session, now=now, limit=limit)


def beside(app: Flask, work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Do it in a thread; what it returned or raised."""
    outcome: list[object] = []

    def run() -> None:
        with app.app_context():
            try:
                outcome.append(work())
            except Exception as error:  # noqa: BLE001  # the test looks at it
                outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_two_first_messages_at_once_make_one_chat(waiting_app: Flask, fresh_database_url: str, now: datetime) -> None:
    address = new_address()

    def another() -> UUID:
        with transaction() as session:
            return identities.lock(session, Messenger.TELEGRAM, address, now=now).chat.id

    with transaction() as session:
        first = identities.lock(session, Messenger.TELEGRAM, address, now=now).chat.id
        thread, outcome = beside(waiting_app, another)
        wait_for_waiting(fresh_database_url)
    thread.join(PATIENCE)
    assert outcome == [first]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(ChannelIdentity)) == 1


def test_the_same_address_in_another_messenger_is_another_chat(waiting_app: Flask, now: datetime) -> None:
    with transaction() as session:
        chats = {identities.lock(session, messenger, "+77010000000", now=now).chat.id for messenger in Messenger}
    assert len(chats) == len(Messenger)


def test_a_chat_that_changes_hands_leaves_its_first_owners_trail_too(waiting_app: Flask, now: datetime) -> None:
    with transaction() as session:
        owners = [factories.make_user(session) for _ in range(2)]
        chat = identities.lock(session, Messenger.TELEGRAM, new_address(), now=now).chat
        for owner in (owners[0], owners[1], owners[1]):
            identities.link(session, chat, owner, now=now)
    with transaction() as session:
        entries = select(AuditEntry.actor_id, AuditEntry.action).where(AuditEntry.subject_id == str(chat.id))
        trail = [tuple(entry) for entry in session.execute(entries.order_by(AuditEntry.id))]
    linked, unlinked = "chat.linked", "chat.unlinked"
    assert trail == [(owners[0], linked), (owners[0], unlinked), (owners[1], linked), (owners[1], linked)]


def test_who_writes_a_reply_does_not_wait_for_the_chats_turn(waiting_app: Flask, now: datetime) -> None:
    """A payment's job holds its own rows by then, which the turn may be waiting for: that would be a deadlock."""
    with transaction() as session:
        chat_id = identities.lock(session, Messenger.TELEGRAM, "5", now=now).chat.id

    def reply() -> str:
        with transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            return replies.add(session, session.get_one(ChannelIdentity, chat_id), "{}", now=now).subject_id

    with transaction() as session:
        identities.lock(session, Messenger.TELEGRAM, "5", now=now)
        session.flush()
        thread, outcome = beside(waiting_app, reply)
        thread.join(PATIENCE)
        assert len(outcome) == 1
        assert isinstance(outcome[0], str), outcome[0]


def test_a_chat_has_one_turn_at_a_time_in_the_order_of_its_events(waiting_app: Flask, now: datetime) -> None:
    first, other = new_address(), new_address()
    moments = [now + timedelta(seconds=second) for second in range(3)]
    mine = [event(first, now=moment) for moment in moments]
    others = event(other, now=now)
    later = now + timedelta(seconds=5)
    assert set(claimed(later)) == {mine[0], others}
    assert claimed(later) == [], "the first ones are being answered"
    with transaction() as session:
        inbox.finish(session, mine[0], now=later)
    assert claimed(later) == [mine[1]]
    with transaction() as session:
        inbox.postpone(session, mine[1], error="trouble", now=later, most=5)
    assert claimed(later) == [], "who follows waits for who is tried again"
    with transaction() as session:
        inbox.give_up(session, mine[1], error="nonsense", now=later)
    assert claimed(later) == [mine[2]]


def test_a_claim_runs_out_and_the_overtaken_turn_finds_nothing(waiting_app: Flask, now: datetime) -> None:
    item = event(new_address(), now=now)
    assert claimed(now) == [item]
    after = now + inbox.CLAIM + timedelta(seconds=1)
    assert claimed(after) == [item]
    with transaction() as session:
        assert inbox.turn_of(session, item) is not None
        inbox.finish(session, item, now=after)
    with transaction() as session:
        assert inbox.turn_of(session, item) is None


def test_workers_that_claim_at_once_share_the_chats_and_never_one(waiting_app: Flask, now: datetime) -> None:
    items = {event(new_address(), now=now) for _ in range(12)}
    workers = [beside(waiting_app, lambda: claimed(now, limit=4)) for _ in range(4)]
    found: list[UUID] = []
    for thread, outcome in workers:
        thread.join(PATIENCE)
        assert isinstance(outcome[0], list), outcome
        found += outcome[0]
    while more := claimed(now):
        found += more
    assert len(found) == len(items)
    assert set(found) == items


@pytest.mark.parametrize("place", [0, 15, 16, 19, 20, 25, 26, 41])
def test_a_link_with_any_part_changed_is_nobodys(app: Flask, now: datetime, place: int) -> None:
    user_id = uuid4()
    token = identities.link_token(user_id, now=now)
    assert identities.user_of_token(token, now=now) == user_id
    raw = bytearray(base64.urlsafe_b64decode(token))
    raw[place] ^= 1
    forged = base64.urlsafe_b64encode(bytes(raw)).decode()
    assert identities.user_of_token(forged, now=now) is None


def test_a_link_that_was_padded_out_is_nobodys(app: Flask, now: datetime) -> None:
    """Decoding passes over what is no letter: a used link would come back as another one."""
    token = identities.link_token(uuid4(), now=now)
    for changed in (f"{token}!!!!", f"{token}====", f"{token[:9]}.~.~{token[9:]}", f"\n\n\n\n{token}"):
        assert identities.user_of_token(changed, now=now) is None


@pytest.mark.parametrize("token", ["", "A", "AAAA", "A" * 48, "A" * 63, "кириллица", "-" * 48, "%" * 48])
def test_nonsense_is_nobodys_link(app: Flask, now: datetime, token: str) -> None:
    assert identities.user_of_token(token, now=now) is None


def test_a_link_lives_for_ten_minutes(app: Flask, now: datetime) -> None:
    user_id = uuid4()
    token = identities.link_token(user_id, now=now)
    assert identities.user_of_token(token, now=now + identities.LINK_LIFETIME - timedelta(seconds=1)) == user_id
    assert identities.user_of_token(token, now=now + identities.LINK_LIFETIME + timedelta(seconds=1)) is None


@pytest.mark.parametrize(("idle", "is_kept"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_half_a_year_without_a_word_makes_a_chat_nobodys(
    app: Flask, now: datetime, *, idle: timedelta, is_kept: bool
) -> None:
    address = new_address()
    with transaction() as session:
        user_id = factories.make_user(session)
        identities.link(session, identities.lock(session, Messenger.TELEGRAM, address, now=now).chat, user_id, now=now)
    with transaction() as session:
        chat = identities.lock(session, Messenger.TELEGRAM, address, now=now + identities.IDLE + idle).chat
        assert chat.user_id == (user_id if is_kept else None)


def test_nobody_takes_a_chat_off_somebody_elses_account(app: Flask, now: datetime) -> None:
    with transaction() as session:
        owner, other = factories.make_user(session), factories.make_user(session)
        chat = identities.lock(session, Messenger.TELEGRAM, new_address(), now=now).chat
        identities.link(session, chat, owner, now=now)
        chat_id = chat.id
    with pytest.raises(DomainError, match="chat_unknown"), transaction() as session:
        identities.unlink_own(session, chat_id, user_id=other, now=now)
    with transaction() as session:
        identities.unlink_own(session, chat_id, user_id=owner, now=now)
    with transaction() as session:
        assert session.get_one(ChannelIdentity, chat_id).user_id is None


def test_a_claim_reads_what_waits_and_not_what_is_done(waiting_app: Flask, now: datetime) -> None:
    """Beside many handled events the claim touches a few pages: the index holds only what waits."""
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO inbox (id, provider, external_id, stream, received_at, available_at, attempts, handled_at)"
                " SELECT gen_random_uuid(), 'telegram', 'old-' || n, sha256(convert_to((n % 500)::text, 'UTF8')),"
                "  CAST(:now AS timestamptz), CAST(:now AS timestamptz), 1, CAST(:now AS timestamptz)"
                " FROM generate_series(1, 20000) n"
            ),
            {"now": now},
        )
    waiting = {event(new_address(), now=now) for _ in range(3)}
    with transaction() as session:
        session.execute(text("ANALYZE inbox"))
        connection = session.connection()
        values = {"now": now, "until": now, "size": 4}
        plan = connection.execute(text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + str(inbox._CLAIM_TURNS)), values)
        blocks = plan.scalar_one()[0]["Plan"]["Shared Hit Blocks"]
        session.execute(update(InboxItem).where(InboxItem.id.in_(waiting)).values(attempts=0, available_at=now))
    assert blocks < 150, blocks
    assert set(claimed(now)) == waiting
