"""New rows as values, so that several tables can be written by one statement.

The module whose table it is says what stands in a row; who writes several of them at once puts them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.expression import FromClause

from app.models import Base

NewRow = tuple[type[Base], Mapping[str, object]]
"""A model and the values of a new row of it by column; columns left out get the database's default."""
Shape = tuple[tuple[type[Base], tuple[str, ...]], ...]
"""Models and columns of some new rows: what their statement depends on."""


def shape_of(rows: Sequence[NewRow]) -> Shape:
    """What the statement for these rows depends on."""
    return tuple((model, tuple(row)) for model, row in rows)


def values_of(rows: Sequence[NewRow]) -> dict[str, Any]:
    """What the statement for these rows is to be executed with."""
    return {_name(number, column): value for number, (_, row) in enumerate(rows) for column, value in row.items()}


def table_of(model: type[Base]) -> Table:
    """The model's table."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101  # narrows the type: our models are tables, not joins
    return table


def bound(model: type[Base], columns: Sequence[str], number: int) -> list[BindParameter[Any]]:
    """Parameters for the row at this place among the rows, with the types of its columns."""
    table = table_of(model)
    return [bindparam(_name(number, column), type_=table.c[column].type) for column in columns]


def insert_if_any(model: type[Base], columns: Sequence[str], number: int, source: FromClause) -> ReturningInsert[Any]:
    """Insert the row at this place once for each row of `source`; gives back the primary key."""
    table = table_of(model)
    chosen = select(*bound(model, columns, number)).select_from(source)
    return insert(table).from_select(list(columns), chosen).returning(*table.primary_key)


def _name(number: int, column: str) -> str:
    return f"row_{number}_{column}"
