"""A share of the people and flats, written batch after batch, each its own transaction, by one process."""

from __future__ import annotations

import gc
import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.config import load_settings
from app.db import transaction
from app.factory import create_worker_app
from app.kit import clock
from app.local.demo.cities import DEMO_CITIES
from app.local.demo.copying import commit_without_waiting
from app.local.demo.flat import DemoFlat, FlatMaker
from app.local.demo.flats import spread
from app.local.demo.market import MarketWriter
from app.local.demo.people import Person, add_people
from app.local.demo.places import DemoCity, Quarter
from app.local.demo.review_rows import ReviewRule
from app.local.demo.rooms.render import DrawnRoom
from app.local.scale.calendars import make_calendar
from app.local.scale.crowd import make_crowd
from app.local.scale.sizes import REVIEWS_A_FLAT

_FLATS_A_BATCH = 250


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the whole that depends on no other: its landlords let its flats to its guests, by its own dice."""

    users: int
    landlords: int
    """So many of the users."""
    flats: int
    first_user: int
    """Where the phone numbers of its people begin."""
    seed: int
    rooms: dict[str, DrawnRoom]
    now: datetime


def open_application() -> None:
    """Make the application for the rest of this process: what a process needs before its first share."""
    create_worker_app(load_settings()).app_context().push()
    gc.freeze()  # what the imports left lives as long as the process: no need to look at it again and again


def write_share(share: Share) -> None:
    """Write the people and the flats with all that belongs to them. Needs an application context."""
    rng = random.Random(share.seed)  # noqa: S311  # dice for made-up data
    landlords, guests = _write_people(share, rng)
    writer = MarketWriter(share.rooms, rng, now=share.now)
    today = clock.local_date(share.now)
    for flats in _batches(share, landlords, rng):
        calendars = [make_calendar(flat, guests, rng, today=today) for flat in flats]
        with transaction() as session:
            commit_without_waiting(session)
            writer.write(session, flats, calendars, ReviewRule(share=1.0, at_most=REVIEWS_A_FLAT))


def _write_people(share: Share, rng: random.Random) -> tuple[list[Person], list[UUID]]:
    """The landlords, and the ids of the guests."""
    landlords: list[Person] = []
    guests: list[UUID] = []
    for batch in make_crowd(share.users, share.landlords, rng, first=share.first_user, now=share.now):
        with transaction() as session:
            commit_without_waiting(session)
            add_people(session, batch)
        missing = share.landlords - len(landlords)
        landlords += batch[:missing]
        guests += [person.id for person in batch[missing:]]
    return landlords, guests


def _batches(share: Share, landlords: Sequence[Person], rng: random.Random) -> Iterator[Sequence[DemoFlat]]:
    """The flats, spread over cities and quarters as in the demo."""
    maker = FlatMaker(rng, now=share.now)
    flats = (
        maker.make(city, quarter, rng.choice(landlords), maker.class_for(quarter))
        for city, quarter in _spots(share.flats, rng)
    )
    while batch := list(itertools.islice(flats, _FLATS_A_BATCH)):
        yield batch


def _spots(count: int, rng: random.Random) -> list[tuple[DemoCity, Quarter]]:
    """Where the flats are, mixed: cities in proportion to their share of the demo."""
    total = sum(city.flats for city in DEMO_CITIES)
    spots = [(city, quarter) for city in DEMO_CITIES for quarter in spread(city, count * city.flats // total)]
    largest = DEMO_CITIES[0]
    spots += [(largest, quarter) for quarter in spread(largest, count - len(spots))]
    rng.shuffle(spots)
    return spots
