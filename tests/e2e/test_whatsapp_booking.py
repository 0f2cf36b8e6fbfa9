"""A booking in WhatsApp from the first word to the paid stay, with every message delivered three times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.domain.accounts.people import find_by_phone
from app.models import Property
from tests import factories
from tests.live import Live
from tests.whatsapp_phone import ChatMessage, WhatsAppPhone


@pytest.fixture
def phone(live: Live) -> Iterator[WhatsAppPhone]:
    """Somebody who has never written."""
    owned = WhatsAppPhone(live.standins.base_url, factories.new_phone(), name="Айгерим")
    yield owned
    owned.close()
    live.standins.set_whatsapp_faults()


def press(phone: WhatsAppPhone, act: str, expected: str) -> ChatMessage:
    """Press the button of this act under the latest message, and wait for an answer that says this."""
    before = phone.received()
    button = next(option for option in before[-1].options if option.id.split(":")[0] == act)
    phone.press(button.id, under=before[-1].sid)
    return phone.wait_for(expected, after=len(before))


def write(phone: WhatsAppPhone, text: str, expected: str) -> ChatMessage:
    before = len(phone.received())
    phone.send_text(text)
    return phone.wait_for(expected, after=before)


def test_a_flat_is_booked_and_paid_in_the_chat(live: Live, phone: WhatsAppPhone, flat: Property) -> None:
    """Promise 12 for the whole conversation: one booking, one payment."""
    live.standins.set_whatsapp_faults(inbound_copies=3)
    write(phone, "Здравствуйте", "Choose a language")
    press(phone, "lang", "*ЖильеGO*")
    write(phone, "Астана завтра на 2 ночи, двое", "за всё")
    press(phone, "flat", "Хозяин")
    press(phone, "quote", "*Итого")
    press(phone, "hold", "Продолжим с вашим номером")
    press(phone, "own", "Продолжим с того места")
    press(phone, "hold", "как вас зовут")
    bill = write(phone, "Айгерим", "Счёт готов")
    with live.transaction() as session:
        guest = find_by_phone(session, phone.phone)
        assert guest is not None
        guest_id = guest.id
    [(reference, order_id)] = live.sql(
        "SELECT b.reference, p.id::text FROM payments p JOIN bookings b ON b.id = p.booking_id"
        " WHERE b.channel = 'whatsapp' AND b.guest_id = %s",
        guest_id,
    )
    [payment] = live.standins.payments(order_id)
    assert payment["pay_url"] in bill.body
    assert live.standins.pay(payment["pay_url"]) == "paid"
    phone.wait_for("Оплачено")
    assert live.sql("SELECT status FROM bookings WHERE reference = %s", reference) == [("confirmed",)]
