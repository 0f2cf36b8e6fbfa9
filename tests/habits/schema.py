"""What a database's schema is, as PostgreSQL itself says it: comparable between two databases."""

from __future__ import annotations

import psycopg

_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
        coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
"""
_CONSTRAINTS = """
    SELECT c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version' AND k.contype <> 't'
"""
_INDEXES = """
    SELECT tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""
_OPTIONS = """
    SELECT relname, coalesce(reloptions::text, '') FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""


def schema_of(url: str) -> set[tuple[object, ...]]:
    """Columns (type, nullability, default), constraints, indexes and storage options of the public schema."""
    found: set[tuple[object, ...]] = set()
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        for kind, query in (
            ("column", _COLUMNS),
            ("constraint", _CONSTRAINTS),
            ("index", _INDEXES),
            ("options", _OPTIONS),
        ):
            found |= {(kind, *row) for row in connection.execute(query)}
    return found


def leftovers_of(url: str) -> list[str]:
    """Tables, functions, triggers, types and sequences of the public schema that no extension owns."""
    query = """
        SELECT classid::regclass || ' ' || objid FROM (
            SELECT 'pg_class'::regclass AS classid, oid AS objid FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relname NOT IN ('alembic_version', 'alembic_version_pkc')
            UNION ALL
            SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        ) AS found
        WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = found.classid AND d.objid = found.objid
            AND d.deptype = 'e')
    """
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        return [str(row[0]) for row in connection.execute(query)]
