"""`/readyz` tells whether this code can serve on this database."""

from __future__ import annotations

import psycopg
import pytest
from flask.testing import FlaskClient

from app.db import known_revisions
from blueprints.ops import is_behind
from tests.web.conftest import MakeApp


def ask(make_app: MakeApp, url: str, statement: str = "SELECT") -> tuple[int, str]:
    """The probe's answer after `statement`."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())
    client: FlaskClient = make_app(url=url).test_client()
    answer = client.get("/readyz")
    assert answer.json is not None
    return answer.status_code, answer.json["status"]


@pytest.mark.parametrize("statement", ["DELETE FROM alembic_version", "DROP TABLE alembic_version"])
def test_a_database_without_its_migrations_is_not_ready(
    make_app: MakeApp, fresh_database_url: str, statement: str
) -> None:
    assert ask(make_app, fresh_database_url) == (200, "ok")
    assert ask(make_app, fresh_database_url, statement) == (503, "migrations missing")


def test_a_database_that_is_ahead_is_ready(make_app: MakeApp, fresh_database_url: str) -> None:
    """During a roll-out the database is migrated first, and the old processes go on serving."""
    ahead = "UPDATE alembic_version SET version_num = '9999'"
    assert ask(make_app, fresh_database_url, ahead) == (200, "ok")


@pytest.mark.parametrize(("revision", "behind"), [(None, True), ("0001", True), ("0002", False), ("0003", False)])
def test_only_an_older_revision_is_behind(revision: str | None, behind: bool) -> None:
    assert is_behind(revision, newest="0002", known={"0001", "0002"}) is behind


def test_the_newest_migration_is_the_one_that_tests_run_on(fresh_database_url: str) -> None:
    with psycopg.connect(fresh_database_url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    newest, known = known_revisions()
    assert row == (newest,)
    assert newest in known
