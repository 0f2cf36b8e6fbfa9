"""Saying that what guests are shown of a flat is another: its free nights, or its listing (prices, texts, reviews).

Whoever keeps finished pages hears of it after the commit (`app.db.after_commit`), never of what was rolled back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.db import later

HOOK = "flat_changed"
"""Name of the after-commit hook; its items are FlatChange."""


class FlatChange(NamedTuple):
    """What changed where. `is_listing`: more than the free nights."""

    property_id: int
    city_id: int
    is_listing: bool


def nights(session: Session, property_id: int, city_id: int) -> None:
    """Other nights of a flat are free from the commit on."""
    later(session, HOOK, FlatChange(property_id, city_id, is_listing=False))


def listing(session: Session, property_id: int, city_id: int) -> None:
    """A flat's prices, texts, status or reviews are others from the commit on."""
    later(session, HOOK, FlatChange(property_id, city_id, is_listing=True))


def subjects_of(changes: Iterable[FlatChange]) -> set[str]:
    """What is not to be shown any more: see `app.cache`."""
    found = set()
    for change in changes:
        found |= {property_subject(change.property_id), city_subject(change.city_id)}
        if change.is_listing:
            found.add(COUNTRY)
    return found


COUNTRY = "country"
"""The subject of what is shown of flats of all cities (not their free nights)."""


def property_subject(property_id: int) -> str:
    """The subject of what is shown of one flat."""
    return f"property:{property_id}"


def city_subject(city_id: int) -> str:
    """The subject of what is shown of a city's flats."""
    return f"city:{city_id}"
