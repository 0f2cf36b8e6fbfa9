"""Staff in the chat: figures of the day, and nothing about single people."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask

from app.bots.states import State
from app.channels.inbound import InboundKind
from app.db import transaction
from app.domain.reports import daily
from app.kit import clock
from app.models import Role
from tests import factories
from tests.bots.talk import Talk
from tests.bots.test_host_flow import statements


def test_the_days_figures_are_those_of_the_reports(app: Flask, now: datetime) -> None:
    with transaction() as session:
        staff = factories.make_user(session, roles=(Role.GUEST, Role.SUPPORT))
        guest = factories.make_user(session, name="Дана Оспанова")
        prop = factories.make_property(session)
        stay = factories.stay_in(0, 2, now=now)
        reference = factories.make_paid_booking(session, prop, guest, stay, now=now).reference
    with transaction() as session:
        today = daily.figures_of(session, clock.local_date(now))
    talk = Talk.of(staff, now)
    talk.say("меню")
    talk.press("Сегодня")
    assert talk.is_at(State.STAFF_DAY)
    assert f"Оплачено броней: {today.bookings_made} · ночей: {today.nights_sold}" in talk.text
    assert today.bookings_made >= 1
    assert reference not in talk.text
    assert "Дана" not in talk.text
    assert "у парка" not in talk.text


def test_yesterday_is_what_was_reported_also_when_the_records_say_more_by_now(app: Flask, now: datetime) -> None:
    yesterday = clock.local_date(now) - timedelta(days=1)
    with transaction() as session:
        staff = factories.make_user(session, roles=(Role.GUEST, Role.ADMIN))
        before = daily.generate(session, yesterday, now=now)
        factories.make_paid_booking(
            session,
            factories.make_property(session),
            factories.make_user(session),
            factories.stay_in(3, 1, now=now),
            now=now - timedelta(days=1),
        )
        assert daily.figures_of(session, yesterday).bookings_made == before.bookings_made + 1
    talk = Talk.of(staff, now)
    talk.do(InboundKind.PRESS, payload="staff")
    assert f"Оплачено броней: {before.bookings_made} · " in talk.text.split("Вчера")[1]


def test_only_staff_sees_them(app: Flask, now: datetime) -> None:
    with transaction() as session:
        people = [factories.make_user(session), factories.make_property(session).landlord_id]
    for person in people:
        talk = Talk.of(person, now)
        for payload in ("staff", "staff:1:2"):
            talk.do(InboundKind.PRESS, payload=payload)
            assert not talk.is_at(State.STAFF_DAY)
            assert "Поступило" not in talk.text


def test_a_turn_costs_few_statements(app: Flask, now: datetime) -> None:
    with transaction() as session:
        staff = factories.make_user(session, roles=(Role.GUEST, Role.SUPPORT))
    talk = Talk.of(staff, now)
    seen = statements(lambda: talk.do(InboundKind.PRESS, payload="staff"))
    assert len(seen) <= 8, seen
