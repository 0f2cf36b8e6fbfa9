"""This installation: its migrations, its keys, its Redis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import known_revisions
from app.domain.doctor.finding import Finding, Verdict, judge
from app.kit.crypto import SealError
from app.models import Base
from app.models.sealed import Sealed, key_ring, place_of

SAMPLE = 25
"""So many rows from each end of a table: the oldest may be sealed with an old key, the newest with a new one."""


def migrations_are_at_head(session: Session, *, now: datetime) -> Finding:
    """The database stands where this code's newest migration leaves it; a newer one is a warning (a roll-out)."""
    newest, known = known_revisions()
    found = None
    if session.scalar(text("SELECT to_regclass('alembic_version')")) is not None:
        found = session.scalar(text("SELECT version_num FROM alembic_version"))
    if found == newest:
        return Finding(Verdict.OK, 0, f"the database is at migration {newest}")
    if found is None or found in known:
        return Finding(Verdict.FAILED, 1, f"the database is at migration {found}, the code at {newest}")
    return Finding(Verdict.WARNING, 1, f"the database is at migration {found}, newer than the code's {newest}")


def keys_open_what_is_sealed(session: Session, *, now: datetime) -> Finding:
    """A sample of every sealed column opens in its place with the keys of this process."""
    opened, failed = 0, set()
    for table, sealed in sealed_columns():
        for row, value in _sample(session, table, sealed):
            try:
                key_ring().open_bytes(bytes(value), place=place_of(table, sealed.column, row))
                opened += 1
            except SealError:
                failed.add(f"{table}.{sealed.column}")
    return judge(
        len(failed),
        good=f"{opened} sealed values of every kind open",
        bad=f"values do not open in {{count}} columns: {', '.join(sorted(failed))}",
    )


def sealed_columns() -> Iterator[tuple[str, Sealed]]:
    """Every sealed column of the models, with its table."""
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__name__):
        for value in vars(mapper.class_).values():
            if isinstance(value, Sealed):
                yield mapper.class_.__tablename__, value


def redis_answers(answers: Mapping[str, bool]) -> Finding:
    """Whether each Redis (by what it is for) answered; a warning, since everything but speed works without."""
    away = sorted(purpose for purpose, answered in answers.items() if not answered)
    return judge(
        len(away),
        good=f"Redis answers ({', '.join(sorted(answers))})",
        bad=f"Redis does not answer ({', '.join(away)}): pages are slower and work waits for the sweeps",
        worst=Verdict.WARNING,
    )


def _sample(session: Session, table: str, sealed: Sealed) -> Iterator[Any]:
    columns = Base.metadata.tables[table].columns
    row, value = columns[sealed.row], columns[sealed.column]
    for order in (row.asc(), row.desc()):
        yield from session.execute(select(row, value).where(value.is_not(None)).order_by(order).limit(SAMPLE))


CHECKS = (migrations_are_at_head, keys_open_what_is_sealed)
