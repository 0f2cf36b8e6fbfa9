"""The one query of a page of results: its flats, their cards, the prices shown, and the capped count.

The filter reads only `property_search`; the page's twenty flats are then joined to what their cards show. Only the
order by a stay's price has to price every flat that fits: those are found first, then summed. Limits are literal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection, Dialect

from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS
from app.domain.search.conditions import Conditions, Shape
from app.domain.search.criteria import Criteria, Sort

PAGE_SIZE = 20
COUNT_CAP = 1000
AMOUNT, SORT_VALUE, FOUND = -3, -2, -1
"""Where a row has them: after CARD_COLUMNS."""

_NEAR = "s.position <-> point(CAST(:near_x AS float8), CAST(:near_y AS float8))"
_KEYS = {
    Sort.RECOMMENDED: "s.score",
    Sort.RATING: "s.rating",
    Sort.PRICE: "s.base_price",
    Sort.DISTANCE: _NEAR,
}
_PRICES = " JOIN property_prices r ON r.property_id = s.property_id"


def fetch(connection: Connection, statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Plain tuples: describing a result's columns anew for each page costs more than fetching them."""
    cursor: Any = connection.exec_driver_sql(_prepared(statement, connection.dialect), params).cursor
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(maxsize=512)
def _prepared(statement: str, dialect: Dialect) -> str:
    """A statement with `:name` parameters as the driver takes it, so that it is written once and not for each page."""
    return str(text(statement).compile(dialect=dialect))


def page(criteria: Criteria, wanted: Conditions, *, language: str) -> tuple[str, dict[str, Any]]:
    """The statement of a page and its parameters; rows have CARD_COLUMNS, then AMOUNT, SORT_VALUE and FOUND."""
    params = {**wanted.params, "lang": language}
    if criteria.sort is Sort.DISTANCE:
        params |= {"near_x": criteria.near[0], "near_y": criteria.near[1]}
    if criteria.after is not None:
        params |= {"after_value": criteria.after[0], "after_id": criteria.after[1]}
    is_later = criteria.after is not None
    if wanted.stays and criteria.sort is Sort.PRICE:
        return _by_amount(wanted.shape, is_later), params
    return _by_key(wanted.shape, criteria.sort, is_later), params


@lru_cache(maxsize=256)
def _by_key(shape: Shape, sort: Sort, is_later: bool) -> str:
    """In an order that `property_search` knows by itself: the page is found without pricing more than it needs."""
    where = " AND ".join(condition for _, condition in shape.narrow)
    source = shape.source
    if shape.priced is not None:
        source += amounts(shape)
        where += f" AND {shape.priced}"
    key, direction = _KEYS[sort], "DESC" if sort in {Sort.RECOMMENDED, Sort.RATING} else "ASC"
    first = where + (_after(key, direction) if is_later else "")
    return (
        f"SELECT {CARD_COLUMNS}, {shape.amount or 'NULL'} AS amount, s.sort_value,"
        f" (SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where} LIMIT {COUNT_CAP + 1}) AS capped) AS found"
        f" FROM (SELECT s.property_id, {key} AS sort_value{_again(shape)} FROM {source} WHERE {first}"
        f"  ORDER BY {key} {direction}, s.property_id LIMIT {PAGE_SIZE + 1}"
        f") s JOIN properties p ON p.id = s.property_id {CARD_JOINS}{_PRICES if shape.amount else ''}"
        f" ORDER BY s.sort_value {direction}, p.id"
    )


@lru_cache(maxsize=256)
def _by_amount(shape: Shape, is_later: bool) -> str:
    """By the stay's price. OFFSET 0 keeps the order of work: first what fits, then its prices, then the sort."""
    where = " AND ".join(condition for _, condition in shape.narrow)
    fitting = f"SELECT s.property_id{_again(shape)} FROM {shape.source} WHERE {where} OFFSET 0"
    later = _after(shape.shown, "ASC", "property_id") if is_later else ""
    return (
        f"WITH priced AS MATERIALIZED (SELECT s.property_id, a.amount FROM ({fitting}) s{amounts(shape)}"
        f"  WHERE {shape.priced or 'true'})"
        f" SELECT {CARD_COLUMNS}, s.amount, s.sort_value, (SELECT count(*) FROM priced) AS found"
        f" FROM (SELECT property_id, amount, {shape.shown} AS sort_value FROM priced WHERE true{later}"
        f"  ORDER BY {shape.shown}, property_id LIMIT {PAGE_SIZE + 1}"
        f") s JOIN properties p ON p.id = s.property_id {CARD_JOINS} ORDER BY s.sort_value, p.id"
    )


def amounts(shape: Shape) -> str:
    """A join that gives each flat of s its price, column `amount`.

    OFFSET 0 has the prices of exactly these flats looked up, one by one: they are wide, and the planner would rather
    read those of the whole country.
    """
    prices = "property_prices r WHERE r.property_id = s.property_id OFFSET 0"
    return f" CROSS JOIN LATERAL (SELECT {shape.amount} AS amount FROM {prices}) AS a"


def _again(shape: Shape) -> str:
    """What a choice among several stays looks at once more."""
    return ", s.busy, s.has_min_nights, s.cut_off_minute" if shape.choices > 1 else ""


def _after(key: str, direction: str, flat: str = "s.property_id") -> str:
    """Beyond the end of the page before: the plain comparison is for the index, the pair for equal values."""
    if direction == "DESC":
        return f" AND {key} <= :after_value AND ({key}, -{flat}) < (:after_value, -:after_id)"
    return f" AND {key} >= :after_value AND ({key}, {flat}) > (:after_value, :after_id)"
