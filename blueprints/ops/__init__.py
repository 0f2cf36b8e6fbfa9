"""Probes: `/healthz` (the process answers) and `/readyz` (it can serve: PostgreSQL answers and is migrated)."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db import known_revisions, reading
from blueprints.shared.access import public

ops = Blueprint("ops", __name__)


@ops.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Alive."""
    return jsonify(status="ok")


@ops.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Able to serve. Redis is not asked: every page works without it."""
    try:
        with reading() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except ProgrammingError:  # nobody has migrated this database: the table is not there
        revision = None
    except (DBAPIError, PoolTimeoutError):
        return jsonify(status="database away"), 503, {"Retry-After": "5"}
    newest, known = known_revisions()
    if is_behind(revision, newest=newest, known=known):
        return jsonify(status="migrations missing", revision=revision, newest=newest), 503, {"Retry-After": "5"}
    return jsonify(status="ok", revision=revision)


def is_behind(revision: str | None, *, newest: str, known: Collection[str]) -> bool:
    """Does a database at `revision` miss migrations of this code?

    One at a revision that the code does not know is newer: during a roll-out the old processes go on serving.
    """
    return revision is None or (revision != newest and revision in known)
