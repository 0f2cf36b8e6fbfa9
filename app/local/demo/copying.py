"""Writing many rows at once: COPY inside the session's transaction, with ids drawn from the table's own sequence.

Used by demo data and by `seed-scale` only; constraints and triggers apply as to any insert.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

Row = Sequence[object]


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Append rows to a table; how many. Raises psycopg.Error when a constraint refuses one (nothing stays then)."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    )
    count = 0
    with _driver(session).cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def reserve_ids(session: Session, table: str, count: int) -> list[int]:
    """So many fresh ids of a table whose key is an identity column, ascending."""
    statement = text(
        "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)",
    )
    return sorted(session.scalars(statement, {"table": table, "count": count}))


def _driver(session: Session) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)
