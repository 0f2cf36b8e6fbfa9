"""How many statements a page sends to PostgreSQL, and how PostgreSQL runs those of the search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection

from app.db import db, engine
from app.factory import create_web_app
from bench.installation import Bench

Statement = tuple[str, Any]


def statements_of(bench: Bench, path: str, headers: Mapping[str, str]) -> list[Statement]:
    """Every statement of the second request for a page (the first fills what a process keeps for a minute)."""
    app = _app(bench)
    client = app.test_client(use_cookies=False)  # the scenario's own Cookie header
    client.get(path, headers=dict(headers))
    found: list[Statement] = []

    def listen(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        found.append((statement, parameters))

    with app.app_context():
        engines = list(db.engines.values())
    for each in engines:
        event.listen(each, "before_cursor_execute", listen)
    client.get(path, headers=dict(headers))
    for each in engines:
        event.remove(each, "before_cursor_execute", listen)
        each.dispose()
    return found


def explain(bench: Bench, path: str, headers: Mapping[str, str]) -> str:
    """EXPLAIN (ANALYZE, BUFFERS) of every statement of a page, each run twice so that the second is warm."""
    statements = statements_of(bench, path, headers)
    app = _app(bench)
    parts = [f"{path}\n"]
    with app.app_context(), engine("reading").connect() as connection:
        for statement, parameters in statements:
            _explain(connection, statement, parameters)
            parts += [statement.strip(), *_explain(connection, statement, parameters), ""]
        engine("reading").dispose()
    return "\n".join(parts)


def _explain(connection: Connection, statement: str, parameters: Any) -> list[str]:
    found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
    return [f"    {line}" for (line,) in found]


def _app(bench: Bench) -> Flask:
    return create_web_app(bench.live.settings)
