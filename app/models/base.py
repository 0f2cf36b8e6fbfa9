"""The declarative base, naming of constraints, and column types shared by the models."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import UserDefinedType

LocalizedText = dict[str, str]
"""One text in several languages: {"ru": …, "kk": …, "en": …}; "ru" is always there."""


class Base(DeclarativeBase):
    """What every table has in common: `timestamptz`, `text`, `bigint` money, named constraints."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads this class attribute
        datetime: DateTime(timezone=True),
        str: Text(),
        int: BigInteger(),
        LocalizedText: JSONB(),
    }


class Coordinates(tuple[float, float]):
    """(longitude, latitude) in degrees: PostgreSQL's `point` is (x, y)."""

    __slots__ = ()

    def __new__(cls, longitude: float, latitude: float) -> Coordinates:
        """Longitude first, as PostgreSQL stores x before y."""
        return super().__new__(cls, (longitude, latitude))

    @property
    def longitude(self) -> float:
        """Degrees east."""
        return self[0]

    @property
    def latitude(self) -> float:
        """Degrees north."""
        return self[1]


class Point(UserDefinedType[Coordinates]):
    """PostgreSQL's `point`."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Name of the type in DDL."""
        return "point"

    def bind_processor(self, dialect: Any) -> Callable[[Coordinates | None], str | None]:
        """Coordinates to `(x,y)`."""
        return lambda value: None if value is None else f"({value[0]!r},{value[1]!r})"

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[str | None], Coordinates | None]:
        """`(x,y)` to Coordinates."""

        def parse(value: str | None) -> Coordinates | None:
            if value is None:
                return None
            x, _, y = value.strip("()").partition(",")
            return Coordinates(float(x), float(y))

        return parse


def one_of(column: str, states: type[StrEnum], *, name: str | None = None) -> CheckConstraint:
    """A CHECK that `column` holds one of the enum's values."""
    values = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({values})", name=name or f"{column}_known")
