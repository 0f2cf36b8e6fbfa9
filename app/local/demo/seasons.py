"""What landlords ask for on some dates: holidays, the season of the place, quiet weeks. Seasons never overlap."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.pricing.tariff import NightRule
from app.local.demo.facts import FlatFacts
from app.models import PropertyClass

_PAST_DAYS, _COMING_DAYS = 400, 520
"""Rules are written for the year behind (past stays were priced by them) and to the end of the calendar."""


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule for nights, as the landlord called it (landlords write Russian)."""

    name: str
    rule: NightRule


@dataclass(frozen=True, slots=True)
class _Season:
    """Nights of every year from (month, day) up to, not including, another; over New Year when that is earlier."""

    name: str
    first: tuple[int, int]
    until: tuple[int, int]
    percent: tuple[int, int]
    """Lowest and highest change, in steps of 5."""
    chance: float
    min_nights: tuple[int, ...] = ()
    """One of these nights at least, in half of the flats."""


_NEW_YEAR = _Season("Новый год", (12, 29), (1, 4), (50, 120), 0.75, (2, 3, 3, 4))
_NAURYZ = _Season("Наурыз", (3, 20), (3, 26), (15, 40), 0.6, (2, 2, 3))
_MAY = _Season("Майские праздники", (5, 1), (5, 11), (10, 25), 0.25, (2,))
_AUTUMN = _Season("Тихий ноябрь", (11, 3), (11, 29), (-20, -10), 0.25)
_SUMMER = _Season("Лето", (6, 1), (9, 1), (5, 15), 0.15)
_SUMMER_AT_THE_MOUNTAINS = _Season("Лето у гор", (6, 1), (9, 1), (15, 30), 0.7)
_SUMMER_AT_THE_WATER = _Season("Летний сезон", (6, 1), (9, 1), (30, 60), 0.9, (2, 3))
_SKIING = _Season("Горнолыжный сезон", (1, 6), (3, 9), (10, 30), 0.6, (2,))

_BY_THE_WATER = frozenset({"aktau", "kokshetau", "atyrau"})


def seasons_of(facts: FlatFacts, base_price: int, rng: random.Random, *, today: date) -> tuple[NamedRule, ...]:
    """The rules of one flat, the earliest first. Premium flats name a price for New Year instead of per cents."""
    found: list[NamedRule] = []
    for season in _of_the_place(facts):
        if rng.random() > season.chance:
            continue
        percent = rng.randrange(season.percent[0], season.percent[1] + 1, 5)
        shortest = rng.choice(season.min_nights) if season.min_nights and rng.random() < 0.5 else None
        price = None
        if season is _NEW_YEAR and facts.property_class is PropertyClass.PREMIUM:
            price = round(base_price * (100 + percent) / 100 / 1000) * 1000
        for first, until in _years(season, today):
            rule = NightRule(first, until, price, None if price else percent, shortest)
            found.append(NamedRule(season.name, rule))
    return tuple(sorted(found, key=lambda each: each.rule.first))


def _of_the_place(facts: FlatFacts) -> tuple[_Season, ...]:
    """The seasons that a landlord there may think of."""
    if facts.city.slug in _BY_THE_WATER:
        return _NEW_YEAR, _NAURYZ, _SUMMER_AT_THE_WATER, _AUTUMN
    if facts.city.slug == "almaty" and facts.district.slug in {"medeu", "bostandyk", "nauryzbay"}:
        return _NEW_YEAR, _SKIING, _NAURYZ, _MAY, _SUMMER_AT_THE_MOUNTAINS, _AUTUMN
    return _NEW_YEAR, _NAURYZ, _MAY, _SUMMER, _AUTUMN


def _years(season: _Season, today: date) -> Iterator[tuple[date, date]]:
    """The season's dates in the years that matter."""
    for year in range(today.year - 2, today.year + 3):
        first = date(year, *season.first)
        until = date(year + (season.until < season.first), *season.until)
        if (today - until).days < _PAST_DAYS and (first - today).days < _COMING_DAYS:
            yield first, until
