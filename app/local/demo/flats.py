"""The flats of the demo: so many a city, spread over its quarters, let by people who live there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from app.local.demo.cities import DEMO_CITIES
from app.local.demo.flat import DemoFlat, FlatMaker
from app.local.demo.people import People, Person
from app.local.demo.places import DemoCity, Quarter
from app.models import CancellationPolicy, PropertyClass

_SHOWCASE = (
    ("medeu", PropertyClass.PREMIUM),
    ("bostandyk", PropertyClass.BUSINESS),
    ("almaly", PropertyClass.COMFORT),
    ("medeu", PropertyClass.BUSINESS),
    ("bostandyk", PropertyClass.PREMIUM),
    ("almaly", PropertyClass.BUSINESS),
)
"""The demo landlord's flats: the first of Almaty."""
_BY_REQUEST = (2, 4)
"""Those of them that are asked for first."""


def make_flats(people: People, rng: random.Random, *, now: datetime) -> list[DemoFlat]:
    """The flats of all cities; the first ones of Almaty are the demo landlord's and the nicest."""
    landlords = _landlords_by_city(people)
    maker = FlatMaker(rng, now=now)
    flats: list[DemoFlat] = []
    for city in DEMO_CITIES:
        quarters = list(spread(city, city.flats))
        rng.shuffle(quarters)
        if city.slug == "almaty":
            flats += _showcase(city, quarters, people.landlord, maker)
        for quarter in quarters:
            flats.append(maker.make(city, quarter, rng.choice(landlords[city.slug]), maker.class_for(quarter)))
    return flats


def spread(city: DemoCity, count: int) -> Iterator[Quarter]:
    """The quarters of so many flats of a city: each in proportion to its share."""
    total = sum(quarter.share for quarter in city.quarters)
    owed = {quarter.slug: 0.0 for quarter in city.quarters}
    for _ in range(count):
        for quarter in city.quarters:
            owed[quarter.slug] += quarter.share / total
        most = max(city.quarters, key=lambda quarter: owed[quarter.slug])
        owed[most.slug] -= 1
        yield most


def _showcase(city: DemoCity, quarters: list[Quarter], landlord: Person, maker: FlatMaker) -> list[DemoFlat]:
    """The demo landlord's flats; their quarters are taken out of the list."""
    flats: list[DemoFlat] = []
    for slug, property_class in _SHOWCASE:
        quarter = next(each for each in quarters if each.slug == slug)
        quarters.remove(quarter)
        flat = maker.make(city, quarter, landlord, property_class, showcase=True)
        number = len(flats)
        policy = CancellationPolicy.FLEXIBLE if number == 0 else CancellationPolicy.MODERATE
        house = replace(flat.house, min_nights=1, instant_booking=number not in _BY_REQUEST, policy=policy)
        flats.append(replace(flat, house=house))
    return flats


def _landlords_by_city(people: People) -> dict[str, list[Person]]:
    """Most landlords live in Almaty and Astana; every city has at least one."""
    pool = list(people.landlords)
    counts = {"almaty": 12, "astana": 9, "shymkent": 4}
    result: dict[str, list[Person]] = {}
    for city in DEMO_CITIES:
        count = counts.get(city.slug, 1)
        result[city.slug], pool = pool[:count], pool[count:]
    return result
