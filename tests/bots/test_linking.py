"""Tying a chat to an account: what happens between the question and the proof."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.domain.accounts import people
from app.domain.chats import identities
from app.models import User
from tests import factories
from tests.bots.stage import new_guest
from tests.bots.talk import Talk
from tests.domain import login_codes


@pytest.mark.parametrize("is_by_code", [False, True])
def test_what_is_told_in_a_tied_chat_is_in_its_language(app: Flask, now: datetime, *, is_by_code: bool) -> None:
    user_id = new_guest()
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Қазақша")
    if is_by_code:
        with transaction() as session:
            phone = session.get_one(User, user_id).phone
        talk.do(InboundKind.CONTACT, phone=phone)
        talk.say(login_codes.code_of(talk.memory.challenge or ""))
    else:
        talk.do(InboundKind.PRESS, payload=f"toky:{identities.link_token(user_id, now=now)}")
    assert _owner(talk) == user_id
    with transaction() as session:
        assert people.profile_of(session, user_id).language == "kk"


@pytest.mark.parametrize("meanwhile", ["menu", "lang:en", "help", "link"])
def test_who_looks_at_other_things_until_the_sms_comes_is_let_in_by_its_code(
    app: Flask, now: datetime, meanwhile: str
) -> None:
    talk = Talk(now)
    talk.do(InboundKind.START)
    talk.press("Русский")
    talk.do(InboundKind.PRESS, payload="link")
    talk.say("Алматы 12–15 марта, двое")
    assert talk.is_at(State.RESULTS), "a search is no wrong number"
    talk.do(InboundKind.PRESS, payload="link")
    talk.say(factories.new_phone())
    for search in ("Алматы 12–15 марта, двое", "Алматы 12-15.03, двое"):  # the second has six digits
        talk.memory.state = State.CODE
        talk.say(search)
        assert talk.is_at(State.RESULTS), "nor a try of the code"
    talk.do(InboundKind.PRESS, payload=meanwhile)
    assert talk.memory.challenge is not None
    talk.say(login_codes.code_of(talk.memory.challenge))
    assert _owner(talk) is not None


def _owner(talk: Talk) -> UUID | None:
    with transaction() as session:
        return identities.lock(session, talk.messenger, talk.address, now=talk.now).user_id
