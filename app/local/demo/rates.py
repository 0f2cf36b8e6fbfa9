"""What demo flats charge: nights, seasons, long stays, extra guests, single nights, deposits."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from app.domain.pricing.tariff import Tariff
from app.local.demo.facts import FlatFacts
from app.local.demo.seasons import NamedRule, seasons_of
from app.models import PropertyClass

_CLEANING = {
    PropertyClass.ECONOMY: (0, 0, 2_000),
    PropertyClass.COMFORT: (0, 3_000, 4_000),
    PropertyClass.BUSINESS: (4_000, 5_000, 6_000),
    PropertyClass.PREMIUM: (8_000, 10_000, 12_000),
}
_EXTRA_GUEST = {
    PropertyClass.ECONOMY: (1_500, 2_000),
    PropertyClass.COMFORT: (2_000, 3_000),
    PropertyClass.BUSINESS: (3_000, 4_000, 5_000),
    PropertyClass.PREMIUM: (6_000, 8_000),
}
_DEPOSITS = {
    PropertyClass.ECONOMY: (0.04, (5_000,)),
    PropertyClass.COMFORT: (0.08, (10_000,)),
    PropertyClass.BUSINESS: (0.25, (15_000, 20_000)),
    PropertyClass.PREMIUM: (0.7, (30_000, 50_000)),
}
"""How often there is one, and how much."""


@dataclass(frozen=True, slots=True)
class DemoRates:
    """A flat's tariff with all its rules, past ones too, and the rules by name."""

    tariff: Tariff
    seasons: tuple[NamedRule, ...]


def rates_of(facts: FlatFacts, base_price: int, rng: random.Random, *, today: date) -> DemoRates:
    """Everything that a flat charges, around its price of an ordinary night (tenge)."""
    seasons = seasons_of(facts, base_price, rng, today=today)
    included = facts.max_guests
    if facts.max_guests > 2 and rng.random() < 0.45:
        included = max(2, facts.max_guests - 2)
    weekly = rng.choice((5, 7, 10, 12)) if rng.random() < 0.6 else 0
    often, deposits = _DEPOSITS[facts.property_class]
    tariff = Tariff(
        base_price=base_price,
        weekend_price=rounded(base_price * rng.uniform(1.1, 1.22)) if rng.random() < 0.7 else None,
        cleaning_fee=rng.choice(_CLEANING[facts.property_class]),
        included_guests=included,
        extra_guest_price=rng.choice(_EXTRA_GUEST[facts.property_class]) if included < facts.max_guests else 0,
        one_night_surcharge=rounded(base_price * rng.uniform(0.1, 0.25)) if rng.random() < 0.3 else 0,
        weekly_percent=weekly,
        monthly_percent=weekly + rng.choice((8, 10, 15, 20)) if rng.random() < 0.45 else 0,
        deposit=rng.choice(deposits) if rng.random() < often else 0,
        rules=tuple(season.rule for season in seasons),
    )
    return DemoRates(tariff, seasons)


def rounded(price: float) -> int:
    """To 500 tenge, as landlords do."""
    return round(price / 500) * 500
