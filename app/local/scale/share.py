"""One process's share of the flats, written batch after batch, each its own transaction."""

from __future__ import annotations

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
from app.local.demo.flat import DemoFlat, FlatMaker
from app.local.demo.flats import spread
from app.local.demo.market import MarketWriter
from app.local.demo.people import Person
from app.local.demo.places import DemoCity, Quarter
from app.local.demo.review_rows import ReviewRule
from app.local.demo.rooms.render import DrawnRoom
from app.local.scale.calendars import make_calendar
from app.local.scale.sizes import REVIEWS_A_FLAT

_FLATS_A_BATCH = 250


@dataclass(frozen=True, slots=True)
class Share:
    """What one process writes: so many flats of these landlords, booked by these guests, from these dice."""

    flats: int
    seed: int
    landlords: tuple[Person, ...]
    guests: tuple[UUID, ...]
    rooms: dict[str, DrawnRoom]
    now: datetime


def write_share(share: Share) -> int:
    """Write the flats with all that belongs to them; how many. Runs in a process of its own."""
    with create_worker_app(load_settings()).app_context():
        return write_flats(share)


def write_flats(share: Share) -> int:
    """The same inside an application context."""
    rng = random.Random(share.seed)  # noqa: S311  # dice for made-up data
    writer = MarketWriter(share.rooms, rng, now=share.now)
    today = clock.local_date(share.now)
    done = 0
    for flats in _batches(share, rng):
        calendars = [make_calendar(flat, share.guests, rng, today=today) for flat in flats]
        with transaction() as session:
            writer.write(session, flats, calendars, ReviewRule(share=1.0, at_most=REVIEWS_A_FLAT))
        done += len(flats)
    return done


def _batches(share: Share, rng: random.Random) -> Iterator[Sequence[DemoFlat]]:
    """The flats, spread over cities and quarters as in the demo."""
    maker = FlatMaker(rng, now=share.now)
    flats = (
        maker.make(city, quarter, rng.choice(share.landlords), maker.class_for(quarter))
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
