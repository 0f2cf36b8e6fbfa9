"""Promises 1, 2 and 4 over every path that takes nights: many at once, and money in the moment a hold ends.

Fifty threads, each with a transaction of its own, want the same night: one gets it, the others a clean answer.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import db, transaction
from app.domain.actor import Actor
from app.domain.availability import blocks
from app.domain.checkout import expire, request
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.domain.checkout.settle import settle
from app.factory import create_worker_app
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import Booking, BookingAmendment, Channel, OccupancyKind, Payment, Property, ReviewReason
from tests import factories
from tests.domain.stays import check, extend, paid_stay, payment_for, refused
from tests.services import Services, make_settings

MORNING = clock.at_local(clock.local_date(clock.now()), time(10, 0))
END = MORNING + timedelta(minutes=15)
NIGHT = factories.stay_in(15, 1, now=MORNING)
"""The night that everyone wants."""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
Act = Callable[[Session], object]


@pytest.fixture
def racing(services: Services, fresh_database_url: str) -> Iterator[Flask]:
    """The domain on a database of its own, with a connection for every racer."""
    app = create_worker_app(make_settings(fresh_database_url, services.redis_url, database_pool_size=52))
    with app.app_context():
        yield app
        for engine in db.engines.values():
            engine.dispose()


def race(app: Flask, acts: Sequence[Act]) -> Counter[str]:
    """Every act at the same moment, each in a transaction of its own: how they ended."""
    outcomes: list[str] = []
    together = threading.Barrier(len(acts))

    def run(act: Act) -> None:
        with app.app_context():
            together.wait(60)
            try:
                with transaction() as session:
                    act(session)
                outcomes.append("done")
            except DomainError as error:
                outcomes.append(error.code)
            except Exception as error:  # noqa: BLE001  # a defect: the test reports it
                outcomes.append(repr(error))

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(outcomes) == len(acts)
    return Counter(outcomes)


def deadlocks(url: str) -> int:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        found = connection.execute(DEADLOCKS).fetchone()
    assert found is not None
    return int(found[0])


@dataclass
class Rivals:
    """Everyone who may want the night: it belongs to the days after a paid stay of five nights."""

    flat: Property
    acts: dict[str, list[Act]]


def rivals(each: int) -> Rivals:
    """So many of each kind: guests who hold, the landlord who blocks or accepts, late money, the stay's own guest."""
    paid = paid_stay(now=MORNING)
    wanted = HoldRequest(paid.flat, NIGHT, 2)
    late: list[Payment] = []
    asked: list[str] = []
    with transaction() as session:
        flat = session.get_one(Property, paid.flat)
        people = [factories.make_user(session) for _ in range(3 * each)]
        for person in people[:each]:
            booking = factories.make_hold(session, flat, person, NIGHT, now=MORNING - timedelta(hours=2))
            expire.expire(session, booking.id, now=MORNING - timedelta(hours=1), provider_asked=True)
            late.append(factories.payment_of(session, booking))
        session.flush()
        flat.instant_booking = False
        session.flush()
        for person in people[each : 2 * each]:
            booking = request.ask(session, wanted, guest_id=person, channel=Channel.WEB, now=MORNING)
            asked.append(booking.reference)
        flat.instant_booking = True
        lapsed = extend(session, paid, 2, now=MORNING - timedelta(hours=1))
        expire.expire(
            session, paid.id, now=MORNING - timedelta(minutes=30), provider_asked=True, amendment_id=lapsed.id
        )
        late_extension = payment_for(session, lapsed)
    landlord = Actor.landlord(paid.landlord)
    kinds: dict[str, list[Act]] = {
        "hold": [
            lambda session, person=person: hold(session, wanted, guest_id=person, channel=Channel.WEB, now=MORNING)  # type: ignore[misc]
            for person in people[2 * each :]
        ],
        "block": [
            lambda session: blocks.block(session, flat.id, NIGHT, kind=OccupancyKind.BLOCK, actor=landlord, now=MORNING)
        ]
        * each,
        "accept": [
            lambda session, reference=reference: request.accept(  # type: ignore[misc]
                session, reference, landlord_id=paid.landlord, now=MORNING
            )
            for reference in asked
        ],
        "revive": [
            lambda session, payment=payment: settle(session, factories.paid_event(payment), now=MORNING)  # type: ignore[misc]
            for payment in late
        ],
        "extend": [lambda session: extend(session, paid, 1, now=MORNING)] * each,
        "revive an extension": [lambda session: settle(session, factories.paid_event(late_extension), now=MORNING)],
    }
    return Rivals(flat, kinds)


