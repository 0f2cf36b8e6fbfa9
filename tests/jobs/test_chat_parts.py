"""A message that a messenger takes in several parts: what it has by the time it fails is not said again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.bots.turn import button
from app.channels.message import Answer, Message, to_json
from app.db import transaction
from app.domain.chats import identities, replies
from app.domain.outbox import Claimed, End
from app.jobs import providers
from app.jobs.outbox import attempt
from app.kit import clock
from app.models import Messenger
from tests import factories
from tests.standins import StandIns
from tests.whatsapp_phone import WhatsAppPhone

pytestmark = pytest.mark.usefixtures("alone", "redis")

ROWS = ((button("Забронировать", "book"),),)
PHOTO = "a photo"


def reply(messenger: Messenger, address: str, *messages: Message) -> Claimed:
    """An answer that waits to be said."""
    now = clock.now()
    with transaction() as session:
        chat = identities.lock(session, messenger, address, now=now).chat
        return replies.add(session, chat, to_json(Answer(messages=messages)), now=now, claimed=True)


@pytest.fixture
def whatsapp(standins: StandIns) -> Iterator[WhatsAppPhone]:
    """Somebody who wrote just now."""
    phone = WhatsAppPhone(standins.base_url, factories.new_phone(), name="Айгерим")
    phone.send_text("Здравствуйте")
    yield phone
    phone.close()


def before_the_photo(key: str, act: Callable[[], None]) -> None:
    """Do something just before this photo is handed over, once."""
    channel: Any = providers.channel(Messenger.WHATSAPP)
    address_of = channel._photo_url

    def address(asked: str) -> str:
        if asked == key:
            channel._photo_url = address_of
            act()
        return f"http://127.0.0.1:9/{asked}.jpg"

    channel._photo_url = address


def said(phone: WhatsAppPhone) -> list[str]:
    """What Twilio has taken for this phone."""
    taken = [message for message in phone.messages(also_lost=True) if not message.from_person]
    return [PHOTO if message.kind == "media" else message.body for message in taken]


def test_whatsapp_goes_on_behind_what_it_has_taken(standins: StandIns, whatsapp: WhatsAppPhone) -> None:
    card = Message(text="Студия", photos=("one", "two"), rows=ROWS)
    item = reply(Messenger.WHATSAPP, whatsapp.phone, Message(text="Нашли"), card)
    before_the_photo("two", lambda: standins.set_whatsapp_faults(answer="server_error"))
    for _ in range(2):
        assert attempt(item).end is End.POSTPONED
        assert said(whatsapp) == ["Нашли", PHOTO]
    standins.set_whatsapp_faults()
    assert attempt(item).end is End.DONE
    assert said(whatsapp) == ["Нашли", PHOTO, PHOTO, "Студия"]


def test_a_worker_that_dies_between_two_parts_repeats_the_first(whatsapp: WhatsAppPhone) -> None:
    """At least once, as promised: nothing was noted of what it had said."""

    def die() -> None:
        raise KeyboardInterrupt

    item = reply(Messenger.WHATSAPP, whatsapp.phone, Message(text="Студия", photos=("one", "two"), rows=ROWS))
    before_the_photo("two", die)
    with pytest.raises(KeyboardInterrupt):
        attempt(item)
    assert attempt(item).end is End.DONE
    assert said(whatsapp) == [PHOTO, PHOTO, PHOTO, "Студия"]
