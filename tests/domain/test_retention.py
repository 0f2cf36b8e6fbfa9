"""What people were told, and where, is forgotten after thirty days (promise 30 in part)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import transaction
from app.domain import notifications
from app.domain.actor import Actor
from app.domain.chats import help as asking
from app.domain.chats import identities, replies
from app.domain.retention import BODIES, CONVERSATIONS, DONE_WORK
from app.models import (
    ChannelIdentity,
    ChatReply,
    HelpRequest,
    Messenger,
    Notification,
    NotificationKind,
    NotificationStatus,
)
from tests import factories
from tests.forgetting import purge


def code(now: datetime) -> UUID:
    """A one-time code on its way: the address and the code are sealed in the row."""
    key = f"test:{uuid4()}"
    with transaction() as session:
        phone = factories.new_phone()
        notifications.tell(
            session,
            NotificationKind.LOGIN_CODE,
            phone=phone,
            language="ru",
            dedup_key=key,
            now=now,
            params={"code": "1"},
        )
        return session.scalars(select(Notification.id).where(Notification.dedup_key == key)).one()


def payout(now: datetime) -> UUID:
    """A message to an account: the row holds what it says, and no address."""
    key = f"test:{uuid4()}"
    with transaction() as session:
        user = factories.make_user(session)
        notifications.tell_user(
            session, NotificationKind.PAYOUT_SENT, user, dedup_key=key, now=now, params={"amount": "127500"}
        )
        return session.scalars(select(Notification.id).where(Notification.dedup_key == key)).one()


@pytest.mark.parametrize("make", [code, payout])
@pytest.mark.parametrize("is_sent", [True, False])
def test_addresses_and_texts_go_after_thirty_days_and_not_before(
    app: Flask, now: datetime, *, make: object, is_sent: bool
) -> None:
    told: UUID = make(now)  # type: ignore[operator]
    if is_sent:
        with transaction() as session:
            row = session.get_one(Notification, told)
            row.status, row.sent_at = NotificationStatus.SENT, now
    with transaction() as session:
        purge(session, now=now + BODIES - timedelta(seconds=1))
    with transaction() as session:
        assert session.get_one(Notification, told).params_sealed is not None
    with transaction() as session:
        purge(session, now=now + BODIES + timedelta(seconds=1))
    with transaction() as session:
        row = session.get_one(Notification, told)
        assert (row.address_sealed, row.params_sealed) == (None, None)
        assert row.status == (NotificationStatus.SENT if is_sent else NotificationStatus.FAILED)


SECOND = timedelta(seconds=1)


def chat(now: datetime, *, is_linked: bool = True) -> UUID:
    with transaction() as session:
        row = identities.lock(session, Messenger.TELEGRAM, str(uuid4().int % 10**10), now=now).chat
        if is_linked:
            identities.link(session, row, factories.make_user(session), now=now)
        return row.id


def purge_at(moment: datetime) -> None:
    with transaction() as session:
        purge(session, now=moment)


@pytest.mark.parametrize(("is_ended", "kept_for"), [(True, DONE_WORK), (False, BODIES)])
def test_what_was_said_in_chats_goes_a_week_after_it_ended_and_after_thirty_days_in_any_case(
    app: Flask, now: datetime, *, is_ended: bool, kept_for: timedelta
) -> None:
    chat_id = chat(now)
    with transaction() as session:
        claimed = replies.add(session, session.get_one(ChannelIdentity, chat_id), "{}", now=now)
        reply_id = int(claimed.subject_id)
        if is_ended:
            replies.end(session, reply_id, now=now)
    purge_at(now + kept_for - SECOND)
    with transaction() as session:
        assert session.get(ChatReply, reply_id) is not None
    purge_at(now + kept_for + SECOND)
    with transaction() as session:
        assert session.get(ChatReply, reply_id) is None


@pytest.mark.parametrize(("is_answered", "kept_for"), [(True, BODIES), (False, CONVERSATIONS)])
def test_questions_to_a_human_lose_their_words(
    app: Flask, now: datetime, *, is_answered: bool, kept_for: timedelta
) -> None:
    chat_id = chat(now)
    with transaction() as session:
        asking.ask(session, session.get_one(ChannelIdentity, chat_id), "Где ключ?", now=now)
        session.flush()
        request_id = session.scalars(select(HelpRequest.id).where(HelpRequest.identity_id == chat_id)).one()
        if is_answered:
            staff = Actor.staff(factories.make_user(session))
            asking.answer(session, request_id, "Под ковриком", actor=staff, reason="help", now=now)
    purge_at(now + kept_for - SECOND)
    with transaction() as session:
        assert session.get_one(HelpRequest, request_id).question == "Где ключ?"
    purge_at(now + kept_for + SECOND)
    with transaction() as session:
        row = session.get_one(HelpRequest, request_id)
        assert (row.question_sealed, row.answer_sealed) == (None, None)


@pytest.mark.parametrize("is_linked", [True, False])
def test_a_chat_that_is_nobodys_is_forgotten_after_a_year(app: Flask, now: datetime, *, is_linked: bool) -> None:
    chat_id = chat(now, is_linked=is_linked)
    purge_at(now + CONVERSATIONS - SECOND)
    with transaction() as session:
        assert session.get(ChannelIdentity, chat_id) is not None
    purge_at(now + CONVERSATIONS + SECOND)
    with transaction() as session:
        assert (session.get(ChannelIdentity, chat_id) is not None) is is_linked
