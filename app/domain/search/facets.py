"""How many flats each further choice would leave, and what they cost: asked for beside the results, never before them.

Each filter is counted with all the others applied but its own. An amenity is counted on top of those already chosen,
since a flat must have all of them: the number is what choosing it leads to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy.engine import Connection

from app.domain.listings.amenities import AMENITIES
from app.domain.search.conditions import Shape
from app.domain.search.criteria import Criteria
from app.domain.search.results import wanted_of
from app.domain.search.statement import amounts, fetch

SAMPLE = 2000
"""So many flats are looked at, the most recommended: in a larger city the numbers say «at least»."""
RATINGS = (400, 450, 480)
"""The choices of a least rating, × 100."""
MOST_ROOMS = 4
BARS = 24
"""Of the histogram of prices."""

_OWN = ("rooms", "class", "district", "instant", "rating", "amenities")
"""The filters whose choices are counted, beside the price's."""
_CHOSEN = frozenset({*_OWN, "price"})


@dataclass(frozen=True, slots=True)
class Facets:
    """Flats by choice. Prices are tenge: of the whole stay, or of a night without dates."""

    classes: dict[str, int] = field(default_factory=dict)
    rooms: dict[int, int] = field(default_factory=dict)
    """At least so many rooms, 1…4."""
    districts: dict[int, int] = field(default_factory=dict)
    amenities: dict[str, int] = field(default_factory=dict)
    ratings: dict[int, int] = field(default_factory=dict)
    instant: int = 0
    price_least: int | None = None
    price_most: int | None = None
    histogram: tuple[int, ...] = ()
    """Flats by price in BARS equal steps from the least to the most."""
    is_capped: bool = False


def facets(connection: Connection, criteria: Criteria, *, now: datetime) -> Facets:
    """Count the choices around these criteria: one query, two with a text."""
    wanted = wanted_of(connection, criteria, now=now)
    if wanted is None:
        return Facets()
    counted: dict[str, dict[int | str, int]] = {}
    for name, choice, count in fetch(connection, _statement(wanted.shape), wanted.params):
        counted.setdefault(name, {})[choice if name == "class" else int(choice)] = count
    return _facets(counted)


def _facets(counted: dict[str, dict[int | str, int]]) -> Facets:
    def of(name: str) -> dict[int, int]:
        return {int(choice): count for choice, count in counted.get(name, {}).items()}

    rooms, amenities, price, bars = of("rooms"), of("amenity"), of("price"), of("bar")
    return Facets(
        classes={str(code): count for code, count in counted.get("class", {}).items()},
        rooms={n: sum(count for exact, count in rooms.items() if exact >= n) for n in range(1, MOST_ROOMS + 1)},
        districts=of("district"),
        amenities={code: amenities.get(bit, 0) for bit, (code, _) in enumerate(AMENITIES)},
        ratings=of("rating"),
        instant=of("instant").get(1, 0),
        price_least=price.get(0),
        price_most=price.get(1),
        histogram=tuple(bars.get(bar, 0) for bar in range(1, BARS + 1)) if bars else (),
        is_capped=of("sample").get(0, 0) >= SAMPLE,
    )


@lru_cache(maxsize=256)
def _statement(shape: Shape) -> str:
    return (
        f"WITH {_sample(shape)},"
        f" edges AS (SELECT min(price) AS least, max(price) AS most FROM sample WHERE {_others('price')})"
        f" {_counts()}"
    )


def _sample(shape: Shape) -> str:
    """The flats that what is not a choice leaves, each with whether it passes each choice."""
    own = dict.fromkeys((*_OWN, "price"), "true") | {name: sql for name, sql in shape.narrow if name in _CHOSEN}
    if shape.priced is not None:
        own["price"] = shape.priced
    where = " AND ".join(sql for name, sql in shape.narrow if name not in _CHOSEN)
    passes = ", ".join(f"{sql} AS is_{name}" for name, sql in own.items())
    return (
        f"fitting AS MATERIALIZED (SELECT s.* FROM {shape.source} WHERE {where}"
        f" ORDER BY s.score DESC, s.property_id LIMIT {SAMPLE}),"
        f" summed AS MATERIALIZED (SELECT * FROM fitting s{amounts(shape) if shape.amount else ''}),"
        f" sample AS MATERIALIZED (SELECT s.property_class, s.rooms, s.district_id, s.amenities, s.instant_booking,"
        f" s.rating, {shape.shown if shape.amount else 's.base_price'} AS price, {passes} FROM summed s)"
    )


def _others(name: str) -> str:
    """All filters but this one; with `amenities` also its own (see above)."""
    return " AND ".join(f"is_{other}" for other in (*_OWN, "price") if other != name or name == "amenities")


def _counts() -> str:
    ratings = ", ".join(f"({rating})" for rating in RATINGS)
    parts = [
        "SELECT 'sample' AS name, '0' AS choice, count(*) AS flats FROM sample",
        f"SELECT 'class', property_class, count(*) FROM sample WHERE {_others('class')} GROUP BY 2",
        f"SELECT 'rooms', least(rooms, {MOST_ROOMS})::text, count(*) FROM sample WHERE {_others('rooms')} GROUP BY 2",
        f"SELECT 'district', district_id::text, count(*) FROM sample"
        f" WHERE {_others('district')} AND district_id IS NOT NULL GROUP BY 2",
        f"SELECT 'amenity', bit::text, count(*) FROM sample"
        f" CROSS JOIN generate_series(0, {len(AMENITIES) - 1}) AS b (bit)"
        f" WHERE {_others('amenities')} AND (amenities >> bit) & 1 > 0 GROUP BY 2",
        f"SELECT 'instant', '1', count(*) FROM sample WHERE {_others('instant')} AND instant_booking",
        f"SELECT 'rating', least_rating::text, count(*) FROM sample CROSS JOIN (VALUES {ratings}) AS v (least_rating)"
        f" WHERE {_others('rating')} AND rating >= least_rating GROUP BY 2",
        "SELECT 'price', '0', least FROM edges WHERE least IS NOT NULL",
        "SELECT 'price', '1', most FROM edges WHERE most IS NOT NULL",
        f"SELECT 'bar', least({BARS}, 1 + (price - least) * {BARS} / greatest(most - least, 1))::text, count(*)"
        f" FROM sample CROSS JOIN edges WHERE {_others('price')} GROUP BY 2",
    ]
    return " UNION ALL ".join(parts)  # built from our own fixed texts
