"""Inventing flats: what they are, where, what they cost, who lets them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.domain.listings.amenities import mask_of
from app.domain.listings.reference_cities import CITIES, ReferenceCity
from app.local.demo.cities import DEMO_CITIES
from app.local.demo.people import People, Person
from app.local.demo.photos import PhotoChooser
from app.local.demo.places import DemoCity, Landmark, Quarter
from app.local.demo.rooms.catalogue import RoomKind, RoomPicture
from app.local.demo.rooms.views import ViewKind
from app.local.demo.slugs import slug_of
from app.local.demo.titles import FlatFacts, description_of, title_of
from app.models import CancellationPolicy, LocalizedText, PropertyClass


@dataclass(frozen=True, slots=True)
class DemoFlat:
    """Everything about one flat but its calendar and its reviews. Prices are whole tenge a night."""

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
    base_price: int
    weekend_price: int | None
    cleaning_fee: int
    check_in_time: time
    check_out_time: time
    cleaning_minutes: int
    min_nights: int
    max_nights: int
    policy: CancellationPolicy
    pictures: tuple[RoomPicture, ...]
    created_at: datetime

    @property
    def has_mountain_view(self) -> bool:
        """Do its windows show the mountains?"""
        return any(picture.view == "mountains" for picture in self.pictures)


_CLASSES = (PropertyClass.ECONOMY, PropertyClass.COMFORT, PropertyClass.BUSINESS, PropertyClass.PREMIUM)
_CLASS_WEIGHTS = (28, 40, 22, 10)
_SHOWCASE = (
    PropertyClass.PREMIUM,
    PropertyClass.BUSINESS,
    PropertyClass.COMFORT,
    PropertyClass.BUSINESS,
    PropertyClass.PREMIUM,
    PropertyClass.COMFORT,
)
"""The demo landlord's flats: the first of Almaty."""
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
_CLEANING = {
    PropertyClass.ECONOMY: (0, 0, 2_000),
    PropertyClass.COMFORT: (0, 3_000, 4_000),
    PropertyClass.BUSINESS: (4_000, 5_000, 6_000),
    PropertyClass.PREMIUM: (8_000, 10_000, 12_000),
}
_TIMES = (
    (time(14), time(12), 120),
    (time(14), time(12), 120),
    (time(15), time(12), 120),
    (time(14), time(11), 150),
    (time(13), time(11), 90),
)
_REFERENCE = {city.slug: city for city in CITIES}


def make_flats(people: People, rng: random.Random, *, now: datetime) -> list[DemoFlat]:
    """The flats of all cities; the first ones of Almaty are the demo landlord's and the nicest."""
    landlords = _landlords_by_city(people)
    flats: list[DemoFlat] = []
    for city in DEMO_CITIES:
        chooser = PhotoChooser(city.views, rng)
        quarters = list(_spread(city))
        rng.shuffle(quarters)
        for index, quarter in enumerate(quarters):
            showcase = city.slug == "almaty" and index < len(_SHOWCASE)
            landlord = people.landlord if showcase else rng.choice(landlords[city.slug])
            chosen = _SHOWCASE[index] if showcase else rng.choices(_CLASSES, _CLASS_WEIGHTS)[0]
            flats.append(_flat(city, quarter, landlord, chosen, chooser, rng, now=now, self_check_in=showcase or None))
    return flats


def _landlords_by_city(people: People) -> dict[str, list[Person]]:
    """Most landlords live in Almaty and Astana; every city has at least one."""
    pool = list(people.landlords)
    counts = {"almaty": 11, "astana": 8, "shymkent": 4}
    result: dict[str, list[Person]] = {}
    for city in DEMO_CITIES:
        count = counts.get(city.slug, 1)
        result[city.slug], pool = pool[:count], pool[count:]
    return result


def _spread(city: DemoCity) -> Iterator[Quarter]:
    """The quarters of a city's flats: each in proportion to its share."""
    total = sum(quarter.share for quarter in city.quarters)
    owed = {quarter.slug: 0.0 for quarter in city.quarters}
    for _ in range(city.flats):
        for quarter in city.quarters:
            owed[quarter.slug] += quarter.share / total
        most = max(city.quarters, key=lambda quarter: owed[quarter.slug])
        owed[most.slug] -= 1
        yield most


