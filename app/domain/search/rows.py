"""What the tables that search reads must say of a flat: `property_search`, `property_prices`, `property_words`.

Pure but for the loading of rules, discounts and names, which is done for many flats at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.availability.stay_rules import HouseRules
from app.domain.pricing.rates import coming_nights, ring_row, tariff_from
from app.domain.pricing.tariff import Tariff
from app.domain.search.geography import on_map
from app.domain.search.words import words_of
from app.kit import clock
from app.models import City, District, LocalizedText, PriceRule, Property, PropertyStatus, StayDiscount

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IndexRows:
    """One flat's row of each table; `search` is without its ring of busy nights."""

    search: Row
    prices: Row
    words: Row


def rating_times_100(rating_sum: int, rating_count: int) -> int:
    """The average rating × 100, 0 without ratings."""
    return 0 if not rating_count else (200 * rating_sum + rating_count) // (2 * rating_count)


def score_of(rating_sum: int, rating_count: int) -> int:
    """How strongly a flat is recommended: its rating drawn towards 4.0 as if ten guests had given that, × 1000."""
    return (rating_sum + 40) * 1000 // (rating_count + 10)


def house_rules(prop: Property) -> HouseRules:
    """What a flat accepts, but for the dates with a longer shortest stay."""
    return HouseRules(prop.max_guests, prop.min_nights, prop.max_nights, prop.self_check_in, prop.cut_off_time)


class RowMaker:
    """Makes rows of flats; knows all cities and districts, so make it once for many."""

    def __init__(self, session: Session, *, now: datetime) -> None:
        self._session = session
        self._now = now
        self._cities = {city.id: city for city in session.scalars(select(City))}
        self._districts = {district.id: district for district in session.scalars(select(District))}

    def rows(self, props: Sequence[Property]) -> dict[int, IndexRows]:
        """The rows by flat: two queries."""
        ids = [prop.id for prop in props]
        rules: dict[int, list[PriceRule]] = defaultdict(list)
        coming = PriceRule.nights.op("&&")(coming_nights(clock.local_date(self._now)))
        for rule in self._session.scalars(select(PriceRule).where(PriceRule.property_id.in_(ids), coming)):
            rules[rule.property_id].append(rule)
        discounts: dict[int, list[StayDiscount]] = defaultdict(list)
        for discount in self._session.scalars(select(StayDiscount).where(StayDiscount.property_id.in_(ids))):
            discounts[discount.property_id].append(discount)
        return {prop.id: self.row(prop, tariff_from(prop, rules[prop.id], discounts[prop.id])) for prop in props}

    def row(self, prop: Property, tariff: Tariff) -> IndexRows:
        """The rows of one flat that charges by `tariff` (rules of nights that have passed are not in it)."""
        return IndexRows(
            self._search(prop, has_min_nights=bool(tariff.date_minimums)),
            ring_row(prop.id, tariff, today=clock.local_date(self._now)),
            {"property_id": prop.id, "words": self._words(prop)},
        )

    def _search(self, prop: Property, *, has_min_nights: bool) -> Row:
        cut_off = house_rules(prop).cut_off
        return {
            "property_id": prop.id,
            "is_listed": prop.status == PropertyStatus.PUBLISHED,
            "city_id": prop.city_id,
            "district_id": prop.district_id,
            "property_class": prop.property_class,
            "rooms": prop.rooms,
            "max_guests": prop.max_guests,
            "min_nights": prop.min_nights,
            "max_nights": prop.max_nights,
            "has_min_nights": has_min_nights,
            "cut_off_minute": cut_off.hour * 60 + cut_off.minute,
            "instant_booking": prop.instant_booking,
            "amenities": prop.amenities,
            "base_price": prop.base_price,
            "position": on_map(prop.location, self._cities[prop.city_id].location),
            "score": score_of(prop.rating_sum, prop.rating_count),
            "rating": rating_times_100(prop.rating_sum, prop.rating_count),
        }

    def _words(self, prop: Property) -> str:
        names = {} if prop.district_id is None else self._districts[prop.district_id].names
        return words_of([*_in_order(prop.title), *_in_order(names), prop.street, *_in_order(prop.description)])


def _in_order(texts: LocalizedText) -> list[str]:
    """By language: PostgreSQL keeps keys in an order of its own."""
    return [text for _, text in sorted(texts.items())]
