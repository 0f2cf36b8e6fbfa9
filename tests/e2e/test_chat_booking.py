"""The customer's sequence diagram, message by message, in both messengers: found, booked, paid, keys in the chat.

Everything goes over HTTP: the messenger's stand-in posts to the webhook, the workers answer it. Each event is delivered
several times and the callbacks of Kaspi come twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from app.models import Messenger
from tests import chat_booking as steps
from tests import factories
from tests.chat_people import PEOPLE, ChatPerson, reads
from tests.e2e.test_booking_path import ledger_of
from tests.e2e.visitor import soon
from tests.factories import CODES
from tests.live import Live


@pytest.fixture(params=list(Messenger), ids=str)
def messenger(live: Live, request: pytest.FixtureRequest) -> Iterator[Messenger]:
    """Each of them, delivering everything three times."""
    live.standins.set_telegram_faults(update_copies=3)
    live.standins.set_whatsapp_faults(inbound_copies=3)
    yield request.param
    live.standins.set_telegram_faults()
    live.standins.set_whatsapp_faults()


@pytest.fixture
def person(live: Live, messenger: Messenger) -> Iterator[ChatPerson]:
    """Somebody whom we do not know."""
    found = PEOPLE[messenger](live.standins, factories.new_phone())
    yield found
    found.phone.close()


@dataclass(frozen=True)
class Home:
    """A flat that is free, the only one in its city."""

    id: int
    landlord_id: UUID
    title: str
    city: str


@pytest.fixture
def home(live: Live) -> Home:
    """One in a city that no other test lets in."""
    slug, city = live.sql(
        "SELECT slug, names ->> 'ru' FROM cities c"
        " WHERE NOT EXISTS (SELECT FROM properties p WHERE p.city_id = c.id) ORDER BY id DESC LIMIT 1"
    )[0]
    title = f"Студия {factories.new_phone()[-6:]}"
    with live.transaction() as session:
        flat = factories.make_property(session, city=slug, title={"ru": title, "kk": title, "en": title})
        return Home(flat.id, flat.landlord_id, title, city)


def test_a_guest_finds_books_pays_and_gets_the_keys_in_the_chat(live: Live, person: ChatPerson, home: Home) -> None:
    stay = soon()
    steps.meets(person)
    steps.finds(person, home.city, home.title, stay)
    bill = steps.holds(person)
    live.standins.set_faults(callback_copies=2)
    pay_url = next(link for link in bill.links if "/kaspi/" in link)
    assert live.standins.pay(pay_url) == "paid"
    reads(person, CODES.key_safe)
    reference = only_booking(live, home)
    said = [each.text for each in person.shown()]
    assert sum(CODES.key_safe in text for text in said) == 1, "one set of keys"
    assert sum(steps.LINK in text for text in said) == 1, "one link"
    assert sum(reference in text and "Оплачено" in text for text in said) <= 1
    assert live.standins.sms_to(person.number) == [], "the channel of the booking is enough"
    assert paid_once(live, reference)
    assert ledger_of(live, reference) == 0


def only_booking(live: Live, home: Home) -> str:
    """The one booking of the flat, confirmed."""
    rows = live.sql("SELECT reference, status, channel FROM bookings WHERE property_id = %s", home.id)
    assert len(rows) == 1, rows
    assert rows[0][1] in {"confirmed", "checked_in"}
    return str(rows[0][0])


def paid_once(live: Live, reference: str) -> bool:
    """Kaspi took the money once."""
    orders = live.sql(
        "SELECT p.id::text FROM payments p JOIN bookings b ON b.id = p.booking_id WHERE b.reference = %s", reference
    )
    taken = [live.standins.payment(order)["status"] for (order,) in orders]
    return taken == ["paid"]
