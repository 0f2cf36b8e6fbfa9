"""Cities as pages need them, read from the database once a minute in each process."""

from __future__ import annotations

import time
from functools import lru_cache

from app.db import reading
from app.domain.listings.cities import CityInfo, all_cities

SECONDS = 60


def known_cities() -> dict[str, CityInfo]:
    """Every city by slug; counts of listings are up to a minute old."""
    return _cities(int(time.monotonic() // SECONDS))


@lru_cache(maxsize=1)
def _cities(_minute: int) -> dict[str, CityInfo]:
    with reading() as connection:
        return all_cities(connection)