CLEAN = {"done", "dates_taken", "change_waits", "not_longer", "wrong_state"}
"""What a racer may be told. `not_longer`: the late money of an extension came between a racer's reading of the stay and
its lock."""


def winners(url: str, flat_id: int) -> list[tuple[str, int | None]]:
    """Whoever has the night."""
    at_night = clock.at_local(NIGHT.check_in, time(20, 0))
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(
            "SELECT kind, booking_id FROM occupancies WHERE property_id = %s AND during @> %s", (flat_id, at_night)
        ).fetchall()


def test_of_everyone_who_wants_a_night_exactly_one_gets_it(racing: Flask, fresh_database_url: str) -> None:
    """Fifty at once: holds, blocks, accepted requests, late money for a hold and for an extension, extensions."""
    found = rivals(10)
    acts = [act for group in itertools.zip_longest(*found.acts.values()) for act in group if act is not None][:50]
    before = deadlocks(fresh_database_url)
    outcomes = race(racing, acts)
    assert set(outcomes) <= CLEAN, outcomes
    assert len(winners(fresh_database_url, found.flat.id)) == 1
    assert deadlocks(fresh_database_url) == before
    check(fresh_database_url, found.flat.id, now=MORNING)


@pytest.mark.parametrize("kind", ["hold", "block", "accept", "revive", "extend"])
def test_of_ten_who_do_the_same_one_gets_the_night(racing: Flask, fresh_database_url: str, kind: str) -> None:
    found = rivals(10)
    outcomes = race(racing, found.acts[kind])
    assert set(outcomes) <= CLEAN, outcomes
    assert len(winners(fresh_database_url, found.flat.id)) == 1
    if kind in {"hold", "block", "accept"}:
        assert outcomes == {"done": 1, "dates_taken": 9}
    check(fresh_database_url, found.flat.id, now=MORNING)


