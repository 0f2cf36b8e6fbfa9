"""What the property-based tests draw from: dates, stays, tariffs, rules and moments as the product meets them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from app.domain.availability.stay_rules import HouseRules
from app.domain.pricing.quote import Promo
from app.domain.pricing.tariff import NightRule, Tariff
from app.kit.period import Stay

days = st.dates(min_value=date(2026, 1, 1), max_value=date(2029, 1, 1))
moments = st.datetimes(
    min_value=datetime(2024, 3, 2),  # noqa: DTZ001  # hypothesis wants naive bounds
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
prices = st.integers(min_value=500, max_value=10_000_000)
percents = st.integers(min_value=0, max_value=90)
fees = st.integers(min_value=0, max_value=1_000_000)


@st.composite
def night_rules(draw: st.DrawFn) -> tuple[NightRule, ...]:
    """Up to three rules that do not overlap, in the days that stays are drawn from."""
    found = []
    day = draw(days)
    for _ in range(draw(st.integers(min_value=0, max_value=3))):
        until = day + timedelta(days=draw(st.integers(min_value=1, max_value=60)))
        if draw(st.booleans()):
            found.append(NightRule(day, until, price=draw(prices)))
        else:
            percent = draw(st.integers(min_value=-90, max_value=500).filter(bool))
            found.append(NightRule(day, until, percent=percent))
        day = until + timedelta(days=draw(st.integers(min_value=0, max_value=10)))
    return tuple(found)


plain_tariffs = st.builds(
    Tariff,
    base_price=prices,
    weekend_price=st.none() | prices,
    cleaning_fee=fees,
    included_guests=st.integers(min_value=1, max_value=8),
    extra_guest_price=fees,
    one_night_surcharge=fees,
    deposit=st.integers(min_value=0, max_value=10_000_000),
    rules=night_rules(),
)
"""Without length discounts."""
tariffs = st.builds(
    Tariff,
    base_price=prices,
    weekend_price=st.none() | prices,
    cleaning_fee=fees,
    included_guests=st.integers(min_value=1, max_value=8),
    extra_guest_price=fees,
    one_night_surcharge=fees,
    weekly_percent=percents,
    monthly_percent=percents,
    deposit=st.integers(min_value=0, max_value=10_000_000),
    rules=night_rules(),
)
promos = st.builds(Promo, percent=st.integers(min_value=1, max_value=90), max_amount=st.none() | prices) | st.builds(
    Promo, amount=st.integers(min_value=1, max_value=10_000_000)
)


@st.composite
def stays(draw: st.DrawFn, *, longest: int = 120) -> Stay:
    """A stay of 1…`longest` nights."""
    check_in = draw(days)
    return Stay(check_in, check_in + timedelta(days=draw(st.integers(min_value=1, max_value=longest))))


@st.composite
def house_rules(draw: st.DrawFn) -> HouseRules:
    """What the database's CHECKs allow a flat to accept."""
    least = draw(st.integers(min_value=1, max_value=30))
    most = draw(st.integers(min_value=least, max_value=365))
    return HouseRules(draw(st.integers(min_value=1, max_value=40)), least, most, draw(st.booleans()))
