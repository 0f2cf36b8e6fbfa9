"""The search itself: one narrow query for a page of flats and their capped count.

The filter reads only `property_search`; the page's twenty flats are then joined to what their cards show. Predicates
are written as the planner likes them: `bit_count(busy & mask) < 1`, a literal LIMIT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection, Dialect

from app.domain.availability import ring
from app.domain.availability.stay_rules import minute_of_day
from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardInfo, CardRow, PhotoInfo, card_from, card_rows
from app.domain.search.stay_price import night_params, total_sql
from app.kit import clock
from app.kit.period import Stay

PAGE_SIZE = 20
COUNT_CAP = 1000


class Sort(StrEnum):
    """In what order."""

    RECOMMENDED = "recommended"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is looked for. `after` is the last flat of the page before: its sorting value and id."""

    city_id: int
    district_id: int | None = None
    stay: Stay | None = None
    guests: int = 1
    rooms: int | None = None
    property_class: str | None = None
    sort: Sort = Sort.RECOMMENDED
    after: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """One page. `count` is exact up to COUNT_CAP; `next_after` leads to the next page."""

    rows: list[CardRow]
    totals: list[int] | None
    """With a stay: its full price in each flat, in tenge."""
    count: int
    count_is_capped: bool
    next_after: tuple[int, int] | None

    @property
    def cards(self) -> list[CardInfo]:
        """The page's flats one by one; the portal's own list needs only `rows`."""
        return [card_from(row) for row in self.rows]


def find(connection: Connection, criteria: Criteria, *, language: str, now: datetime) -> Results:
    """Flats that fit and are free for the whole stay, counted up to the cap: one query."""
    if criteria.stay is not None and not _is_bookable(criteria.stay, now):
        return Results([], [], 0, False, None)
    conditions, params = _conditions(criteria, now)
    order = "score" if criteria.sort is Sort.RECOMMENDED else "rating"
    nights = criteria.stay.nights if criteria.stay else None
    page_params = {**params, "lang": language}
    if criteria.stay is not None:
        page_params |= night_params(criteria.stay)
    if criteria.after is not None:
        page_params |= {"after_value": criteria.after[0], "after_id": criteria.after[1]}
    rows = _fetch(connection, _page_statement(conditions, order, nights, criteria.after is not None), page_params)
    count = rows[0][_FOUND] if rows else 0
    cards = card_rows(rows[:PAGE_SIZE])
    following = None
    if len(rows) > PAGE_SIZE:
        following = (rows[PAGE_SIZE - 1][_SORT_VALUE], cards[-1].id)
    totals = [row[_TOTAL] for row in rows[:PAGE_SIZE]] if nights else None
    return Results(cards, totals, min(count, COUNT_CAP), count > COUNT_CAP, following)


def recommended(connection: Connection, *, language: str, limit: int = 8) -> list[CardRow]:
    """The best rated listings of the country, for the home page."""
    return card_rows(_fetch(connection, _recommended_statement(limit), {"lang": language}))


def city_covers(connection: Connection) -> dict[int, PhotoInfo]:
    """One picture for each city that has listings: of its most recommended flat."""
    return {row.city_id: PhotoInfo(row.key, row.width, row.height, row.blur) for row in connection.execute(_COVERS)}


_COVERS = text(
    "SELECT c.id AS city_id, f.key, f.width, f.height, f.blur FROM cities c CROSS JOIN LATERAL ("
    "  SELECT property_id FROM property_search WHERE is_listed AND city_id = c.id"
    "  ORDER BY score DESC, property_id LIMIT 1"
    ") s JOIN photos f ON f.property_id = s.property_id AND f.position = 0"
)


def _is_bookable(stay: Stay, now: datetime) -> bool:
    """Is the stay within the nights that the ring is about?"""
    today = clock.local_date(now)
    return today <= stay.check_in and stay.check_out <= today + timedelta(days=ring.HORIZON_DAYS)


def _conditions(criteria: Criteria, now: datetime) -> tuple[tuple[str, ...], dict[str, Any]]:
    conditions = ["is_listed", "city_id = :city_id", "max_guests >= :guests"]
    params: dict[str, Any] = {"city_id": criteria.city_id, "guests": criteria.guests}
    if criteria.district_id is not None:
        conditions.append("district_id = :district_id")
        params["district_id"] = criteria.district_id
    if criteria.rooms is not None:
        conditions.append("rooms >= :rooms")
        params["rooms"] = criteria.rooms
    if criteria.property_class is not None:
        conditions.append("property_class = :property_class")
        params["property_class"] = criteria.property_class
    if criteria.stay is not None:
        conditions += [
            "min_nights <= :nights AND max_nights >= :nights",
            "bit_count(busy & CAST(:mask AS bit(512))) < 1",
        ]
        params |= {"nights": criteria.stay.nights, "mask": ring.mask(criteria.stay.dates())}
        if criteria.stay.check_in == clock.local_date(now):
            conditions.append("cut_off_minute >= :minute")
            params["minute"] = minute_of_day(now)
    return tuple(conditions), params


_TOTAL, _SORT_VALUE, _FOUND = -3, -2, -1
"""Where a row has them: after CARD_COLUMNS."""


def _fetch(connection: Connection, statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Plain tuples: describing a result's columns anew for each page costs more than fetching them."""
    cursor: Any = connection.exec_driver_sql(_prepared(statement, connection.dialect), params).cursor
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


@lru_cache(maxsize=512)
def _prepared(statement: str, dialect: Dialect) -> str:
    """A statement with `:name` parameters as the driver takes it, so that it is written once and not for each page."""
    return str(text(statement).compile(dialect=dialect))


@lru_cache(maxsize=256)
def _page_statement(conditions: tuple[str, ...], order: str, nights: int | None, is_later_page: bool) -> str:
    where = page = " AND ".join(conditions)
    prices = "JOIN property_prices r ON r.property_id = p.id" if nights else ""
    if is_later_page:
        page += f" AND {order} <= :after_value AND ({order}, -property_id) < (:after_value, -:after_id)"
    return (
        f"SELECT {CARD_COLUMNS}, {total_sql(nights) if nights else 'NULL'} AS total, s.sort_value,"  # noqa: S608  # built from the fixed texts above
        f" (SELECT count(*) FROM"
        f"  (SELECT 1 FROM property_search WHERE {where} LIMIT {COUNT_CAP + 1}) AS capped) AS found"
        f" FROM (SELECT property_id, {order} AS sort_value FROM property_search WHERE {page}"
        f"  ORDER BY {order} DESC, property_id LIMIT {PAGE_SIZE + 1}"
        f") s JOIN properties p ON p.id = s.property_id {CARD_JOINS}{prices} ORDER BY s.sort_value DESC, p.id"
    )


@lru_cache(maxsize=4)
def _recommended_statement(limit: int) -> str:
    return (
        f"SELECT {CARD_COLUMNS} FROM ("  # noqa: S608  # built from the fixed texts above
        "  SELECT property_id, score FROM property_search WHERE is_listed AND rating >= 450"
        f"  ORDER BY score DESC, property_id LIMIT {int(limit)}"
        f") s JOIN properties p ON p.id = s.property_id {CARD_JOINS} ORDER BY s.score DESC, p.id"
    )