def test_control_without_the_constraint_the_night_is_sold_more_than_once(
    racing: Flask, fresh_database_url: str
) -> None:
    """The winners are counted truly: with the constraint gone, several requests are accepted."""
    with psycopg.connect(fresh_database_url.replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_no_overlap")
    found = rivals(10)
    race(racing, found.acts["accept"])
    assert len(winners(fresh_database_url, found.flat.id)) > 1
    with pytest.raises(AssertionError, match="overlap"):
        check(fresh_database_url, found.flat.id, now=MORNING)


# --- promise 4 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rounds", [10, pytest.param(100, marks=pytest.mark.drill)])
@pytest.mark.parametrize("of", ["a hold", "an extension"])
def test_the_end_of_a_hold_and_its_payment_in_the_same_instant(
    racing: Flask, fresh_database_url: str, of: str, rounds: int
) -> None:
    """Promise 4: confirmed, XOR ended with the money flagged; another guest wants the nights at that moment, too."""
    seen: Counter[bool] = Counter()
    for _ in range(rounds):
        paid = paid_stay(now=MORNING)
        with transaction() as session:
            flat, rival = session.get_one(Property, paid.flat), factories.make_user(session)
            amendment_id = None
            if of == "a hold":
                booking = factories.make_hold(session, flat, factories.make_user(session), NIGHT, now=MORNING)
                booking_id, payment = booking.id, factories.payment_of(session, booking)
            else:
                amendment = extend(session, paid, 1, now=MORNING)
                booking_id, amendment_id, payment = paid.id, amendment.id, payment_for(session, amendment)
        event = factories.paid_event(payment, at=END)
        wanted = HoldRequest(paid.flat, NIGHT, 2)
        acts: list[Act] = [
            lambda session, event=event: settle(session, event, now=END),  # type: ignore[misc]
            lambda session, ids=(booking_id, amendment_id): expire.expire(  # type: ignore[misc]
                session, ids[0], now=END, provider_asked=True, amendment_id=ids[1]
            ),
            lambda session, wanted=wanted, rival=rival: hold(  # type: ignore[misc]
                session, wanted, guest_id=rival, channel=Channel.WEB, now=END
            ),
        ]
        assert set(race(racing, acts)) <= CLEAN
        seen[got_the_night(booking_id, amendment_id, payment)] += 1
        check(fresh_database_url, paid.flat, now=END)
    assert seen.total() == rounds


def got_the_night(booking_id: int, amendment_id: int | None, payment: Payment) -> bool:
    """Did the payer? Then nothing is flagged; otherwise the hold is over and the money flagged."""
    with transaction() as session:
        after = session.get_one(Payment, payment.id)
        assert after.status == "paid", "no money is lost"
        held = session.get_one(Booking, booking_id) if amendment_id is None else None
        status = held.status if held is not None else session.get_one(BookingAmendment, amendment_id).status
        if status == "confirmed":
            assert after.review_reason is None
            return True
        assert (status, after.review_reason) == ("expired", ReviewReason.DATES_TAKEN)
        return False


# --- promise 2 ------------------------------------------------------------------------------------------------------


def test_nights_written_past_the_rules_are_refused_by_the_database_for_stays_and_extensions(
    app: Flask, database_url: str, now: datetime
) -> None:
    """Promise 2: raw SQL over a stay, over the nights an extension holds, and exactly between them and the next."""
    paid = paid_stay(now=now)
    with transaction() as session:
        extend(session, paid, 2, now=now)
    insert = (
        "INSERT INTO occupancies (property_id, kind, during, created_at) VALUES (%s, 'block', tstzrange(%s, %s), now())"
    )
    free_from = paid.check_out_at + timedelta(days=2, hours=2)
    hour = timedelta(hours=1)
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        for begin, end in [
            (paid.check_in_at, paid.check_in_at + hour),
            (paid.check_out_at + hour, paid.check_out_at + 2 * hour),
            (paid.check_out_at + 3 * hour, paid.check_out_at + 20 * hour),
            (free_from - timedelta(microseconds=1), free_from + hour),
        ]:
            with pytest.raises(psycopg.errors.ExclusionViolation), connection.transaction():
                connection.execute(insert, (paid.flat, begin, end))
        connection.execute(insert, (paid.flat, free_from, free_from + hour))
        connection.execute(insert, (paid.flat, paid.check_in_at - hour, paid.check_in_at))
        connection.rollback()


def test_a_stay_that_began_long_ago_and_is_revived_marks_no_night_a_year_ahead(app: Flask, database_url: str) -> None:
    """The ring has 512 nights: those of a month ago share their bits with nights that can be booked."""
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        stay = Stay(NIGHT.check_in, NIGHT.check_in + timedelta(days=60))
        booking = factories.make_hold(session, prop, guest, stay, now=MORNING)
        expire.expire(session, booking.id, now=END, provider_asked=True)
        payment = factories.payment_of(session, booking)
    late = MORNING + timedelta(days=60)
    with transaction() as session:
        settle(session, factories.paid_event(payment, at=late), now=late)
        assert session.get_one(Booking, booking.id).status == "confirmed"
    check(database_url, prop.id, now=late)
    with refused("dates_taken") as session:
        factories.make_hold(session, prop, factories.make_user(session), factories.stay_in(5, now=late), now=late)
