"""Photos from chat to chat: wanted only where they may be sent, with their words, and never lost without a word."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.domain.messages import photos
from app.kit.errors import DomainError
from app.kit.pictures import Sized
from app.models import Booking, Message, MessagePhoto, MessageThread, Property
from tests import factories
from tests.bots.talk import Talk

PHOTO = Sized(b"a picture", 4, 3)


@pytest.fixture
def booking(app: Flask, now: datetime) -> Booking:
    """A paid stay."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        return factories.make_paid_booking(session, prop, guest, factories.stay_in(9, now=now), now=now)


def landlord_of(booking: Booking) -> UUID:
    with transaction() as session:
        return session.get_one(Property, booking.property_id).landlord_id


def kept(property_id: int) -> list[tuple[str, str | None, bytes]]:
    """(author, caption, picture) of what was sent about a flat."""
    with transaction() as session:
        statement = select(Message, MessagePhoto).join(MessagePhoto, MessagePhoto.message_id == Message.id)
        statement = statement.join(MessageThread, MessageThread.id == Message.thread_id)
        statement = statement.where(MessageThread.property_id == property_id).order_by(Message.number)
        return [(message.author, message.body, photo.image) for message, photo in session.execute(statement)]


def test_before_payment_a_photo_is_not_even_fetched_and_the_person_is_told_why(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload=f"wrtp:{prop.id}")
    assert "фото" not in talk.text
    talk.show(PHOTO, "Вот мой номер")
    assert talk.fetched is None
    assert "когда проживание оплачено" in talk.text
    assert talk.is_at(State.WRITE), "words may still be written"
    assert kept(prop.id) == []


def test_an_album_goes_to_the_landlord_who_sees_it_and_answers_with_a_photo(booking: Booking, now: datetime) -> None:
    mine, theirs = Talk.of(booking.guest_id, now), Talk.of(landlord_of(booking), now)
    mine.do(InboundKind.PRESS, payload=f"wrtp:{booking.property_id}")
    assert "Можно прислать и фото" in mine.text
    mine.show(PHOTO, "Кран **течёт**")
    assert "Фото отправлено" in mine.text
    mine.show(Sized(b"another", 3, 4))  # messengers tell the photos of an album one by one
    assert kept(booking.property_id) == [("guest", "Кран **течёт**", b"a picture"), ("guest", None, b"another")]

    theirs.say("/messages")
    theirs.press("●")
    assert "📷 Фотография Кран" in theirs.text
    assert "**течёт**" not in theirs.text
    theirs.press("Показать фото")
    with transaction() as session:
        ids_of = select(MessagePhoto.message_id).join(Message)
        ids_of = ids_of.join(MessageThread, MessageThread.id == Message.thread_id)
        of_flat = ids_of.where(MessageThread.property_id == booking.property_id).order_by(Message.number)
        ids = [message_id.hex for message_id in session.scalars(of_flat)]
    assert [each.picture for each in theirs.messages] == ids
    theirs.do(InboundKind.PRESS, payload=f"wrtb:{booking.reference}")
    theirs.show(PHOTO)
    assert kept(booking.property_id)[-1] == ("landlord", None, b"a picture")


def test_a_photo_that_cannot_be_had_is_asked_for_again(booking: Booking, now: datetime) -> None:
    talk = Talk.of(booking.guest_id, now)
    talk.do(InboundKind.PRESS, payload=f"wrtp:{booking.property_id}")
    talk.show(DomainError("photo_too_large", megabytes=10))
    assert "Фото не отправлено: файл больше 10 МБ" in talk.text
    talk.do(InboundKind.OTHER, text="Голосовое")
    assert "ничего не отправлено" in talk.text
    assert kept(booking.property_id) == []
    talk.show(PHOTO)
    assert len(kept(booking.property_id)) == 1


def test_more_photos_than_a_day_allows_are_not_fetched(booking: Booking, now: datetime) -> None:
    talk = Talk.of(booking.guest_id, now)
    talk.do(InboundKind.PRESS, payload=f"wrtp:{booking.property_id}")
    for _ in range(photos.MOST_A_DAY):
        talk.now += timedelta(minutes=1)
        talk.show(PHOTO)
    talk.show(PHOTO)
    assert talk.fetched is None
    assert "За сутки можно прислать не больше 50 фото" in talk.text
    assert len(kept(booking.property_id)) == photos.MOST_A_DAY


def test_elsewhere_a_photo_is_answered_with_words_and_goes_nowhere(booking: Booking, now: datetime) -> None:
    talk = Talk.of(booking.guest_id, now)
    talk.do(InboundKind.PRESS, payload=f"wrtp:{booking.property_id}")
    talk.show(PHOTO)
    for payload in ("menu", f"bk:{booking.reference}", "thrs"):
        talk.do(InboundKind.PRESS, payload=payload)
        talk.show(PHOTO)
        assert "только слова и кнопки" in talk.text
    talk.do(InboundKind.PRESS, payload="thrs")
    talk.press("Ерлан")
    assert talk.is_at(State.THREAD)
    talk.show(PHOTO)
    assert talk.fetched is None, "whom it is for was not said since"
    assert len(kept(booking.property_id)) == 1
