"""A flat's tariff from its tables, and the ring of resolved night prices that search sums.

Whoever changes prices calls `write_ring` in the same transaction, under the flat's lock, so that a stay's price in
search is always the one of checkout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.domain import changes
from app.domain.pricing.tariff import MONTH, WEEK, NightRule, Tariff
from app.kit import clock
from app.models import RING_NIGHTS, PriceRule, Property, PropertyPrices, PropertySearch, StayDiscount

SPARE_NIGHTS = 6
"""So many passed nights stay in the ring: a page drawn before midnight still finds its price."""


def tariff_of(session: Session, prop: Property, *, now: datetime) -> Tariff:
    """What a flat charges for the nights from yesterday on."""
    rules = select(PriceRule).where(
        PriceRule.property_id == prop.id, PriceRule.nights.op("&&")(coming_nights(clock.local_date(now)))
    )
    discounts = select(StayDiscount).where(StayDiscount.property_id == prop.id)
    return tariff_from(prop, session.scalars(rules).all(), session.scalars(discounts).all())


def coming_nights(today: date) -> Range[date]:
    """The nights that rules matter for."""
    return Range(today - timedelta(days=SPARE_NIGHTS), None, bounds="[)")


def tariff_from(prop: Property, rules: Sequence[PriceRule], discounts: Sequence[StayDiscount]) -> Tariff:
    """A tariff out of a flat's rows."""
    percents = {discount.min_nights: discount.percent for discount in discounts}
    return Tariff(
        base_price=prop.base_price,
        weekend_price=prop.weekend_price,
        cleaning_fee=prop.cleaning_fee,
        included_guests=prop.included_guests,
        extra_guest_price=prop.extra_guest_price,
        one_night_surcharge=prop.one_night_surcharge,
        weekly_percent=percents.get(WEEK, 0),
        monthly_percent=percents.get(MONTH, 0),
        deposit=prop.deposit,
        rules=tuple(_rule(rule) for rule in sorted(rules, key=lambda rule: (rule.nights.lower, rule.id))),
    )


def ring_row(property_id: int, tariff: Tariff, *, today: date) -> dict[str, object]:
    """The `property_prices` row that this tariff asks for."""
    first = today - timedelta(days=SPARE_NIGHTS)
    prices = tariff.prices_from(first, RING_NIGHTS)
    wrap = RING_NIGHTS - first.toordinal() % RING_NIGHTS
    return {
        "property_id": property_id,
        "nightly": prices[wrap:] + prices[:wrap],
        "one_night_surcharge": tariff.one_night_surcharge,
        "included_guests": tariff.included_guests,
        "extra_guest_price": tariff.extra_guest_price,
        "weekly_percent": tariff.weekly_percent,
        "monthly_percent": tariff.monthly_percent,
        "cleaning_fee": tariff.cleaning_fee,
        "deposit": tariff.deposit,
        "priced_until": first + timedelta(days=RING_NIGHTS),
    }


def write_ring(session: Session, prop: Property, *, now: datetime) -> None:
    """Write the flat's prices where search reads them. The caller holds the flat's lock."""
    tariff = tariff_of(session, prop, now=now)
    row = ring_row(prop.id, tariff, today=clock.local_date(now))
    statement = insert(PropertyPrices).values(row)
    session.execute(statement.on_conflict_do_update(index_elements=["property_id"], set_=row))
    searched = update(PropertySearch).where(PropertySearch.property_id == prop.id)
    session.execute(searched.values(has_min_nights=bool(tariff.date_minimums)))
    changes.listing(session, prop.id, prop.city_id)


TARIFF_COLUMNS = """
        p.base_price, p.weekend_price, p.cleaning_fee, p.included_guests, p.extra_guest_price, p.one_night_surcharge,
        p.deposit,
        (SELECT json_agg(json_build_array(lower(r.nights), upper(r.nights), r.price, r.percent, r.min_nights)
            ORDER BY r.nights) FROM price_rules r
            WHERE r.property_id = p.id AND r.nights && daterange(:yesterday, NULL)) AS price_rules,
        (SELECT json_object_agg(d.min_nights, d.percent) FROM stay_discounts d
            WHERE d.property_id = p.id) AS stay_discounts"""
"""What `tariff_of_values` reads, for a query over properties p, with :yesterday (the local date)."""


def tariff_of_values(values: Mapping[str, Any]) -> Tariff:
    """A tariff out of TARIFF_COLUMNS by name."""
    discounts = values["stay_discounts"] or {}
    return Tariff(
        base_price=values["base_price"],
        weekend_price=values["weekend_price"],
        cleaning_fee=values["cleaning_fee"],
        included_guests=values["included_guests"],
        extra_guest_price=values["extra_guest_price"],
        one_night_surcharge=values["one_night_surcharge"],
        weekly_percent=discounts.get(str(WEEK), 0),
        monthly_percent=discounts.get(str(MONTH), 0),
        deposit=values["deposit"],
        rules=tuple(
            NightRule(date.fromisoformat(first), date.fromisoformat(until), *rest)
            for first, until, *rest in values["price_rules"] or ()
        ),
    )


def _rule(rule: PriceRule) -> NightRule:
    if rule.nights.lower is None or rule.nights.upper is None:
        raise ValueError("a price rule has both ends")
    return NightRule(rule.nights.lower, rule.nights.upper, rule.price, rule.percent, rule.min_nights)
