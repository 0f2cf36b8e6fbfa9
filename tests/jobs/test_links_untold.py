"""A guest whose chat takes nothing any more when the link to pay should come into it learns otherwise, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.channels.inbound import InboundKind
from app.db import transaction
from app.domain.chats import identities
from app.domain.checkout import pay
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.i18n import use_language
from app.jobs import payments
from app.jobs.relay import drain
from app.kit import clock
from app.models import Booking, Channel, Messenger, Payment, User
from tests import factories
from tests.bots.talk import Talk
from tests.jobs.test_chat_turns import LONG_ENOUGH, Person, person  # noqa: F401  # the fixture
from tests.standins import StandIns
from tests.whatsapp_phone import WhatsAppPhone

pytestmark = pytest.mark.usefixtures("alone", "redis")


@pytest.fixture(autouse=True)
def _russian() -> Iterator[None]:
    yield
    use_language("ru")


@pytest.fixture
def booking(person: Person) -> Booking:  # noqa: F811
    """A paid stay, made on the portal, of the person with the chat; it was used a while ago."""
    with transaction() as session:
        guest = factories.make_user(session)
        booking = factories.make_paid_booking(session, factories.make_property(session), guest, factories.stay_in(9))
    person.is_linked_to(guest)
    return booking


def extend(person: Person, booking: Booking) -> UUID:  # noqa: F811
    """More nights, asked for in the person's chat; the payment that Kaspi is asked for next."""
    talk = Talk(clock.now(), address=person.address)
    longer = booking.check_out + timedelta(days=1)
    talk.do(InboundKind.PRESS, payload=f"ext:{booking.reference}:{longer:%y%m%d}")
    talk.now = clock.now()
    talk.press("Продлить и оплатить")
    with transaction() as session:
        return session.scalars(select(Payment.id).where(Payment.amendment_id.is_not(None))).one()


def work() -> None:
    """All that waits, twice: what is to be said, and what is told instead."""
    for _ in range(2):
        for queue in ("chats", "notifications"):
            drain(queue, LONG_ENOUGH)


def sms_to(standins: StandIns, user_id: UUID) -> list[str]:
    """Those that say where to pay."""
    with transaction() as session:
        phone = session.get_one(User, user_id).phone
    return [text for text in standins.sms_to(phone) if "/checkout/" in text]


def test_the_chat_refuses_the_link_and_an_sms_says_where_to_pay(
    person: Person,  # noqa: F811
    booking: Booking,
    standins: StandIns,
) -> None:
    payment_id = extend(person, booking)
    payments.create(payment_id, now=clock.now())
    person.phone.block()
    work()
    (sms,) = sms_to(standins, booking.guest_id)
    assert f"продление брони {booking.reference} ещё не оплачено" in sms
    assert f"/checkout/{booking.reference}/extension" in sms
    assert not any("Продление" in text for text in person.hears())


def test_the_other_chat_says_it_when_the_first_was_blocked_before_kaspi_answered(
    person: Person,  # noqa: F811
    booking: Booking,
    standins: StandIns,
) -> None:
    now = clock.now()
    other = WhatsAppPhone(standins.base_url, factories.new_phone(), name="Алия")
    other.send_text("Здравствуйте")
    with transaction() as session:
        chat = identities.lock(session, Messenger.WHATSAPP, other.phone, now=now - timedelta(hours=1)).chat
        chat.language = "ru"
        identities.link(session, chat, booking.guest_id, now=now)
    payment_id = extend(person, booking)
    with transaction() as session:
        identities.note_gone(session, person.chat().id, now=clock.now())
    payments.create(payment_id, now=clock.now())
    work()
    assert sms_to(standins, booking.guest_id) == []
    (message,) = [each for each in other.received() if "/checkout/" in each.body]
    assert "продление брони" in message.body
    assert [option.id for option in message.options] == [f"extp:{booking.reference}"]


def test_a_bookings_link_that_is_refused_is_told_as_to_a_guest_without_a_chat(
    person: Person,  # noqa: F811
    standins: StandIns,
) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
    person.is_linked_to(guest)
    with transaction() as session:
        wanted = HoldRequest(prop.id, factories.stay_in(9), 2)
        booking = hold(session, wanted, guest_id=guest, channel=Channel.TELEGRAM, now=clock.now())
    with transaction() as session:
        payment_id = factories.payment_of(session, booking).id
    payments.create(payment_id, now=clock.now())
    person.phone.block()
    work()
    (sms,) = sms_to(standins, guest)
    assert f"бронь {booking.reference} ещё не оплачена" in sms


def test_more_nights_that_were_given_up_meanwhile_are_not_told_of(
    person: Person,  # noqa: F811
    booking: Booking,
    standins: StandIns,
) -> None:
    payments.create(extend(person, booking), now=clock.now())
    person.phone.block()
    drain("chats", LONG_ENOUGH)
    with transaction() as session:
        pay.cancel_extension(session, booking.reference, guest_id=booking.guest_id, now=clock.now())
    work()
    assert sms_to(standins, booking.guest_id) == []
