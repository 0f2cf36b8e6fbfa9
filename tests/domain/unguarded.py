"""Hands that may do everything to a throwaway database: no trigger and no foreign key is left in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

_REMOVE_GUARDS = """
DO $$ DECLARE guard record; BEGIN
    FOR guard IN SELECT conrelid::regclass AS place, conname AS name FROM pg_constraint
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', guard.place, guard.name);
    END LOOP;
    FOR guard IN SELECT tgrelid::regclass AS place, tgname AS name FROM pg_trigger WHERE NOT tgisinternal LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', guard.name, guard.place);
    END LOOP;
END $$
"""


@contextmanager
def unguarded(url: str) -> Iterator[psycopg.Connection]:
    """A connection (AUTOCOMMIT) to a database whose guards are gone for good; CHECKs and unique keys stay."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(_REMOVE_GUARDS)
        yield connection
