"""Inventing one flat: what it is, where, what it costs, what its pictures show."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.listings.amenities import mask_of
from app.domain.listings.reference_cities import CITIES
from app.domain.pricing.tariff import Tariff
from app.kit import clock
from app.local.demo.descriptions import description_of
from app.local.demo.facts import FlatFacts
from app.local.demo.house import DemoHouse, house_of
from app.local.demo.people import Person
from app.local.demo.photos import PhotoChooser, is_shown
from app.local.demo.places import DemoCity, Landmark, Quarter
from app.local.demo.rates import DemoRates, rates_of, rounded
from app.local.demo.rooms.catalogue import RoomKind, RoomPicture
from app.local.demo.rooms.views import ViewKind
from app.local.demo.slugs import slug_of
from app.local.demo.titles import title_of
from app.models import LocalizedText, PropertyClass


@dataclass(frozen=True, slots=True)
class DemoFlat:
    """Everything about one flat but its calendar and its reviews."""

    facts: FlatFacts
    landlord: Person
    title: LocalizedText
    description: LocalizedText
    slug: str
    street: str
    building: str
    longitude: float
    latitude: float
    floor: int
    floors_total: int
    amenities: int
    rates: DemoRates
    house: DemoHouse
    pictures: tuple[RoomPicture, ...]
    created_at: datetime

    @property
    def tariff(self) -> Tariff:
        """What it charges: the one source of its prices."""
        return self.rates.tariff

    @property
    def has_mountain_view(self) -> bool:
        """Do its windows show the mountains?"""
        return any(picture.view == "mountains" for picture in self.pictures)


_CLASSES = (PropertyClass.ECONOMY, PropertyClass.COMFORT, PropertyClass.BUSINESS, PropertyClass.PREMIUM)
_CLASS_WEIGHTS = (22, 40, 26, 12)
_OUTER_WEIGHTS = (48, 47, 5, 0)
"""In the outer districts of a large city there is nothing costly."""
_PRICES = {
    PropertyClass.ECONOMY: (9_000, 14_000),
    PropertyClass.COMFORT: (14_000, 24_000),
    PropertyClass.BUSINESS: (24_000, 40_000),
    PropertyClass.PREMIUM: (45_000, 120_000),
}
_ROOMS = {
    PropertyClass.ECONOMY: ((1, 2), (70, 30)),
    PropertyClass.COMFORT: ((1, 2, 3), (38, 42, 20)),
    PropertyClass.BUSINESS: ((1, 2, 3), (30, 45, 25)),
    PropertyClass.PREMIUM: ((2, 3, 4), (45, 40, 15)),
}
_REFERENCE = {city.slug: city for city in CITIES}


class FlatMaker:
    """Invents flats one after another with the same dice."""

    def __init__(self, rng: random.Random, *, now: datetime) -> None:
        self._rng = rng
        self._now = now
        self._choosers: dict[str, PhotoChooser] = {}

    def class_for(self, quarter: Quarter) -> PropertyClass:
        """A class that is met in this quarter."""
        return self._rng.choices(_CLASSES, _OUTER_WEIGHTS if quarter.is_outer else _CLASS_WEIGHTS)[0]

    def make(
        self,
        city: DemoCity,
        quarter: Quarter,
        landlord: Person,
        property_class: PropertyClass,
        *,
        showcase: bool = False,
    ) -> DemoFlat:
        """One flat. A `showcase` has something to praise nearby and opens with a code."""
        chooser = self._choosers.setdefault(city.slug, PhotoChooser(city.views, self._rng))
        facts = _facts(city, quarter, property_class, self._rng, showcase=showcase)
        pictures = chooser.choose(property_class, facts.rooms, _praised_view(facts.landmark, city))
        return _flat(city, quarter, landlord, facts=facts, pictures=pictures, rng=self._rng, now=self._now)


def _flat(
    city: DemoCity,
    quarter: Quarter,
    landlord: Person,
    *,
    facts: FlatFacts,
    pictures: list[RoomPicture],
    rng: random.Random,
    now: datetime,
) -> DemoFlat:
    title = title_of(facts, rng)
    lowest, floors = _floors(facts.property_class, rng)
    longitude, latitude = _near(facts, rng)
    base = _base_price(facts.property_class, facts.rooms, city.price_level, rng)
    return DemoFlat(
        facts=facts,
        landlord=landlord,
        title=title,
        description=description_of(facts, rng),
        slug=slug_of(title["ru"]),
        street=rng.choice(quarter.streets),
        building=_building(rng),
        longitude=longitude,
        latitude=latitude,
        floor=rng.randint(lowest, floors),
        floors_total=floors,
        amenities=mask_of(_amenities(facts, floors, pictures, rng)),
        rates=rates_of(facts, base, rng, today=clock.local_date(now)),
        house=house_of(facts, rng),
        pictures=tuple(pictures),
        created_at=max(landlord.since, now - timedelta(days=rng.randint(410, 800))),
    )


def _facts(
    city: DemoCity, quarter: Quarter, property_class: PropertyClass, rng: random.Random, *, showcase: bool
) -> FlatFacts:
    reference = _REFERENCE[city.slug]
    rooms = rng.choices(*_ROOMS[property_class])[0]
    guests = 2 * rooms + (1 if rooms > 1 and rng.random() < 0.5 else 0)
    return FlatFacts(
        city=reference,
        district=next(each for each in reference.districts if each.slug == quarter.slug),
        landmark=_landmark(quarter, property_class, rng, certainly=showcase),
        property_class=property_class,
        rooms=rooms,
        beds=max(1, (guests + 1) // 2),
        max_guests=guests,
        area_m2=_area(rooms, property_class, rng),
        self_check_in=showcase or rng.random() < 0.72,
        has_parking=rng.random() < 0.45,
        has_workspace=property_class is not PropertyClass.ECONOMY and rng.random() < 0.55,
        takes_pets=rng.random() < 0.14,
    )


def _floors(property_class: PropertyClass, rng: random.Random) -> tuple[int, int]:
    """The lowest floor the flat may be on, and the floors of its house."""
    if property_class in {PropertyClass.ECONOMY, PropertyClass.COMFORT}:
        return 1, rng.choice((5, 9, 9, 12))
    floors = rng.choice((9, 12, 16, 22))
    return (floors // 2 if property_class is PropertyClass.PREMIUM else 1), floors


_PROMISES: dict[str, ViewKind] = {"таулар көрінетін": "mountains", "теңіз көрінетін": "sea"}


def _landmark(
    quarter: Quarter, property_class: PropertyClass, rng: random.Random, *, certainly: bool
) -> Landmark | None:
    """Something to praise; a view only where the pictures of this class can keep the promise."""
    possible = [
        landmark
        for landmark in quarter.landmarks
        if landmark.kk not in _PROMISES or is_shown(_PROMISES[landmark.kk], property_class)
    ]
    return rng.choice(possible) if possible and (certainly or rng.random() < 0.85) else None


def _praised_view(landmark: Landmark | None, city: DemoCity) -> ViewKind | None:
    """The view that the title promises, so that the pictures keep the promise."""
    if landmark is None:
        return None
    if landmark.kk in _PROMISES:
        return _PROMISES[landmark.kk]
    return "river" if "жағалауындағы" in landmark.kk and "river" in city.views else None


def _area(rooms: int, property_class: PropertyClass, rng: random.Random) -> int:
    per_room = {PropertyClass.ECONOMY: 24, PropertyClass.COMFORT: 27, PropertyClass.BUSINESS: 32}.get(
        property_class, 40
    )
    return round(per_room * (rooms + 0.35) * rng.uniform(0.92, 1.12))


def _base_price(property_class: PropertyClass, rooms: int, level: float, rng: random.Random) -> int:
    low, high = _PRICES[property_class]
    biggest = _ROOMS[property_class][0][-1]
    smallest = _ROOMS[property_class][0][0]
    size = (rooms - smallest) / max(1, biggest - smallest)
    share = min(1.0, max(0.0, 0.65 * size + rng.uniform(0.0, 0.4)))
    return rounded((low + (high - low) * share**1.25) * level)


def _building(rng: random.Random) -> str:
    number = rng.randint(2, 240)
    return rng.choice(
        (f"{number}", f"{number}", f"{number}/{rng.randint(1, 9)}", f"{number}А", f"{number}к{rng.randint(1, 4)}")
    )


def _near(facts: FlatFacts, rng: random.Random) -> tuple[float, float]:
    """A point around the district's; closer in small cities, and inland of Aktau's shore."""
    reach = 0.009 if facts.city.slug in {"almaty", "astana", "shymkent"} else 0.005
    east = rng.uniform(0.1, 1.2) if facts.city.slug == "aktau" else rng.uniform(-1.3, 1.3)
    north = rng.uniform(-0.8, 0.8)
    return round(facts.district.longitude + east * reach, 6), round(facts.district.latitude + north * reach, 6)


def _amenities(facts: FlatFacts, floors: int, pictures: list[RoomPicture], rng: random.Random) -> list[str]:
    """What there is: the pictures' bath and balcony are really there."""
    codes = ["wifi", "kitchen", "fridge", "kettle", "iron", "tv"]
    costly = facts.property_class in {PropertyClass.BUSINESS, PropertyClass.PREMIUM}
    chances = {
        "washer": 0.92,
        "air_conditioning": 0.95 if costly else 0.6,
        "hair_dryer": 0.9,
        "microwave": 0.8,
        "crib": 0.25,
        "smoking": 0.04,
        "dishwasher": 0.75 if costly else 0.12,
    }
    codes += [code for code, chance in chances.items() if rng.random() < chance]
    shown = {picture.kind for picture in pictures}
    wanted = {
        "elevator": floors > 5,
        "parking": facts.has_parking,
        "workspace": facts.has_workspace,
        "pets": facts.takes_pets,
        "balcony": RoomKind.BALCONY in shown or rng.random() < 0.3,
        "bath": any(picture.kind is RoomKind.BATHROOM and picture.plan % 2 for picture in pictures),
        "mountain_view": any(picture.view == "mountains" for picture in pictures),
    }
    return codes + [code for code, there in wanted.items() if there]
