"""Writing many rows at once: COPY inside the session's transaction, with ids drawn from the table's own sequence.

Used by demo data and by `seed-scale` only; constraints and triggers apply as to any insert. Rows are put into COPY's
text format here: at a million rows that takes a third of the driver's time. Tables with hundreds of thousands of rows
write their lines themselves (`copy_lines`), where a moment or a key that stands in ten rows is made into text once.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, cast
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Coordinates

Row = Sequence[object]
_ROWS_A_BLOCK = 2_000
NULL = "\\N"
"""No value, in a line of `copy_lines`."""


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Append rows to a table; how many.

    Values may be None, text, numbers, bool, dates and times, UUID, bytes, points, lists of plain words or natural
    numbers, and dicts for columns of JSON.
    Raises TypeError for anything else, psycopg.Error when a constraint refuses a row (nothing stays then).
    """
    return copy_lines(session, table, columns, map(_line, rows))


def copy_lines(session: Session, table: str, columns: Sequence[str], lines: Iterable[str]) -> int:
    """The same for rows that are lines already: values joined by tabs, a line break at the end; how many.

    The caller answers for values without tabs, line breaks and backslashes (keys, numbers, moments, words of enums,
    JSON of such). Raises psycopg.Error when a constraint refuses a row (nothing stays then).
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    )
    count = 0
    source = iter(lines)
    with _driver(session).cursor() as cursor, cursor.copy(statement) as copy:
        while block := list(itertools.islice(source, _ROWS_A_BLOCK)):
            copy.write("".join(block))
            count += len(block)
    return count


def commit_without_waiting(session: Session) -> None:
    """Let this transaction's commit return before it is on disk: a crash may lose it whole, never in part."""
    session.execute(text("SET LOCAL synchronous_commit = off"))


def reserve_ids(session: Session, table: str, count: int) -> list[int]:
    """So many fresh ids of a table whose key is an identity column, ascending."""
    statement = text(
        "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)",
    )
    return sorted(session.scalars(statement, {"table": table, "count": count}))


def _driver(session: Session) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)


def _text(value: str) -> str:
    if value.isprintable() and "\\" not in value:
        return value
    # Ten times as fast as str.translate, and the texts of flats are long.
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
    return escaped.replace("\r", "\\r").replace("\t", "\\t")


def _plain_list(values: list[object]) -> str:
    words = [str(value) for value in values]
    if not all(word.isalnum() for word in words):
        raise TypeError("only lists of plain words and of natural numbers are copied")
    return "{" + ",".join(words) + "}"


def _json(value: object) -> str:
    return _text(json.dumps(value, ensure_ascii=False))


_FORMATS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: NULL,
    str: _text,
    int: str,
    float: repr,
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    UUID: lambda value: value.hex,
    bytes: lambda value: f"\\\\x{value.hex()}",
    list: _plain_list,
    dict: _json,
    Coordinates: lambda place: f"({place.longitude!r},{place.latitude!r})",
}


def _line(row: Row) -> str:
    try:
        return "\t".join([_FORMATS[type(value)](value) for value in row]) + "\n"
    except KeyError as error:
        raise TypeError(f"cannot copy a value of {error.args[0]}") from None
