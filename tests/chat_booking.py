"""The customer's own scenario, step by step: from the first word to the payment link, in any messenger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.domain.chats import identities
from app.kit import clock
from app.kit.period import Stay
from app.models import Messenger
from tests import factories
from tests.chat_people import ChatPerson, Shown, answers, reads
from tests.live import Live

_MONTHS = "января,февраля,марта,апреля,мая,июня,июля,августа,сентября,октября,ноября,декабря"

MENU = "Что сделаем?"
QUOTE = "Итого"
LINK = "Счёт готов"


@dataclass(frozen=True)
class Home:
    """A flat that is free, the only one in its city."""

    id: int
    landlord_id: UUID
    title: str
    city: str


def new_home(live: Live) -> Home:
    """One in a city that has no other."""
    slug, city = live.sql(
        "SELECT slug, names ->> 'ru' FROM cities c"
        " WHERE NOT EXISTS (SELECT FROM properties p WHERE p.city_id = c.id) ORDER BY id DESC LIMIT 1"
    )[0]
    title = f"Студия {factories.new_phone()[-6:]}"
    with live.transaction() as session:
        flat = factories.make_property(session, city=slug, title={"ru": title, "kk": title, "en": title})
        return Home(flat.id, flat.landlord_id, title, city)


def belongs_to(live: Live, person: ChatPerson, user_id: UUID) -> None:
    """The chat is tied to an account, as its owner could have proved."""
    with live.transaction() as session:
        chat = identities.lock(session, person.messenger, person.address, now=clock.now()).chat
        identities.link(session, chat, user_id, now=clock.now())


def day(of: date) -> str:
    """A day as people write it."""
    return f"{of.day} {_MONTHS.split(',')[of.month - 1]}"


def meets(person: ChatPerson) -> None:
    """The chat is opened and a language chosen."""
    answers(person, person.begins, "Choose a language")
    answers(person, lambda: person.presses("Русский"), MENU)


def finds(person: ChatPerson, city: str, title: str, stay: Stay) -> Shown:
    """A typed wish leads to the card of the only flat in the city."""
    wish = f"{city} {day(stay.check_in)} – {day(stay.check_out)} двое"
    return answers(person, lambda: person.says(wish), title)


def holds(person: ChatPerson) -> Shown:
    """From the flat's card to the link to pay, which comes by itself; on the way the person proves who they are."""
    answers(person, lambda: person.presses("Подробнее"), "Заезд")
    answers(person, lambda: person.presses("Забронировать"), QUOTE)
    answers(person, lambda: person.presses("Забронировать и оплатить"), "номер")
    answers(person, person.proves_their_number, "")
    answers(person, lambda: person.presses("Продолжить"), "как вас зовут")
    answers(person, lambda: person.says("Айгерим"), "держатся за вами")
    return reads(person, LINK)


def pay_url(bill: Shown) -> str:
    """Kaspi's address in it."""
    return next(link for link in bill.links if "/kaspi/" in link)


def only_booking(live: Live, home: Home, messenger: Messenger) -> str:
    """The one booking of the flat, confirmed."""
    rows = live.sql("SELECT reference, status, channel FROM bookings WHERE property_id = %s", home.id)
    assert len(rows) == 1, rows
    assert rows[0][1] in {"confirmed", "checked_in"}
    assert rows[0][2] == messenger
    return str(rows[0][0])


def paid_once(live: Live, reference: str) -> bool:
    """Kaspi took the money once."""
    orders = live.sql(
        "SELECT p.id::text FROM payments p JOIN bookings b ON b.id = p.booking_id WHERE b.reference = %s", reference
    )
    taken = [live.standins.payment(order)["status"] for (order,) in orders]
    return taken == ["paid"]
