"""Promise 3: hold, expire, pay, late callback, cancel, extend, shorten, block … in any order: no invariant is violated.

A small run in the suite, 500 lives of 50 steps as a drill, and planted bugs that must be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.db import db, transaction
from app.domain.actor import SYSTEM
from app.domain.bookings import state_machine
from app.factory import create_worker_app
from app.models import Booking, BookingStatus, Occupancy
from tests.domain.stay_machine import Product, Stays
from tests.services import Services, make_settings

ACTS = {
    *(
        "hold",
        "book",
        "ask",
        "accept",
        "decline",
        "pay",
        "callback_again",
        "payment_fails",
        "link_arrives",
        "try_again",
    ),
    *("extend", "shorten", "give_up_extension", "cancel_by_guest", "cancel_by_landlord", "cancel_by_staff", "no_show"),
    *("share", "return_done", "return_accepted", "return_failed", "return_refused"),
    *("reveal", "block", "unblock", "sweep", "lapse", "clock"),
}


@pytest.fixture
def machine(services: Services, fresh_database_url: str) -> Iterator[type[Stays]]:
    """The machine on a database of its own."""
    app: Flask = create_worker_app(make_settings(fresh_database_url, services.redis_url))
    with app.app_context():
        yield type("StaysHere", (Stays,), {"url": fresh_database_url, "done": {}})
        for engine in db.engines.values():
            engine.dispose()


def how(lives: int, steps: int, **changes: Any) -> settings:
    return settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **changes,
    )


def test_no_invariant_is_violated_in_a_few_lives(machine: type[Stays]) -> None:
    run_state_machine_as_test(machine, settings=how(12, 25))
    assert len(machine.done) > 10, "it does something"


@pytest.mark.drill
def test_no_invariant_is_violated_in_five_hundred_lives(machine: type[Stays]) -> None:
    run_state_machine_as_test(machine, settings=how(500, 50))
    assert set(machine.done) == ACTS, "every act was carried out at least once"


class ForgetsTheRing(Product):
    """Planted: a hold that ran out gives its nights back, and search is not told."""

    @staticmethod
    def expire(
        session: Session, booking_id: int, *, now: datetime, provider_asked: bool, amendment_id: int | None = None
    ) -> bool:
        booking = session.get_one(Booking, booking_id, with_for_update=True)
        if amendment_id is None and booking.status == BookingStatus.HELD:
            state_machine.transition(session, booking, BookingStatus.EXPIRED, actor=SYSTEM, now=now)
            session.execute(delete(Occupancy).where(Occupancy.booking_id == booking_id))
        return True


class KeepsTheNights(Product):
    """Planted: a hold that ran out ends, and its nights stay taken for ever."""

    @staticmethod
    def expire(
        session: Session, booking_id: int, *, now: datetime, provider_asked: bool, amendment_id: int | None = None
    ) -> bool:
        booking = session.get_one(Booking, booking_id, with_for_update=True)
        if amendment_id is None and booking.status == BookingStatus.HELD:
            state_machine.transition(session, booking, BookingStatus.EXPIRED, actor=SYSTEM, now=now)
        return True


SEARCHING = {"phases": [Phase.generate], "derandomize": True, "print_blob": False}
"""Controls need the bug found, not made small."""


@pytest.mark.drill
@pytest.mark.parametrize(("product", "found"), [(ForgetsTheRing, "ring"), (KeepsTheNights, "nights")])
def test_control_a_planted_bug_is_found(machine: type[Stays], product: type[Product], found: str) -> None:
    machine.product = product
    with pytest.raises(AssertionError, match=found):
        run_state_machine_as_test(machine, settings=how(200, 50, **SEARCHING))


EATS = "CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
KEEPS = (
    "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.revoked_at = NULL; RETURN NEW; END';"
    " CREATE TRIGGER keep BEFORE UPDATE ON access_grants FOR EACH ROW EXECUTE FUNCTION keep()"
)


@pytest.mark.drill
@pytest.mark.parametrize(
    ("ddl", "found"),
    [
        ("ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_no_overlap", "overlap"),
        (f"{EATS} CREATE TRIGGER eat BEFORE DELETE ON occupancies FOR EACH ROW EXECUTE FUNCTION eat()", "nights|ring"),
        (KEEPS, "keys"),
    ],
    ids=["no constraint", "nothing is ever released", "keys are never revoked"],
)
def test_control_a_broken_database_is_found(machine: type[Stays], ddl: str, found: str) -> None:
    with psycopg.connect(machine.url.replace("+psycopg", "")) as connection:
        connection.execute(ddl)
    with pytest.raises(AssertionError, match=found):
        run_state_machine_as_test(machine, settings=how(200, 50, **SEARCHING))


def test_a_machine_starts_with_nothing_taken(machine: type[Stays]) -> None:
    life = machine()
    life.two_flats_and_three_guests("moderate")
    life.everything_is_right()
    with transaction() as session:
        assert session.query(Booking).count() == 0
    life.teardown()
