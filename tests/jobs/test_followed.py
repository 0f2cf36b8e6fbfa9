"""Replies whose fate is followed: what WhatsApp did not bring is told again, by who wrote it or by another channel."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.bots import announcing
from app.channels.message import from_json, to_json
from app.db import transaction
from app.domain import inbox
from app.domain.actor import Actor
from app.domain.chats import help as helping
from app.domain.chats import identities, replies
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.domain.payments import lifecycle
from app.i18n import use_language
from app.integrations.errors import AddressGone, ProviderError, ProviderProtocolError, ProviderRefused
from app.integrations.twilio_status import StatusCallback
from app.jobs import followed
from app.jobs import inbox as inbox_job
from app.jobs.outbox import attempt
from app.kit import clock
from app.kit.errors import DomainError
from app.models import (
    Channel,
    ChannelIdentity,
    ChatReply,
    HelpRequest,
    InboxItem,
    InboxProvider,
    Messenger,
    Notification,
    NotificationKind,
    Role,
)
from app.notify.staff_answers import answer_of
from tests import factories
from tests.jobs.wire import Wire


@pytest.fixture(autouse=True)
def _russian() -> Iterator[None]:
    yield
    use_language("ru")


def twilio_says(name: str, status: str, *, code: str | None = None) -> None:
    """What the webhook keeps, and its having its effect."""
    callback = StatusCallback(sid=f"SM{secrets.token_hex(16)}", status=status, error_code=code, reply=name)
    body = callback.model_dump_json(by_alias=True)
    with transaction() as session:
        inbox.store(session, InboxProvider.TWILIO, callback.event_id, body, now=clock.now())
        item_id = session.scalars(select(InboxItem.id).where(InboxItem.external_id == callback.event_id)).one()
    inbox_job.handle(str(item_id))
    with transaction() as session:
        assert session.get_one(InboxItem, item_id).handled_at is not None


def chat_of(user_id: UUID | None, messenger: Messenger, *, now: datetime) -> UUID:
    with transaction() as session:
        chat = identities.lock(session, messenger, factories.new_phone(), now=now).chat
        chat.language = "ru"
        if user_id is not None:
            identities.link(session, chat, user_id, now=now)
        return chat.id


def answer(asked: UUID, staff: UUID, text: str, *, now: datetime) -> str:
    """Staff answers, and a worker has sent it; the name under which its fate is told."""
    with transaction() as session:
        said, actor = answer_of(text, "ru"), Actor.staff(staff)
        chat = helping.answer(session, asked, text, actor=actor, reason="door", now=now)
        reply_id = int(replies.add(session, chat, to_json(said), now=now).subject_id)
        replies.end(session, reply_id, now=now, said=1)
    name = followed.name_of(reply_id, said)
    assert name is not None
    return name


def test_an_answer_of_staff_that_was_not_brought_is_seen_by_its_author_and_given_anew(
    app: Flask, now: datetime
) -> None:
    with transaction() as session:
        staff = factories.make_user(session, roles=(Role.SUPPORT,))
    own = chat_of(staff, Messenger.TELEGRAM, now=now)
    asking = chat_of(None, Messenger.WHATSAPP, now=now - timedelta(hours=30))
    with transaction() as session:
        helping.ask(session, session.get_one(ChannelIdentity, asking), "Как открыть дверь?", now=now)
        session.flush()
        asked = session.scalars(select(HelpRequest.id).where(HelpRequest.identity_id == asking)).one()
    name = answer(asked, staff, "Поверните ключ", now=now)

    def lost() -> list[tuple[str, str]]:
        with transaction() as session:
            found = helping.not_brought(session, staff_id=staff, now=now)
            return [(each.answer, each.error_code) for each in found if each.id == asked]

    twilio_says(name, "delivered")
    assert lost() == []
    with pytest.raises(DomainError, match="already_done"):
        answer(asked, staff, "Ещё раз", now=now)
    for status in ("undelivered", "failed"):
        twilio_says(name, status, code="63016")
    assert lost() == [("Поверните ключ", "63016")]
    with transaction() as session:
        (told,) = session.scalars(select(ChatReply).where(ChatReply.identity_id == own))
        assert "63016" in from_json(told.body or "").messages[0].text
        assert session.get_one(ChannelIdentity, asking).unreachable_at is None, "the code blames the message"
    again = answer(asked, staff, "Поверните ключ дважды", now=now + timedelta(minutes=1))
    assert lost() == []
    twilio_says(again, "failed", code="63014")
    assert lost() == [("Поверните ключ дважды", "63014")]
    with transaction() as session:
        assert session.get_one(ChannelIdentity, asking).unreachable_at is not None, "blocked"
    twilio_says(again, "delivered")
    assert lost() == [], "the last word may come first"


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (AddressGone("telegram: blocked by the user", code="forbidden"), "forbidden"),
        (ProviderRefused("telegram: chat not found", code="bad_request"), "bad_request"),
        (ProviderProtocolError("telegram: a page of a proxy"), "protocol"),
        (None, "gone"),
    ],
)
def test_an_answer_that_is_refused_at_once_is_told_to_its_author_once(
    wire: Wire, now: datetime, trouble: ProviderError | None, code: str
) -> None:
    """As one whose fate comes later; `None`: the person has blocked us since they asked."""
    with transaction() as session:
        staff = factories.make_user(session, roles=(Role.SUPPORT,))
    own = chat_of(staff, Messenger.TELEGRAM, now=now)
    asking = chat_of(None, Messenger.TELEGRAM, now=now)
    with transaction() as session:
        chat = session.get_one(ChannelIdentity, asking)
        helping.ask(session, chat, "Как открыть дверь?", now=now)
        session.flush()
        asked = session.scalars(select(HelpRequest.id).where(HelpRequest.identity_id == asking)).one()
        said, actor = answer_of("Поверните ключ", "ru"), Actor.staff(staff)
        helping.answer(session, asked, "Поверните ключ", actor=actor, reason="door", now=now)
        item = replies.add(session, chat, to_json(said), now=now, claimed=True)
        chat.unreachable_at = now if trouble is None else None
    wire.trouble = trouble
    for _ in range(2):
        attempt(item)
    with transaction() as session:
        told = session.scalars(select(ChatReply).where(ChatReply.identity_id == own))
        (text,) = (from_json(each.body or "").messages[0].text for each in told)
        assert f"код {code}" in text
        (lost,) = helping.not_brought(session, staff_id=staff, now=now)
        assert (lost.answer, lost.error_code) == ("Поверните ключ", code)


@pytest.mark.parametrize("has_written_since", [False, True])
def test_a_link_that_was_not_brought_is_told_by_another_channel(
    app: Flask, now: datetime, *, has_written_since: bool
) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
    chat_id = chat_of(guest, Messenger.WHATSAPP, now=now)
    with transaction() as session:
        wanted = HoldRequest(prop.id, factories.stay_in(9), 2)
        booking = hold(session, wanted, guest_id=guest, channel=Channel.WHATSAPP, now=now)
        session.flush()
        payment_id = factories.payment_of(session, booking).id
    with transaction() as session:
        lifecycle.record_refused(session, payment_id, code="test", now=now)
        announcing.payment_changed(session, payment_id, ways=(), now=now)
    with transaction() as session:
        (reply,) = session.scalars(select(ChatReply).where(ChatReply.identity_id == chat_id))
        name = followed.name_of(reply.id, from_json(reply.body or ""))
        assert name == f"{reply.id}.{payment_id}"
        if has_written_since:
            session.get_one(ChannelIdentity, chat_id).last_seen_at = now + timedelta(seconds=1)
    for _ in range(2):
        twilio_says(str(name), "failed", code="63014")
    with transaction() as session:
        kinds = session.scalars(select(Notification.kind).where(Notification.user_id == guest)).all()
        assert kinds == [NotificationKind.BOOKING_HELD]
        is_closed = session.get_one(ChannelIdentity, chat_id).unreachable_at is not None
    assert is_closed is not has_written_since


def test_what_is_said_about_a_reply_that_is_forgotten_changes_nothing(app: Flask) -> None:
    twilio_says("999999999999", "failed", code="63014")
    twilio_says("999999999999", "read")
