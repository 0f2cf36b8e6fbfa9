"""In tests the product waits a minute for a lock, not its three seconds: who holds it may be stopped by a busy machine.

Then `busy` (503, come again) is a right answer, and an experiment that counts other answers fails. What is about these
three seconds asks for `waits_as_in_production`. Processes that tests start have the product's own limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, event

from app.db import db
from tests.standins import PATIENCE, wait_until

_LONG = "".join(
    f" -c {name}={int(PATIENCE)}s"
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
)
_is_patient = True

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
"""How many statements wait for a lock in the database that is asked."""


@event.listens_for(Engine, "do_connect")
def _wait_longer(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
    """Of a setting that is given twice PostgreSQL takes the last."""
    if _is_patient and "options" in parameters:
        parameters["options"] += _LONG


@pytest.fixture
def waits_as_in_production(app: Flask) -> Iterator[None]:
    """The shared application with the product's own limits; nobody waits for a lock longer than three seconds."""
    global _is_patient  # noqa: PLW0603  # the hook belongs to the process, as connections do
    _is_patient = False
    _forget_connections()
    yield
    _is_patient = True
    _forget_connections()


def _forget_connections() -> None:
    for engine in db.engines.values():
        engine.dispose()


def wait_for_waiting(url: str, count: int = 1) -> None:
    """Until so many statements wait for a lock in this database."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        wait_until(lambda: connection.execute(WAITING).fetchone() == (count,), PATIENCE, "waiting for the lock")
