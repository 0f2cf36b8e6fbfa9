"""What searching and booking in a chat is tested with: a city of its own, chats that can talk, texts that fit."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from app.bots import places
from app.channels.message import LONGEST_PAYLOAD
from app.db import transaction
from app.kit import clock
from app.models import City, Coordinates, District, Messenger
from tests import factories
from tests.bots.talk import Talk

LONGEST_TEXT = 1024


def new_city() -> tuple[int, int]:
    """A city that nobody else's flats are in, with one district; their ids."""
    names = {language: f"Город {secrets.token_hex(4)}" for language in ("ru", "kk", "en")}
    slug = f"c{secrets.token_hex(6)}"
    with transaction() as session:
        city = City(slug=slug, names=names, names_in=names, location=Coordinates(76.89, 43.24), position=1000)
        session.add(city)
        session.flush()
        district = District(city_id=city.id, slug="d", names=names, location=Coordinates(76.89, 43.24))
        session.add(district)
        session.flush()
        places.KEPT.clear()  # read before there was this city
        return city.id, district.id


def new_flat(city_id: int, **changes: Any) -> int:
    """A published flat in a city of the test's own; its id."""
    with transaction() as session:
        slug = session.get_one(City, city_id).slug
        return factories.make_property(session, city=slug, **changes).id


def guest_talk(now: datetime, messenger: Messenger = Messenger.TELEGRAM, language: str = "ru") -> Talk:
    """The chat of a guest who is known."""
    return Talk.of(new_guest(), now, messenger=messenger, language=language)


def new_guest() -> UUID:
    """An account with a name."""
    with transaction() as session:
        return factories.make_user(session)


def days(check_in: int, nights: int, *, now: datetime) -> tuple[str, str]:
    """The days of a stay so many days ahead, as buttons carry them."""
    stay = factories.stay_in(check_in, nights, now=now)
    return f"{stay.check_in:%y%m%d}", f"{stay.check_out:%y%m%d}"


def assert_fits(talk: Talk) -> None:
    """Whatever was said fits every messenger."""
    for message in talk.messages:
        assert len(message.text) <= LONGEST_TEXT, message.text
        assert message.text or message.rows
    for label, payload in talk.buttons:
        assert label
        assert 1 <= len(payload.encode()) <= LONGEST_PAYLOAD


def today(now: datetime) -> Any:
    """Almaty's."""
    return clock.local_date(now)
