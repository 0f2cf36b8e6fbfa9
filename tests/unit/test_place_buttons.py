"""Cities and districts as buttons: in WhatsApp nothing of a name is cut, for every place of the product."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from app.bots.memory import Memory
from app.bots.places import district_button
from app.bots.turn import navigation
from app.channels.message import Message
from app.channels.whatsapp_parts import Pressable, parts_of
from app.channels.whatsapp_text import LONGEST_ITEM, LONGEST_REPLY, size
from app.domain.listings.cities import CityInfo, DistrictInfo
from app.domain.listings.reference_cities import CITIES, ReferenceCity, ReferenceDistrict
from app.i18n import DEFAULT_LANGUAGE, LANGUAGES, choose, use_language
from app.models import Coordinates, LocalizedText


@pytest.fixture(params=LANGUAGES, autouse=True)
def language(request: pytest.FixtureRequest) -> Iterator[None]:
    use_language(request.param)
    yield
    use_language(DEFAULT_LANGUAGE)


def names(place: ReferenceCity | ReferenceDistrict) -> LocalizedText:
    return {"ru": place.name_ru, "kk": place.name_kk, "en": place.name_en}


def seeded() -> list[tuple[CityInfo, DistrictInfo]]:
    """Every district with its city."""
    found = []
    for city in CITIES:
        where = Coordinates(city.longitude, city.latitude)
        info = CityInfo(0, city.slug, names(city), names(city), where, (), 0)
        found += [(info, DistrictInfo(0, district.slug, names(district))) for district in city.districts]
    return [(city, DistrictInfo(number, one.slug, one.names)) for number, (city, one) in enumerate(found, 1)]


def test_every_name_is_whole_where_it_stands_alone() -> None:
    """Two cities to choose between are quick replies, districts are always more than three."""
    assert [name for city, _ in seeded() if size(name := choose(city.names)) > LONGEST_REPLY] == []
    assert [name for _, district in seeded() if size(name := choose(district.names)) > LONGEST_ITEM] == []


def test_any_two_districts_are_whole_and_told_apart() -> None:
    for both in combinations(seeded(), 2):
        rows = tuple((district_button(*each, has_notes=True),) for each in both)
        [part] = parts_of(Message(text="Где?", rows=(*rows, navigation(Memory()))))
        assert isinstance(part, Pressable)
        assert part.list_button, "quick replies are too short for names"
        shown = [(option.title, option.note) for option in part.options[:2]]
        said = [choose(district.names) for _, district in both]
        if said[0] == said[1]:
            said = [f"1. {said[0]}", f"2. {said[1]}"]
        assert shown == [(name, choose(city.names)) for name, (city, _) in zip(said, both, strict=True)]


def test_where_a_button_is_one_line_it_says_both() -> None:
    for city, district in seeded():
        assert (
            district_button(city, district, has_notes=False).label == f"{choose(city.names)}, {choose(district.names)}"
        )
