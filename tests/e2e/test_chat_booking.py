"""The customer's sequence diagram, message by message, in both messengers: found, booked, paid, keys in the chat.

Everything goes over HTTP: the messenger's stand-in posts to the webhook, the workers answer it. Each event is delivered
several times and the callbacks of Kaspi come twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.models import Messenger
from tests import chat_booking as steps
from tests import factories
from tests.chat_booking import Home
from tests.chat_people import PEOPLE, ChatPerson, answers, reads
from tests.e2e.test_booking_path import ledger_of
from tests.e2e.visitor import Visitor, soon
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


@pytest.fixture
def home(live: Live) -> Home:
    """A flat in a city that no other test lets in."""
    return steps.new_home(live)


@pytest.fixture
def landlord(live: Live, messenger: Messenger, home: Home) -> Iterator[ChatPerson]:
    """The flat's owner, with the other messenger."""
    other = next(each for each in Messenger if each is not messenger)
    found = PEOPLE[other](live.standins, factories.new_phone())
    steps.meets(found)
    steps.belongs_to(live, found, home.landlord_id)
    yield found
    found.phone.close()


def test_a_guest_finds_books_pays_and_gets_the_keys_in_the_chat(
    live: Live, person: ChatPerson, landlord: ChatPerson, home: Home
) -> None:
    """The same booking is on the portal; what is done there is told in the chat, and the landlord hears of both."""
    steps.meets(person)
    steps.finds(person, home.city, home.title, soon())
    bill = steps.holds(person)
    live.standins.set_faults(callback_copies=2)
    assert live.standins.pay(steps.pay_url(bill)) == "paid"
    reads(person, CODES.key_safe)
    reference = steps.only_booking(live, home, person.messenger)
    said = [each.text for each in person.shown()]
    assert sum(CODES.key_safe in text for text in said) == 1, "one set of keys"
    assert sum(steps.LINK in text for text in said) == 1, "one link"
    assert live.standins.sms_to(person.number) == [], "the channel of the booking is enough"
    assert steps.paid_once(live, reference)
    assert ledger_of(live, reference) == 0
    assert reference in reads(landlord, "Новая бронь").text
    answers(landlord, lambda: landlord.presses("Открыть бронь"), home.title)
    with Visitor(live) as visitor:
        visitor.phone = person.number
        visitor.sign_in(visitor.open("/sign-in"))
        assert home.title in visitor.open(f"/bookings/{reference}").text
        path = f"/bookings/{reference}/cancel"
        visitor.submit(visitor.open(path).form(path))
    reads(person, f"{reference} отменена")
    reads(landlord, f"{reference} отменена")


def test_a_guest_and_a_landlord_talk_from_chat_to_chat(
    live: Live, person: ChatPerson, landlord: ChatPerson, home: Home
) -> None:
    """Before payment contacts are hidden, whatever messenger the other one has."""
    with live.transaction() as session:
        guest_id = factories.make_user(session, name="Айгерим Сатпаева")
    steps.meets(person)
    steps.belongs_to(live, person, guest_id)
    steps.finds(person, home.city, home.title, soon())
    answers(person, lambda: person.presses("Подробнее"), "Заезд")
    answers(person, lambda: person.presses("Написать хозяину"), "Напишите")
    person.says("Можно с котом? Звоните +7 701 123 45 67")
    heard = reads(landlord, "Можно с котом?")
    assert "123" not in heard.text
    answers(landlord, lambda: landlord.presses("Ответить"), "")
    landlord.says("Конечно, можно")
    reads(person, "Конечно, можно")
    assert sum("Можно с котом?" in each.text for each in landlord.shown()) == 1, "delivered three times, told once"
