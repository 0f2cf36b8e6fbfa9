"""Buttons are somebody's input: old ones, cut ones, invented ones. Nothing crashes, nothing foreign shows."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.bots import table
from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.kit import clock
from app.models import Booking, Messenger
from tests import factories
from tests.bots import stage
from tests.bots.talk import Talk

OURS = ("city", "dist", "plc", "cin", "in", "cout", "out", "nodates", "nop", "gst", "res", "flt", "prl")
BOOKING = ("flat", "pics", "opin", "quote", "hold", "req", "promo", "pay", "way", "drop")
VALUES = st.one_of(
    st.sampled_from(("", "0", "1", "-1", "2", "p1", "p999", "271231", "271301", "000101", "991231", "999999999999999")),
    st.sampled_from(
        ("10000000000000000000", "r2", "c0", "cx", "p", "flex", "reset", "yes", "again", "qr", "²", "①", "٣")
    ),
    st.text(alphabet=st.characters(exclude_characters=":", exclude_categories=["Cs"]), max_size=8),
)


@pytest.fixture(scope="module")
def talks(web_app: Flask) -> dict[Messenger, Talk]:
    """One chat of each messenger."""
    with web_app.app_context():
        now = clock.now()
        return {messenger: stage.guest_talk(now, messenger) for messenger in Messenger}


@given(
    code=st.sampled_from(OURS + BOOKING),
    values=st.lists(VALUES, max_size=5),
    messenger=st.sampled_from(list(Messenger)),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_invented_button_crashes(
    app: Flask, talks: dict[Messenger, Talk], code: str, values: list[str], messenger: Messenger
) -> None:
    talk = talks[messenger]
    talk.do(InboundKind.PRESS, payload=":".join([code, *values]))
    assert talk.messages or (talk.answer is not None and talk.answer.toast)
    stage.assert_fits(talk)


@given(text=st.text(max_size=60), state=st.sampled_from(list(State)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_text_crashes_in_any_state(app: Flask, talks: dict[Messenger, Talk], text: str, state: State) -> None:
    talk = talks[Messenger.TELEGRAM]
    talk.memory.state = state
    talk.memory.misunderstood = 0
    if state in {State.HUMAN, State.NAME, State.PHONE, State.CODE}:  # what is written there goes to others, or costs
        return
    talk.say(text.replace("\x00", ""))
    assert talk.messages


def test_a_deep_link_to_a_flat_that_is_gone_is_refused_in_words(app: Flask, now: datetime) -> None:
    talk = stage.guest_talk(now)
    for payload in ("p999999999", "p", "pxyz", "p-1"):
        talk.do(InboundKind.START, payload=payload)
        assert talk.messages


def test_every_act_of_ours_is_in_the_table() -> None:
    assert set(OURS + BOOKING) <= set(table.ACTS)


def test_a_button_of_another_persons_hold_changes_nothing(app: Flask, now: datetime) -> None:
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        booking = factories.make_hold(session, prop, guest, factories.stay_in(8, now=now), now=now)
    talk = stage.guest_talk(now)
    for payload in (f"drop:{booking.reference}:yes", f"way:{booking.reference}:again", f"pay:{booking.reference}"):
        talk.do(InboundKind.PRESS, payload=payload)
        assert prop.title["ru"] not in talk.text
    with transaction() as session:
        assert session.get_one(Booking, booking.id).status == "held"
