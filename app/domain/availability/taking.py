"""Taking nights together with the rows that belong to them, in one statement: all of it, or nothing.

One round trip instead of one a row, while the flat is locked and others wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, cast, select, update
from sqlalchemy.dialects.postgresql import BIT, insert
from sqlalchemy.orm import Session

from app.domain import rows
from app.domain.availability import ring
from app.domain.rows import NewRow, Shape
from app.models import RING_NIGHTS, Occupancy, PropertySearch


def take_with(
    session: Session, taken: Mapping[str, object], nights: Iterable[date], others: Sequence[NewRow]
) -> tuple[Any, ...] | None:
    """Insert the occupancy `taken`, set the bits of its nights in the flat's ring, and insert the other rows.

    None when something has the nights already: then nothing was written. Otherwise the primary keys of the other rows.
    The caller holds the property's lock. The exclusion constraint decides, not the ring.
    """
    new: list[NewRow] = [(Occupancy, taken), *others]
    statement = _statement(rows.shape_of(new))
    row = session.connection().execute(statement, {**rows.values_of(new), "nights": ring.mask(nights)}).one_or_none()
    return None if row is None else tuple(row)[1:]


@cache  # a handful of shapes; building one takes milliseconds
def _statement(shape: Shape) -> Select[Any]:
    """`WITH taken AS (INSERT … ON CONFLICT DO NOTHING), …`: each other part happens once for each row of `taken`.

    Foreign keys among the rows are checked at the end of the statement, so the occupancy may come before its booking.
    """
    model, columns = shape[0]
    into = insert(rows.table_of(model)).values(dict(zip(columns, rows.bound(model, columns, 0), strict=True)))
    taken = into.on_conflict_do_nothing().returning(Occupancy.property_id).cte("taken")
    search = rows.table_of(PropertySearch)
    bits = cast(bindparam("nights"), BIT(RING_NIGHTS))
    ringed = (
        update(search)
        .values(busy=search.c.busy.op("|")(bits))
        .where(search.c.property_id == taken.c.property_id)
        .returning(search.c.property_id)
        .cte("ringed")
    )
    others = [
        rows.insert_if_any(model, columns, number, taken).cte(f"new_{number}")
        for number, (model, columns) in enumerate(shape[1:], start=1)
    ]
    keys = [select(next(iter(other.c))).scalar_subquery() for other in others]
    return select(taken.c.property_id, *keys).select_from(taken).add_cte(ringed)
