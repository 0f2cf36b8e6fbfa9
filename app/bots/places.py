"""The cities and their districts as conversations need them: read once a minute in each process."""

from __future__ import annotations

from app.bots.turn import Turn
from app.domain.listings.cities import CityInfo, all_cities

SECONDS = 60

KEPT: dict[int, dict[str, CityInfo]] = {}
"""The cities of one minute."""


def cities(turn: Turn) -> dict[str, CityInfo]:
    """Every city by slug, in their fixed order; counts of listings are up to a minute old. At most three queries."""
    minute = int(turn.now.timestamp()) // SECONDS
    found = KEPT.get(minute)
    if found is None:
        found = all_cities(turn.connection)
        KEPT.clear()
        KEPT[minute] = found
    return found
