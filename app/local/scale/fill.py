"""Fills a database to the customer's sizes: people first, then flats in two processes. Nothing is dropped."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text

from app.db import transaction
from app.domain.listings.cities import sync_reference
from app.domain.search import index
from app.local.demo.people import Person, add_people
from app.local.demo.rooms.render import DrawnRoom
from app.local.scale.crowd import make_crowd
from app.local.scale.share import Share, write_flats, write_share
from app.local.scale.sizes import Sizes
from app.models import User

_FEWEST_FOR_TWO = 500
"""Below so many flats a second process costs more than it brings."""
_ANALYZED = (
    *("users", "user_profiles", "properties", "photos", "property_search", "access_instructions", "bookings"),
    *("booking_events", "occupancies", "payments", "transactions", "ledger_entries", "access_grants", "reviews"),
    "audit_entries",
)


def fill(sizes: Sizes, *, rooms: Mapping[str, DrawnRoom], now: datetime) -> None:
    """Add users, flats, bookings with their money, and reviews; ANALYZE at the end.

    What is there stays, so a second run adds as much again. Stopped half-way, it leaves whole batches.
    Needs an application context; the second process reads the same settings from the environment.
    Raises DomainError `busy` when a lock cannot be had.
    """
    with transaction() as session:
        sync_reference(session)
        taken = session.scalar(select(func.count()).select_from(User)) or 0
    landlords, guests = _people(sizes, random.Random(taken), taken=taken, now=now)  # noqa: S311  # made-up data
    shares = [
        Share(flats, taken + number, tuple(landlords), tuple(guests), dict(rooms), now)
        for number, flats in enumerate(_split(sizes.properties))
    ]
    if len(shares) == 1:
        write_flats(shares[0])
    else:
        with ProcessPoolExecutor(len(shares), mp_context=multiprocessing.get_context("spawn")) as pool:
            list(pool.map(write_share, shares))
    with transaction() as session:
        for table in _ANALYZED:
            session.execute(text(f"ANALYZE {table}"))


def drift(*, now: datetime) -> int:
    """How many flats' search rows differ from what they should be."""
    with transaction() as session:
        return len(index.drifted(session, now=now))


def _people(sizes: Sizes, rng: random.Random, *, taken: int, now: datetime) -> tuple[list[Person], list[UUID]]:
    landlords: list[Person] = []
    guests: list[UUID] = []
    for batch in make_crowd(sizes.users, sizes.landlords, rng, taken=taken, now=now):
        with transaction() as session:
            add_people(session, batch)
        missing = sizes.landlords - len(landlords)
        landlords += batch[:missing]
        guests += [person.id for person in batch[missing:]]
    return landlords, guests


def _split(flats: int) -> list[int]:
    return [flats] if flats < _FEWEST_FOR_TWO else [flats - flats // 2, flats // 2]
