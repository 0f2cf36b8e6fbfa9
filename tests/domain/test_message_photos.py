"""Photos of messages: for the two who talk, once a stay is paid, sealed, limited, forgotten with the words."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import reading, transaction
from app.domain.messages import photos
from app.domain.messages.reading import messages_of, news_of, threads_of
from app.domain.messages.writing import Sent, Words, write_to_landlord
from app.domain.retention import CONVERSATIONS
from app.kit.errors import DomainError, ErrorKind
from app.kit.pictures import Sized
from app.models import MESSAGE_PHOTO_BYTES, Channel, Message, MessagePhoto, Property, Side
from tests import factories, pictures
from tests.domain.test_messages import Two
from tests.forgetting import purge

PHOTO = Sized(b"a picture", 4, 3)


@pytest.fixture
def two(app: Flask, now: datetime) -> Two:
    """Both have a paid stay in common."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        factories.make_paid_booking(session, prop, guest, factories.stay_in(9, now=now), now=now)
        return Two(guest, prop.landlord_id, prop.id)


def send(two: Two, text: str = "", photo: Sized | None = PHOTO, *, now: datetime, key: str = "") -> Sent:
    words = Words(text, Channel.WEB, key or f"photo-{uuid4()}", photo)
    with transaction() as session:
        return write_to_landlord(session, two.flat, guest_id=two.guest, words=words, now=now)


def image(sent: Sent, person: UUID) -> bytes:
    with reading() as connection:
        return photos.image_of(connection, sent.thread_id, sent.number, person_id=person)


def test_without_a_paid_stay_there_is_no_photo(two: Two, now: datetime) -> None:
    with transaction() as session:
        stranger = Two(factories.make_user(session), two.landlord, two.flat)
        held = Two(factories.make_user(session), two.landlord, two.flat)
        prop = session.get_one(Property, two.flat)
        factories.make_hold(session, prop, held.guest, factories.stay_in(30, now=now), now=now)
    for each in (stranger, held):
        with pytest.raises(DomainError) as caught:
            send(each, "Посмотрите", now=now)
        assert (caught.value.code, caught.value.kind) == ("photo_before_payment", ErrorKind.INVALID)
    with reading() as connection:
        assert threads_of(connection, stranger.guest, Side.GUEST, language="ru") == []


def test_a_photo_is_sealed_and_shown_to_the_two_alone(two: Two, now: datetime) -> None:
    sent, again = send(two, now=now, key="photo-once"), send(two, now=now, key="photo-once")
    assert again == Sent(sent.thread_id, sent.number, is_masked=False, is_replay=True)
    with reading() as connection:
        [message] = messages_of(connection, sent.thread_id).messages
        news = news_of(connection, sent.thread_id, sent.number)
        [thread] = threads_of(connection, two.landlord, Side.LANDLORD, language="ru")
    assert (message.text, message.photo) == (None, photos.PhotoInfo(message.photo.id, 4, 3) if message.photo else 0)
    assert (thread.last_text, thread.last_has_photo, thread.unread) == (None, True, 1)
    assert news is not None
    assert (news.text, news.photo_id) == ("", message.photo.id if message.photo else 0)
    with transaction() as session:
        sealed = session.scalars(
            select(MessagePhoto.image_sealed).where(MessagePhoto.message_id == news.photo_id)
        ).one()
        other = factories.make_user(session)
    assert PHOTO.data not in sealed
    assert image(sent, two.guest) == image(sent, two.landlord) == PHOTO.data
    with pytest.raises(DomainError) as caught:
        image(sent, other)
    assert caught.value.code == "photo_unknown"


def test_what_comes_in_is_drawn_anew_and_small() -> None:
    drawn = photos.drawn(pictures.picture((2400, 1800), "PNG", noise=True))
    assert len(drawn.data) <= MESSAGE_PHOTO_BYTES
    assert drawn.data[8:12] == b"WEBP"
    assert b"SecretPhone" not in photos.drawn(pictures.with_gps()).data


def test_fifty_photos_a_day_and_words_afterwards(two: Two, now: datetime) -> None:
    for number in range(photos.MOST_A_DAY):
        send(two, now=now + timedelta(minutes=number))
    later = now + timedelta(hours=2)
    with pytest.raises(DomainError) as caught:
        send(two, now=later)
    assert (caught.value.code, caught.value.kind) == ("too_many_message_photos", ErrorKind.LIMIT)
    send(two, "Словами", None, now=later)
    send(two, now=now + timedelta(days=1, minutes=1))


def test_photos_go_with_the_words_after_a_year(two: Two, now: datetime) -> None:
    old, new = send(two, "Старое", now=now), send(two, now=now + timedelta(days=1))
    with transaction() as session:
        purge(session, now=now + CONVERSATIONS + timedelta(minutes=1))
        left = session.execute(
            select(Message.number, Message.body_sealed, MessagePhoto.message_id)
            .join(MessagePhoto, MessagePhoto.message_id == Message.id, isouter=True)
            .where(Message.thread_id == old.thread_id)
            .order_by(Message.number)
        ).all()
    assert [(row[0], row[1], row[2] is not None) for row in left] == [
        (old.number, None, False),
        (new.number, None, True),
    ]


def test_an_address_shows_one_photo_for_an_hour(two: Two, now: datetime) -> None:
    send(two, now=now)
    photo_id = uuid4()
    word = photos.link_word(photo_id, now=now)
    assert photos.photo_of_word(word, now=now + timedelta(minutes=59)) == photo_id
    assert photos.photo_of_word(word, now=now + timedelta(minutes=61)) is None
    head, until, signature = word.split("-")
    for forged in (
        f"{uuid4().hex}-{until}-{signature}",
        f"{head}-{'f' * 12}-{signature}",
        f"{head}-{until}",
        "",
        "я-я-я",
    ):
        assert photos.photo_of_word(forged, now=now) is None
