"""Whoever books in a chat gets the link there by itself, once, in their language; nobody else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.bots import announcing
from app.channels.inbound import InboundKind
from app.channels.message import Answer as Said
from app.channels.message import from_json
from app.db import transaction
from app.domain.chats import identities
from app.domain.checkout import amendments, pay
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.domain.payments.lifecycle import ProviderEvent
from app.domain.payments.ways import PayWay
from app.i18n import current_language, use_language
from app.integrations.errors import ProviderRefused
from app.jobs import payments
from app.kit import clock
from app.models import (
    Booking,
    Channel,
    ChannelIdentity,
    ChatReply,
    Messenger,
    Notification,
    NotificationKind,
    Payment,
    PayMethod,
    TransactionKind,
    TransactionSource,
)
from tests import factories
from tests.bots.talk import Talk
from tests.integrations.qr import LINK_CREATED, QR_CREATED, bad, good
from tests.integrations.recorder import Recorder
from tests.jobs.test_payments import kaspi, worker  # noqa: F401  # fixtures

SECOND = timedelta(seconds=1)
GUEST_ADDRESS = "+77010000001"


@pytest.fixture(autouse=True)
def _russian() -> Iterator[None]:
    yield
    use_language("ru")


def book(channel: Channel, *, chat: Messenger | None = Messenger.TELEGRAM, language: str = "ru") -> Booking:
    """A hold by a channel, of a guest who has (maybe) a chat."""
    now = clock.now()
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        if chat is not None:
            identity = identities.lock(session, chat, GUEST_ADDRESS, now=now).chat
            identity.language = language
            identities.link(session, identity, guest, now=now)
        request = HoldRequest(prop.id, factories.stay_in(9), 2)
        return hold(session, request, guest_id=guest, channel=channel, now=now)


def extend(messenger: Messenger, *, by_chat: bool) -> tuple[Booking, UUID]:
    """More nights for a stay that was booked on the portal, and the payment for them."""
    stay = factories.stay_in(9)
    with transaction() as session:
        guest = factories.make_user(session)
        booking = factories.make_paid_booking(session, factories.make_property(session), guest, stay, now=clock.now())
    chat = Talk.of(guest, clock.now(), messenger=messenger)
    longer = stay.check_out + timedelta(days=1)
    chat.do(InboundKind.PRESS, payload=f"ext:{booking.reference}:{longer:%y%m%d}")
    if by_chat:
        chat.now = clock.now()
        chat.press("Продлить и оплатить")
        assert "придёт сюда сама" in chat.text
    else:
        with transaction() as session:
            amendments.extend(
                session, booking.reference, longer, guest_id=guest, total_shown=None, now=clock.now() + SECOND
            )
    with transaction() as session:
        payment_id = session.scalars(select(Payment.id).where(Payment.amendment_id.is_not(None))).one()
        return booking, payment_id


def ask_kaspi(booking: Booking) -> UUID:
    with transaction() as session:
        payment_id = factories.payment_of(session, booking).id
    payments.create(payment_id, now=clock.now())
    return payment_id


def said() -> list[Said]:
    with transaction() as session:
        return [from_json(reply.body or "") for reply in session.scalars(select(ChatReply).order_by(ChatReply.id))]


def link_of(answer: Said) -> list[str]:
    return [each.url for each in answer.messages[0].buttons if each.url]


def later() -> str:
    return (clock.now() + timedelta(minutes=3)).isoformat()


@pytest.mark.parametrize("messenger", list(Messenger))
def test_the_link_comes_into_the_chat_by_itself_and_once(
    worker: Flask,  # noqa: F811
    kaspi: Recorder,  # noqa: F811
    messenger: Messenger,
) -> None:
    booking = book(Channel(messenger.value), chat=messenger)
    kaspi.answers.append(good(LINK_CREATED | {"ExpireDate": later()}))
    payment_id = ask_kaspi(booking)
    payments.create(payment_id, now=clock.now())
    (answer,) = said()
    assert link_of(answer) == ["https://pay.example/15"]
    text = answer.messages[0].text
    assert "Квартира у парка" in text
    assert "Осталось 14 минут" in text
    labels = [each.label for each in answer.messages[0].buttons]
    assert labels[0].startswith("Оплатить 36\u00a0000\u00a0₸")
    assert {"Проверить оплату", "Другой способ", "Отменить бронь"} <= set(labels)


def test_a_code_is_shown_as_a_code(worker: Flask, kaspi: Recorder) -> None:  # noqa: F811
    booking = book(Channel.TELEGRAM)
    kaspi.usual = good(QR_CREATED | {"ExpireDate": later()})
    with transaction() as session:
        pay.switch(session, booking.reference, PayWay(PayMethod.QR), guest_id=booking.guest_id, now=clock.now())
    ask_kaspi(booking)
    (answer,) = said()
    assert answer.messages[0].qr == QR_CREATED["QrToken"]


def test_the_chats_own_language_is_spoken_for_that_message_only(
    worker: Flask,  # noqa: F811
    kaspi: Recorder,  # noqa: F811
) -> None:
    booking = book(Channel.TELEGRAM, language="en")
    kaspi.answers.append(good(LINK_CREATED | {"ExpireDate": later()}))
    ask_kaspi(booking)
    assert "Flat by the park" in said()[0].messages[0].text
    assert current_language() == "ru"


def test_a_payment_that_kaspi_does_not_take_is_told_with_another_try(
    worker: Flask,  # noqa: F811
    kaspi: Recorder,  # noqa: F811
) -> None:
    booking = book(Channel.TELEGRAM)
    kaspi.answers.append(bad(-1501))
    with pytest.raises(ProviderRefused):
        ask_kaspi(booking)
    (answer,) = said()
    assert "отклонил" in answer.messages[0].text
    assert any(each.payload == f"way:{booking.reference}:again" for each in answer.messages[0].buttons)


@pytest.mark.parametrize("messenger", list(Messenger))
def test_more_nights_get_their_link_where_they_were_asked_for_and_are_told_of_when_paid(
    worker: Flask,  # noqa: F811
    kaspi: Recorder,  # noqa: F811
    messenger: Messenger,
) -> None:
    booking, payment_id = extend(messenger, by_chat=True)
    kaspi.answers.append(good(LINK_CREATED | {"ExpireDate": later()}))
    for _ in range(2):
        payments.create(payment_id, now=clock.now())
    (answer,) = said()
    assert link_of(answer) == ["https://pay.example/15"]
    assert "Продление до" in answer.messages[0].text
    with transaction() as session:
        event = factories.paid_event(session.get_one(Payment, payment_id), at=clock.now())
    for _ in range(2):
        with transaction() as session:
            payments.settle_and_tell(session, event, now=clock.now())
    with transaction() as session:
        wanted = select(Notification).where(Notification.kind == NotificationKind.STAY_CHANGED)
        told = session.scalars(wanted.where(Notification.booking_id == booking.id)).one()
        assert json.loads(told.params or "") == {"change": "extension"}
    assert len(said()) == 1


def test_a_declined_payment_for_more_nights_is_told_once_with_another_try(
    worker: Flask,  # noqa: F811
    kaspi: Recorder,  # noqa: F811
) -> None:
    booking, payment_id = extend(Messenger.TELEGRAM, by_chat=True)
    kaspi.answers.append(good(LINK_CREATED | {"ExpireDate": later()}))
    payments.create(payment_id, now=clock.now())
    source = TransactionSource.CALLBACK
    event = ProviderEvent(payment_id, TransactionKind.FAILED, 0, None, at=clock.now(), source=source)
    for _ in range(2):
        with transaction() as session:
            payments.settle_and_tell(session, event, now=clock.now())
    _, answer = said()
    assert "отклонил" in answer.messages[0].text
    assert any(each.payload == f"extw:{booking.reference}:again" for each in answer.messages[0].buttons)


def test_a_payment_that_another_one_has_replaced_is_not_told_of(worker: Flask, kaspi: Recorder) -> None:  # noqa: F811
    """Kaspi's late answer about the first must not say the second's link again."""
    booking, first = extend(Messenger.TELEGRAM, by_chat=True)
    with transaction() as session:
        now, way = clock.now(), PayWay(PayMethod.QR)
        pay.switch_extension(session, booking.reference, way, guest_id=booking.guest_id, now=now)
        session.scalars(select(ChannelIdentity)).one().last_seen_at = now
    with transaction() as session:
        wanted = select(Payment.id).where(Payment.amendment_id.is_not(None), Payment.id != first)
        second = session.scalars(wanted).one()
    kaspi.usual = good(QR_CREATED | {"ExpireDate": later()})
    payments.create(second, now=clock.now())
    with transaction() as session:
        announcing.payment_changed(session, first, ways=(), now=clock.now())
    assert [bool(answer.messages[0].qr) for answer in said()] == [True]


def test_more_nights_that_were_asked_for_on_the_portal_are_not_told_of_in_chats(
    worker: Flask,  # noqa: F811
    kaspi: Recorder,  # noqa: F811
) -> None:
    _, payment_id = extend(Messenger.TELEGRAM, by_chat=False)
    kaspi.answers.append(good(LINK_CREATED | {"ExpireDate": later()}))
    payments.create(payment_id, now=clock.now())
    assert said() == []


@pytest.mark.parametrize(
    ("channel", "chat"),
    [(Channel.WEB, Messenger.TELEGRAM), (Channel.TELEGRAM, Messenger.WHATSAPP), (Channel.TELEGRAM, None)],
)
def test_other_bookings_are_not_told_of_in_chats(
    worker: Flask,  # noqa: F811
    kaspi: Recorder,  # noqa: F811
    channel: Channel,
    chat: Messenger | None,
) -> None:
    booking = book(channel, chat=chat)
    kaspi.answers.append(good(LINK_CREATED | {"ExpireDate": later()}))
    ask_kaspi(booking)
    assert said() == []


def test_a_chat_that_is_gone_is_told_nothing_and_the_guest_otherwise(worker: Flask, kaspi: Recorder) -> None:  # noqa: F811
    booking = book(Channel.TELEGRAM)
    with transaction() as session:
        session.scalars(select(ChannelIdentity)).one().unreachable_at = clock.now()
    kaspi.answers.append(good(LINK_CREATED | {"ExpireDate": later()}))
    ask_kaspi(booking)
    assert said() == []
    with transaction() as session:
        kinds = session.scalars(select(Notification.kind).where(Notification.booking_id == booking.id)).all()
    assert kinds == [NotificationKind.BOOKING_HELD]


def test_a_hold_that_was_given_up_meanwhile_is_not_told_of(worker: Flask, kaspi: Recorder) -> None:  # noqa: F811
    booking = book(Channel.TELEGRAM)
    with transaction() as session:
        payment_id = factories.payment_of(session, booking).id
    kaspi.answers.append(good(LINK_CREATED | {"ExpireDate": later()}))
    with transaction() as session:
        pay.cancel_hold(session, booking.reference, guest_id=booking.guest_id, now=clock.now())
    payments.create(payment_id, now=clock.now())
    assert said() == []


def test_the_reminder_of_an_unpaid_hold_is_for_bookings_made_elsewhere(worker: Flask) -> None:  # noqa: F811
    in_chat, on_page = book(Channel.WHATSAPP, chat=None), book(Channel.WEB, chat=None)
    with transaction() as session:
        statement = select(Notification.booking_id).where(Notification.kind == NotificationKind.BOOKING_HELD)
        assert list(session.scalars(statement)) == [on_page.id]
        assert session.scalars(select(Payment.booking_id).where(Payment.booking_id == in_chat.id)).one()
