"""How many statements a page sends to PostgreSQL, and how PostgreSQL runs those of the search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection

from app.db import db, engine
from app.factory import create_web_app
from bench.installation import Bench

Statement = tuple[str, Any]
EXPLAINED = 6
"""Runs of each explained statement."""


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


@dataclass(frozen=True)
class Plans:
    """How PostgreSQL runs the statements of a page."""

    path: str
    text: str
    milliseconds: tuple[float, ...]
    """Execution of each statement."""

    @property
    def times(self) -> str:
        """For people."""
        return " + ".join(f"{each:.2f}" for each in self.milliseconds)


def explain(bench: Bench, path: str, headers: Mapping[str, str]) -> Plans:
    """EXPLAIN (ANALYZE, BUFFERS) of every statement of a page: the fastest of some runs, the first being cold."""
    statements = statements_of(bench, path, headers)
    app = _app(bench)
    parts, times = [f"{path}\n"], []
    with app.app_context(), engine("reading").connect() as connection:
        for statement, parameters in statements:
            plan = min((_explain(connection, statement, parameters) for _ in range(EXPLAINED)), key=_milliseconds)
            parts += [statement.strip(), *plan, ""]
            times.append(_milliseconds(plan))
        engine("reading").dispose()
    return Plans(path, "\n".join(parts), tuple(times))


def _explain(connection: Connection, statement: str, parameters: Any) -> list[str]:
    found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
    return [f"    {line}" for (line,) in found]


def _milliseconds(plan: Sequence[str]) -> float:
    """From its last line, `Execution Time: 0.123 ms`."""
    return float(plan[-1].split()[-2])


def _app(bench: Bench) -> Flask:
    return create_web_app(bench.live.settings)
