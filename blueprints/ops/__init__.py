"""Probes: `/healthz` (the process answers) and `/readyz` (it can serve: PostgreSQL answers and is migrated)."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db import reading
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
    except (DBAPIError, PoolTimeoutError):
        return jsonify(status="database away"), 503, {"Retry-After": "5"}
    if revision is None:
        return jsonify(status="not migrated"), 503
    return jsonify(status="ok", revision=revision)
