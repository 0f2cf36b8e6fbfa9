"""Engines and sessions. `transaction()` is the only place that commits.

Three engines: `writing` (transactions), `reading` (AUTOCOMMIT, pages and lists: no BEGIN/ROLLBACK round trips) and
`replica` (AUTOCOMMIT on REPLICA_URL, for reports; the primary when there is none).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import structlog
from alembic.script import ScriptDirectory
from flask_sqlalchemy import SQLAlchemy
from psycopg import errors as pg
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.config import ROOT, Settings
from app.kit.errors import DomainError, ErrorKind
from app.models import Base

log = structlog.get_logger(__name__)

db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True)

LOCK_TIMEOUT_MS = 3_000
STATEMENT_TIMEOUT_MS = 10_000
WORD_SIMILARITY = 0.25
"""From which on `%` calls two words similar: one wrong vowel in a short word leaves a quarter of its trigrams."""


@dataclass
class AfterCommit:
    """What to do once a transaction has committed, by name; registered by the factory (jobs wake workers)."""

    hooks: dict[str, Callable[[list[Any]], None]] = field(default_factory=dict)


after_commit = AfterCommit()


def engine_options(settings: Settings) -> dict[str, Any]:
    """Flask-SQLAlchemy configuration for the three engines."""
    options = (
        f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
        " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
        f" -c pg_trgm.similarity_threshold={WORD_SIMILARITY}"
    )
    common: dict[str, Any] = {
        "pool_size": settings.database_pool_size,
        "max_overflow": 0,
        "pool_timeout": 5,
        "pool_pre_ping": False,
        "pool_use_lifo": True,
        "hide_parameters": True,  # what is bound to a statement does not belong into tracebacks
        "connect_args": {"connect_timeout": 3, "options": options, "application_name": "zhilego"},
    }
    reading = {**common, "isolation_level": "AUTOCOMMIT"}
    replica_url = settings.replica_url or settings.database_url
    return {
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": common,
        "SQLALCHEMY_BINDS": {
            "reading": {"url": settings.database_url, **reading},
            "replica": {"url": replica_url, **reading, "pool_size": 1},
        },
    }


@cache
def known_revisions() -> tuple[str, frozenset[str]]:
    """The newest migration of this code, and all of them. Raises when they are not one line."""
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    newest = scripts.get_current_head()
    if newest is None:
        raise RuntimeError("there are no migrations")
    return newest, frozenset(script.revision for script in scripts.walk_revisions())


def engine(name: str | None = None) -> Engine:
    """The writing engine, or the one called `reading` or `replica`. Needs an application context."""
    return db.engines[name]


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: commits at the end, rolls everything back on any exception, then runs the after-commit hooks.

    Raises DomainError `busy` (503) when a lock could not be had in time, and `conflict` (409) when a constraint that
    states a rule refused the write after all (overlapping nights, a unique key).
    """
    session = Session(engine(), expire_on_commit=False)
    try:
        yield session
        session.commit()
    except DBAPIError as error:
        session.rollback()
        translated = translate(error)
        if translated is None:
            raise
        raise translated from error
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()
    _run_hooks(session)


@contextlib.contextmanager
def reading(*, replica: bool = False) -> Iterator[Connection]:
    """A connection for pages and lists only: every statement is its own transaction, nothing may be written."""
    with engine("replica" if replica else "reading").connect() as connection:
        yield connection


def forget_connections() -> None:
    """After a fork: leave the parent's connections to the parent. Needs an application context."""
    for each in db.engines.values():
        each.dispose(close=False)


def later(session: Session, hook: str, item: Any) -> None:
    """Pass `item` to the after-commit hook called `hook` once (and only if) this session commits."""
    session.info.setdefault("after_commit", {}).setdefault(hook, []).append(item)


def translate(error: DBAPIError) -> DomainError | None:
    """What a database error means to a person, or None when it is our fault."""
    cause = error.orig
    if isinstance(cause, pg.ExclusionViolation):
        return DomainError("dates_taken", ErrorKind.CONFLICT)
    if isinstance(cause, pg.UniqueViolation):
        return DomainError("already_done", ErrorKind.CONFLICT)
    if isinstance(cause, pg.LockNotAvailable | pg.DeadlockDetected | pg.SerializationFailure | pg.QueryCanceled):
        return DomainError("busy", ErrorKind.BUSY)
    return None


def is_outage(error: BaseException) -> bool:
    """Is PostgreSQL away (as opposed to having refused a statement)?"""
    if isinstance(error, IntegrityError):
        return False
    return isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def count_queries(counter: Callable[[str], None]) -> Callable[[], None]:
    """Call `counter` with each statement of every engine; returns the function that stops it. For tests and logs."""

    def listen(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counter(statement)

    engines = list(db.engines.values())
    for each in engines:
        event.listen(each, "before_cursor_execute", listen)

    def stop() -> None:
        for each in engines:
            event.remove(each, "before_cursor_execute", listen)

    return stop


def _run_hooks(session: Session) -> None:
    for name, items in session.info.pop("after_commit", {}).items():
        hook = after_commit.hooks.get(name)
        if hook is not None:
            hook(items)
