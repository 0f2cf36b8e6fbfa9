"""Fills a database to the customer's sizes: shares of people and flats, written by all cores. Nothing is dropped."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime

from sqlalchemy import func, select, text

from app.db import transaction
from app.domain.listings.cities import sync_reference
from app.domain.search import spelling
from app.domain.search.drift import drifted
from app.local.demo.rooms.render import DrawnRoom
from app.local.scale.share import Share, open_application, write_share
from app.local.scale.sizes import Sizes
from app.models import User

_FLATS_A_SHARE = 1_250
"""Bounds the memory of a process (a share keeps its 12 500 people); four shares keep two cores busy to the end."""
_SEEDS_A_RUN = 1_000
_ANALYZED = (
    *("users", "user_profiles", "properties", "photos", "access_instructions", "price_rules", "stay_discounts"),
    *("property_search", "property_prices", "property_words", "bookings"),
    *("booking_events", "occupancies", "payments", "transactions", "ledger_entries", "access_grants", "reviews"),
    "audit_entries",
)


def fill(sizes: Sizes, *, rooms: Mapping[str, DrawnRoom], now: datetime) -> None:
    """Add users, flats, bookings with their money, and reviews; ANALYZE at the end.

    What is there stays, so a second run adds as much again. Stopped half-way, it leaves whole batches.
    The same sizes on the same database give the same data on any number of cores (ids of rows and nonces aside).
    Needs an application context; other processes read the same settings from the environment.
    Raises DomainError `busy` when a lock cannot be had.
    """
    with transaction() as session:
        sync_reference(session)
        taken = session.scalar(select(func.count()).select_from(User)) or 0
    shares = _shares(sizes, taken, rooms, now)
    if len(shares) == 1:
        write_share(shares[0])
    else:
        workers = min(len(shares), multiprocessing.cpu_count())
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context, initializer=open_application) as pool:
            list(pool.map(write_share, shares))
    with transaction() as session:
        spelling.learn_all(session)
        for table in _ANALYZED:
            session.execute(text(f"ANALYZE {table}"))


def drift(*, now: datetime) -> int:
    """How many flats' search rows differ from what they should be."""
    with transaction() as session:
        return len(drifted(session, now=now))


def _shares(sizes: Sizes, taken: int, rooms: Mapping[str, DrawnRoom], now: datetime) -> list[Share]:
    """The whole in nearly equal parts, each with phone numbers and dice of its own; `taken` people are there."""
    count = -(-sizes.properties // _FLATS_A_SHARE)
    users, landlords, flats = (_split(size, count) for size in (sizes.users, sizes.landlords, sizes.properties))
    return [
        Share(
            users=users[number],
            landlords=landlords[number],
            flats=flats[number],
            first_user=taken + sum(users[:number]),
            seed=taken * _SEEDS_A_RUN + number,
            rooms=dict(rooms),
            now=now,
        )
        for number in range(count)
    ]


def _split(size: int, parts: int) -> list[int]:
    """Nearly equal whole parts of `size`."""
    return [size * (number + 1) // parts - size * number // parts for number in range(parts)]
