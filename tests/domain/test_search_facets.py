"""Each number beside a filter is how many flats the search finds with that choice and all the other filters."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import reading, transaction
from app.domain.listings.amenities import AMENITIES, mask_of
from app.domain.search.criteria import Criteria
from app.domain.search.facets import BARS, RATINGS, Facets, facets
from app.domain.search.results import find
from app.kit import clock
from app.models import City, District, PropertyClass
from tests import factories

CITY = "taraz"
"""A city that no other test uses."""


@pytest.fixture(scope="module")
def city(web_app: Flask) -> int:
    """Thirty random flats."""
    dice = random.Random(5)
    with web_app.app_context(), transaction() as session:
        city_id = session.scalars(select(City.id).where(City.slug == CITY)).one()
        districts = session.scalars(select(District.id).where(District.city_id == city_id)).all()
        landlord_id = factories.make_user(session)
        for _ in range(30):
            count = dice.randint(0, 9)
            factories.make_property(
                session,
                city=CITY,
                landlord_id=landlord_id,
                district_id=dice.choice([None, *districts]),
                property_class=dice.choice(list(PropertyClass)).value,
                rooms=dice.randint(1, 6),
                amenities=dice.getrandbits(len(AMENITIES)),
                base_price=dice.randint(5, 90) * 1000,
                instant_booking=dice.random() < 0.6,
                rating_count=count,
                rating_sum=min(5 * count, count * 4 + dice.randint(0, 9)),
            )
    return city_id


def counted(criteria: Criteria) -> Facets:
    with reading() as connection:
        return facets(connection, criteria, now=clock.now())


def found(criteria: Criteria) -> int:
    with reading() as connection:
        return find(connection, criteria, language="ru", now=clock.now()).count


@pytest.mark.parametrize("has_dates", [False, True])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"classes": ("comfort", "premium"), "rooms": 2},
        {"amenities": mask_of(["wifi"]), "instant_only": True},
        {"rating_from": 400, "price_from": 20_000},
        {"price_from": 15_000, "price_to": 400_000, "classes": ("economy",), "is_flexible": True},
        {"text": "парк"},
    ],
)
def test_every_number_is_what_the_choice_finds(
    app: Flask, city: int, asked: dict[str, object], has_dates: bool
) -> None:
    stay = factories.stay_in(30, 3) if has_dates else None
    criteria = replace(Criteria(city, stay=stay), **asked)  # type: ignore[arg-type]
    numbers = counted(criteria)
    for each in PropertyClass:
        assert numbers.classes.get(each.value, 0) == found(replace(criteria, classes=(each.value,)))
    for rooms, number in numbers.rooms.items():
        assert number == found(replace(criteria, rooms=rooms))
    for code, number in numbers.amenities.items():
        assert number == found(replace(criteria, amenities=criteria.amenities | mask_of([code])))
    for rating in RATINGS:
        assert numbers.ratings.get(rating, 0) == found(replace(criteria, rating_from=rating))
    for district, number in numbers.districts.items():
        assert number == found(replace(criteria, district_id=district))
    assert numbers.instant == found(replace(criteria, instant_only=True))
    _check_prices(criteria, numbers)


def _check_prices(criteria: Criteria, numbers: Facets) -> None:
    anything = replace(criteria, price_from=None, price_to=None)
    assert sum(numbers.histogram) == found(anything) > 0
    assert len(numbers.histogram) == BARS
    assert numbers.histogram[0] > 0
    assert numbers.histogram[-1] > 0
    assert numbers.price_least is not None
    assert numbers.price_most is not None
    assert found(replace(anything, price_from=numbers.price_least, price_to=numbers.price_most)) == found(anything)
    assert found(replace(anything, price_to=numbers.price_least - 1)) == 0
    assert found(replace(anything, price_from=numbers.price_most + 1)) == 0


def test_nothing_found_has_no_numbers(app: Flask, city: int) -> None:
    assert counted(Criteria(city, text="zzzzqqqq")) == Facets()
    assert counted(Criteria(city, guests=40)).price_least is None
