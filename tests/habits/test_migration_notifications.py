"""0006 keeps what was told before it, lets the older code go on, and can be taken back with newer rows in the table."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade

from app import db as database
from app.factory import create_worker_app
from tests.services import Services, make_settings

OLD = (
    "INSERT INTO notifications (id, kind, dedup_key, user_id, channel, language, address_sealed, status, created_at,"
    " sent_at) VALUES (gen_random_uuid(), 'keys', %(key)s, %(user)s, 'sms', 'ru', 'x', %(status)s, now(), %(sent)s)"
)
NEW = (
    "INSERT INTO notifications (id, kind, dedup_key, user_id, channel, refused, status, created_at, sent_at)"
    " VALUES (gen_random_uuid(), %(kind)s, %(key)s, %(user)s, %(channel)s, '{}', %(status)s, now(), %(sent)s)"
)


@pytest.fixture
def old(services: Services) -> Iterator[tuple[Flask, psycopg.Connection]]:
    """A database at 0002 with someone in it, and a connection to it."""
    url = services.create_database()
    app = create_worker_app(make_settings(url, services.redis_url))
    with app.app_context():
        upgrade(revision="0002")
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            yield app, connection
        for engine in database.db.engines.values():
            engine.dispose()
    services.drop_database(url)


def person(connection: psycopg.Connection) -> str:
    user = str(uuid4())
    connection.execute(
        "INSERT INTO users (id, phone_sealed, phone_token, roles, created_at)"
        " VALUES (%s, 'x', sha256('x'::bytea), '{guest}', now())",
        (user,),
    )
    return user


def statuses(connection: psycopg.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT dedup_key, status FROM notifications").fetchall())


def test_rows_of_before_and_the_older_code_fit_the_newer_table(old: tuple[Flask, psycopg.Connection]) -> None:
    _, connection = old
    user, now = person(connection), "2026-11-22T10:00Z"
    values = {"user": user, "sent": None, "status": "pending"}
    connection.execute(OLD, values | {"key": "waits"})
    connection.execute(OLD, values | {"key": "sent", "status": "sent", "sent": now})
    connection.execute(OLD, values | {"key": "failed", "status": "failed"})
    before = statuses(connection)
    upgrade()
    assert statuses(connection) == before
    connection.execute(OLD, values | {"key": "during the roll-out"})
    found = connection.execute("SELECT DISTINCT refused, is_pinned, error_code FROM notifications").fetchall()
    assert found == [([], False, None)]


def test_it_can_be_taken_back_with_newer_rows_in_the_table(old: tuple[Flask, psycopg.Connection]) -> None:
    """What the older code could not read goes; the rest is what it would have written."""
    _, connection = old
    user, now = person(connection), "2026-11-23T10:00Z"
    upgrade()
    values = {"user": user, "sent": None, "status": "pending", "kind": "keys", "channel": "sms"}
    for key, changes in {
        "waits for its person": {},
        "a new kind": {"kind": "new_booking"},
        "by a chat": {"channel": "telegram", "status": "sent", "sent": now},
        "arrived": {"status": "delivered", "sent": now},
        "did not arrive": {"status": "undelivered", "sent": now},
        "not sent": {"status": "failed"},
    }.items():
        connection.execute(NEW, values | {"key": key} | changes)
    downgrade(revision="0002")
    assert statuses(connection) == {"arrived": "sent", "did not arrive": "sent", "not sent": "failed"}
    assert connection.execute("SELECT DISTINCT language FROM notifications").fetchall() == [("ru",)]
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(OLD, values | {"key": "unknown", "status": "delivered", "sent": now})
