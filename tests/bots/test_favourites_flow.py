"""Saved flats in the chat are those of the portal."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import reading, transaction
from app.domain.favourites.reading import saved_among
from tests import factories
from tests.bots.talk import Talk


def test_a_heart_in_the_chat_is_a_heart_on_the_portal(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest = factories.make_user(session)
        flats = [factories.make_property(session).id for _ in range(3)]
    talk = Talk.of(guest, now)
    for flat in flats:
        talk.do(InboundKind.PRESS, payload=f"favt:{flat}")
    with reading() as connection:
        assert saved_among(connection, guest, flats) == frozenset(flats)
    talk.say("/favourites")
    assert talk.is_at(State.FAVOURITES)
    assert "1 из 3" in talk.text
    talk.press("›")
    talk.press("›")
    assert "3 из 3" in talk.text
    talk.press("Убрать")
    assert "2 из 2" in talk.text
    talk.do(InboundKind.PRESS, payload=f"favt:{flats[2]}")
    with reading() as connection:
        assert len(saved_among(connection, guest, flats)) == 1


def test_a_flat_that_is_not_there_cannot_be_saved(app: Flask, now: datetime) -> None:
    with transaction() as session:
        guest = factories.make_user(session)
    talk = Talk.of(guest, now)
    talk.do(InboundKind.PRESS, payload="favt:999999999")
    with reading() as connection:
        assert saved_among(connection, guest, [999999999]) == frozenset()
    talk.do(InboundKind.PRESS, payload="favs:-1")
    assert talk.is_at(State.FAVOURITES)
