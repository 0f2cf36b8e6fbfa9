"""What a flat charges: the price of each night and everything else a quote is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.kit.money import Tenge, percent_of

WEEKEND_NIGHTS = (4, 5)
"""The nights of Friday and Saturday, as `date.weekday()` counts."""

WEEK, MONTH = 7, 28
"""Nights from which a stay has its length discount."""


@dataclass(frozen=True, slots=True)
class NightRule:
    """What the landlord wants for the nights from `first` up to, not including, `until`.

    `price` (tenge) replaces the night's price, `percent` is added to it; `min_nights` is the shortest stay that may
    begin on one of these nights.
    """

    first: date
    until: date
    price: int | None = None
    percent: int | None = None
    min_nights: int | None = None

    def covers(self, night: date) -> bool:
        """Is it about this night?"""
        return self.first <= night < self.until

    def price_over(self, ordinary: int) -> int:
        """What a night costs under it that costs `ordinary` tenge otherwise."""
        return self.price if self.price is not None else ordinary + percent_of(ordinary, self.percent or 0)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A flat's prices in whole tenge. At most one rule covers a night (the database sees to it)."""

    base_price: int
    weekend_price: int | None = None
    cleaning_fee: int = 0
    included_guests: int = 40
    extra_guest_price: int = 0
    one_night_surcharge: int = 0
    weekly_percent: int = 0
    monthly_percent: int = 0
    deposit: int = 0
    rules: tuple[NightRule, ...] = ()

    def rule_of(self, night: date) -> NightRule | None:
        """The rule that covers this night."""
        return next((rule for rule in self.rules if rule.covers(night)), None)

    def is_weekend(self, night: date) -> bool:
        """Does this night have a weekend price of its own?"""
        return self.weekend_price is not None and night.weekday() in WEEKEND_NIGHTS

    def price_of(self, night: date) -> Tenge:
        """What a night costs: date rule over weekend over base."""
        weekend = self.weekend_price if self.is_weekend(night) else None
        ordinary = self.base_price if weekend is None else weekend
        rule = self.rule_of(night)
        return Tenge(ordinary if rule is None else rule.price_over(ordinary))

    def prices_from(self, first: date, count: int) -> list[int]:
        """What `price_of` says of `count` nights from `first` on: a week once, then the rules over it."""
        plain = replace(self, rules=())
        week = [int(plain.price_of(first + timedelta(days=n))) for n in range(7)]
        prices = (week * (count // 7 + 1))[:count]
        for rule in self.rules:
            start, end = ((day - first).days for day in (rule.first, rule.until))
            for n in range(max(0, start), min(count, end)):
                prices[n] = rule.price_over(prices[n])
        return prices

    @property
    def date_minimums(self) -> tuple[tuple[date, date, int], ...]:
        """From a date up to another: the shortest stay that may begin there (see `HouseRules.date_minimums`)."""
        return tuple((rule.first, rule.until, rule.min_nights) for rule in self.rules if rule.min_nights)

    def length_percent(self, nights: int) -> int:
        """Per cent off the nights of a stay this long; a month earns at least what a week does."""
        if nights >= MONTH:
            return max(self.monthly_percent, self.weekly_percent)
        return self.weekly_percent if nights >= WEEK else 0
