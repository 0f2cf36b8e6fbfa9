"""Promise 2: the database itself refuses overlapping stays, whoever writes them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import db, transaction
from app.domain.availability import occupancy, ring
from app.factory import create_worker_app
from app.kit import clock
from app.kit.errors import DomainError
from app.kit.period import Stay
from app.models import Occupancy, OccupancyKind, Property, PropertySearch
from tests import factories
from tests.services import Services, make_settings

WITHOUT_CONSTRAINT = "ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_no_overlap"
INSERT = (
    "INSERT INTO occupancies (property_id, kind, during, created_at)"
    " VALUES (%s, 'block', tstzrange(%s, %s, '[)'), now())"
)
NOON = datetime(2031, 3, 5, 12, tzinfo=UTC)
THREADS = 16
ROUNDS = 10


@pytest.fixture
def throwaway_app(services: Services, fresh_database_url: str) -> Iterator[Flask]:
    """The domain on a database of its own, with room for many connections."""
    settings = make_settings(fresh_database_url, services.redis_url, database_pool_size=THREADS + 4)
    app = create_worker_app(settings)
    with app.app_context():
        yield app
        for engine in db.engines.values():
            engine.dispose()


def flat_in(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return factories.make_property(session).id


def test_overlapping_occupancies_are_refused_and_back_to_back_ones_accepted(
    throwaway_app: Flask, fresh_database_url: str
) -> None:
    property_id = flat_in(throwaway_app)
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute(INSERT, (property_id, NOON, NOON + timedelta(days=2)))
        connection.execute(INSERT, (property_id, NOON + timedelta(days=2), NOON + timedelta(days=3)))
        connection.execute(INSERT, (property_id, NOON - timedelta(days=1), NOON))
        for begin, end in [(-1, 1), (0, 2), (1, 5), (-9, 9)]:
            with pytest.raises(errors.ExclusionViolation):
                connection.execute(INSERT, (property_id, NOON + timedelta(days=begin), NOON + timedelta(days=end)))


def test_control_without_the_constraint_the_database_takes_anything(
    throwaway_app: Flask, fresh_database_url: str
) -> None:
    property_id = flat_in(throwaway_app)
    with psycopg.connect(fresh_database_url, autocommit=True) as connection:
        connection.execute(WITHOUT_CONSTRAINT)
        for _ in range(2):
            connection.execute(INSERT, (property_id, NOON, NOON + timedelta(days=2)))
        count = connection.execute("SELECT count(*) FROM occupancies").fetchone()
    assert count == (2,)


def book_under_lock(session: Session, property_id: int, stay: Stay, _all_have_looked: threading.Barrier) -> bool:
    """The product's own steps: lock the flat, look, take."""
    locked = occupancy.lock_property(session, property_id)
    assert locked is not None
    prop, busy = locked
    return ring.is_free(busy, stay.check_in, stay.check_out) and _take(session, prop, stay)


def book_without_lock(session: Session, property_id: int, stay: Stay, all_have_looked: threading.Barrier) -> bool:
    """The same steps without the lock: what a naive check-then-insert does, when all check before anyone inserts."""
    prop = session.get_one(Property, property_id)
    busy = session.scalars(select(PropertySearch.busy).where(PropertySearch.property_id == property_id)).one()
    all_have_looked.wait(60)
    return ring.is_free(busy, stay.check_in, stay.check_out) and _take(session, prop, stay)


def _take(session: Session, prop: Property, stay: Stay) -> bool:
    return occupancy.occupy(session, prop, stay, kind=OccupancyKind.BLOCK, now=clock.now())


def most_winners(app: Flask, *, is_locking: bool) -> int:
    """Many threads take the same nights of a flat at once, for several flats; the largest number that succeeded."""
    book = book_under_lock if is_locking else book_without_lock
    worst = 0
    for _ in range(ROUNDS):
        property_id, stay = flat_in(app), factories.stay_in(30)
        gate = threading.Barrier(THREADS)

        def attempt(gate: threading.Barrier = gate, property_id: int = property_id, stay: Stay = stay) -> None:
            with app.app_context():
                gate.wait(60)
                try:
                    with transaction() as session:
                        book(session, property_id, stay, gate)
                except DomainError as error:
                    assert error.code in {"dates_taken", "busy"}  # noqa: PT017  # a thread has no pytest.raises

        threads = [threading.Thread(target=attempt) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with app.app_context(), transaction() as session:
            count = session.scalar(select(func.count()).where(Occupancy.property_id == property_id)) or 0
        worst = max(worst, count)
    return worst


def drop_constraint(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(WITHOUT_CONSTRAINT)


def test_with_lock_and_constraint_one_wins(throwaway_app: Flask) -> None:
    assert most_winners(throwaway_app, is_locking=True) == 1


def test_the_lock_alone_is_enough(throwaway_app: Flask, fresh_database_url: str) -> None:
    drop_constraint(fresh_database_url)
    assert most_winners(throwaway_app, is_locking=True) == 1


def test_the_constraint_alone_is_enough(throwaway_app: Flask) -> None:
    assert most_winners(throwaway_app, is_locking=False) == 1


def test_control_without_lock_and_constraint_the_flat_is_oversold(
    throwaway_app: Flask, fresh_database_url: str
) -> None:
    drop_constraint(fresh_database_url)
    assert most_winners(throwaway_app, is_locking=False) > 1
