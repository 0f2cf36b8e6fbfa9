"""The cities and their districts as conversations need them: read once a minute in each process, and offered."""

from __future__ import annotations

from app.bots.turn import Turn, button
from app.channels.message import Button
from app.domain.listings.cities import CityInfo, DistrictInfo, all_cities
from app.i18n import choose

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


def district_button(city: CityInfo, district: DistrictInfo, *, has_notes: bool) -> Button:
    """A district offered beside those of other cities: the city stands before it, or under it where there is a note.

    In one line they would be longer than WhatsApp's buttons and rows, which hold any of the names alone.
    """
    name, of = choose(district.names), choose(city.names)
    if has_notes:
        return button(name, "plc", district.id, note=of)
    return button(f"{of}, {name}", "plc", district.id)