def _flat(
    city: DemoCity,
    quarter: Quarter,
    landlord: Person,
    property_class: PropertyClass,
    chooser: PhotoChooser,
    rng: random.Random,
    *,
    now: datetime,
    self_check_in: bool | None,
) -> DemoFlat:
    reference = _REFERENCE[city.slug]
    district = next(each for each in reference.districts if each.slug == quarter.slug)
    rooms = rng.choices(*_ROOMS[property_class])[0]
    landmark = rng.choice(quarter.landmarks) if quarter.landmarks and rng.random() < 0.85 else None
    pictures = chooser.choose(property_class, rooms, _praised_view(landmark, city))
    guests = 2 * rooms + (1 if rooms > 1 and rng.random() < 0.5 else 0)
    facts = FlatFacts(
        city=reference,
        district=district,
        landmark=landmark,
        property_class=property_class,
        rooms=rooms,
        beds=max(1, (guests + 1) // 2),
        max_guests=guests,
        area_m2=_area(rooms, property_class, rng),
        self_check_in=rng.random() < 0.72 if self_check_in is None else self_check_in,
        has_parking=rng.random() < 0.45,
        has_workspace=property_class is not PropertyClass.ECONOMY and rng.random() < 0.55,
        takes_pets=rng.random() < 0.14,
    )
    title = title_of(facts, rng)
    floors = (
        rng.choice((5, 9, 9, 12))
        if property_class in {PropertyClass.ECONOMY, PropertyClass.COMFORT}
        else rng.choice((9, 12, 16, 22))
    )
    longitude, latitude = _near(reference, district.longitude, district.latitude, rng)
    base = _base_price(property_class, rooms, city.price_level, rng)
    check_in, check_out, cleaning = rng.choice(_TIMES)
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
        floor=rng.randint(max(2, floors // 2) if property_class is PropertyClass.PREMIUM else 1, floors),
        floors_total=floors,
        amenities=mask_of(_amenities(facts, floors, pictures, rng)),
        base_price=base,
        weekend_price=_round(base * rng.uniform(1.1, 1.22)) if rng.random() < 0.7 else None,
        cleaning_fee=rng.choice(_CLEANING[property_class]),
        check_in_time=check_in,
        check_out_time=check_out,
        cleaning_minutes=cleaning,
        min_nights=rng.choices((1, 2, 3), (88, 10, 2))[0],
        max_nights=rng.choice((30, 60, 90, 90)),
        policy=rng.choices(tuple(CancellationPolicy), (35, 50, 15))[0],
        pictures=tuple(pictures),
        created_at=max(landlord.since, now - timedelta(days=rng.randint(410, 800))),
    )


def _praised_view(landmark: Landmark | None, city: DemoCity) -> ViewKind | None:
    """The view that the title promises, so that the pictures keep the promise."""
    if landmark is None:
        return None
    promised: dict[str, ViewKind] = {"таулар көрінетін": "mountains", "теңіз көрінетін": "sea"}
    if landmark.kk in promised:
        return promised[landmark.kk]
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
    return _round((low + (high - low) * share**1.25) * level)


def _round(price: float) -> int:
    return round(price / 500) * 500


def _building(rng: random.Random) -> str:
    number = rng.randint(2, 240)
    return rng.choice(
        (f"{number}", f"{number}", f"{number}/{rng.randint(1, 9)}", f"{number}А", f"{number}к{rng.randint(1, 4)}")
    )


def _near(city: ReferenceCity, longitude: float, latitude: float, rng: random.Random) -> tuple[float, float]:
    """A point around the district's; closer in small cities, and inland of Aktau's shore."""
    reach = 0.009 if city.slug in {"almaty", "astana", "shymkent"} else 0.005
    east = rng.uniform(0.1, 1.2) if city.slug == "aktau" else rng.uniform(-1.3, 1.3)
    return round(longitude + east * reach, 6), round(latitude + rng.uniform(-1, 1) * reach * 0.8, 6)


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
