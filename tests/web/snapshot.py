"""The whole database in one comparable value: rows and a checksum of every table."""

from __future__ import annotations

import psycopg


def snapshot(database_url: str) -> dict[str, tuple[int, str]]:
    """(rows, checksum over all rows) by table."""
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found = {}
        for (table,) in tables:
            [row] = connection.execute(
                f"SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {table} t"
            ).fetchall()
            found[str(table)] = (int(row[0]), str(row[1]))
    return found


def changed(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    """The tables that differ."""
    return sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))
