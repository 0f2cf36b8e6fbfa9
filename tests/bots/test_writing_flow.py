"""Messages from chat to chat: the other side gets them, contacts are hidden before payment, nobody else reads them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.models import Message, Notification, NotificationKind, Property, Role
from tests import factories
from tests.bots.talk import Talk


def _pair() -> tuple[UUID, UUID, int]:
    with transaction() as session:
        guest = factories.make_user(session)
        prop = factories.make_property(session)
        return guest, prop.landlord_id, prop.id


def test_a_guest_writes_and_the_landlord_answers_in_the_chat(app: Flask, now: datetime) -> None:
    guest, landlord, property_id = _pair()
    mine, theirs = Talk.of(guest, now), Talk.of(landlord, now)
    mine.do(InboundKind.PRESS, payload=f"wrtp:{property_id}")
    assert mine.is_at(State.WRITE)
    mine.say("Можно с котом? Звоните +7 701 123 45 67")
    assert "скрыли" in mine.text
    with transaction() as session:
        told = session.scalars(
            select(Notification.user_id).where(
                Notification.user_id == landlord, Notification.kind == NotificationKind.MESSAGE_RECEIVED
            )
        ).all()
    assert told == [landlord]
    theirs.say("/messages")
    theirs.press("●")
    assert "Можно с котом?" in theirs.text
    assert "701" not in theirs.text
    theirs.press("Ответить")
    theirs.say("1")
    mine.say("/messages")
    mine.press("●")
    assert "\n1" in mine.text


def test_a_conversation_of_others_does_not_exist(app: Flask, now: datetime) -> None:
    guest, _, property_id = _pair()
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload=f"wrtp:{property_id}")
    talk.say("Здравствуйте")
    with transaction() as session:
        thread_id = session.scalars(select(Message.thread_id).where(Message.author_id == guest)).one()
        stranger = factories.make_user(session, roles=(Role.GUEST, Role.LANDLORD))
    other = Talk.of(stranger, now)
    for payload in (f"thr:{thread_id.hex}", f"thrw:{thread_id.hex}", "thr:zz", "thrw", "wrtb:K7M2XWQ9", "wrtp:0"):
        other.do(InboundKind.PRESS, payload=payload)
        assert "Здравствуйте" not in other.text
        assert not other.is_at(State.WRITE)


def test_nobody_writes_to_themselves(app: Flask, now: datetime) -> None:
    _, landlord, property_id = _pair()
    talk = Talk.of(landlord, now)
    talk.do(InboundKind.PRESS, payload=f"wrtp:{property_id}")
    assert not talk.is_at(State.WRITE)


def test_marks_of_bold_in_what_people_write_are_no_marks(app: Flask, now: datetime) -> None:
    guest, landlord, property_id = _pair()
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload=f"wrtp:{property_id}")
    talk.say("**жирно** <b>и</b>")
    theirs = Talk.of(landlord, now)
    theirs.say("/messages")
    theirs.press("●")
    assert "**жирно**" not in theirs.text
    with transaction() as session:
        assert session.get_one(Property, property_id).landlord_id == landlord
