"""What the home page shows of all cities: good flats, and a picture of each city."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import text
from sqlalchemy.engine import Connection

from app.domain.listings.cards import CARD_COLUMNS, CARD_JOINS, CardRow, PhotoInfo, card_rows
from app.domain.search.statement import fetch


def recommended(connection: Connection, *, language: str, limit: int = 8) -> list[CardRow]:
    """The best rated listings of the country."""
    return card_rows(fetch(connection, _recommended_statement(limit), {"lang": language}))


def city_covers(connection: Connection) -> dict[int, PhotoInfo]:
    """One picture for each city that has listings: of its most recommended flat."""
    return {row.city_id: PhotoInfo(row.key, row.width, row.height, row.blur) for row in connection.execute(_COVERS)}


_COVERS = text(
    "SELECT c.id AS city_id, f.key, f.width, f.height, f.blur FROM cities c CROSS JOIN LATERAL ("
    "  SELECT property_id FROM property_search WHERE is_listed AND city_id = c.id"
    "  ORDER BY score DESC, property_id LIMIT 1"
    ") s JOIN photos f ON f.property_id = s.property_id AND f.position = 0"
)


@lru_cache(maxsize=4)
def _recommended_statement(limit: int) -> str:
    return (
        f"SELECT {CARD_COLUMNS} FROM ("
        "  SELECT property_id, score FROM property_search WHERE is_listed AND rating >= 450"
        f"  ORDER BY score DESC, property_id LIMIT {int(limit)}"
        f") s JOIN properties p ON p.id = s.property_id {CARD_JOINS} ORDER BY s.score DESC, p.id"
    )
