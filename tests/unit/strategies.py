"""What the property-based tests draw from: dates, stays, tariffs, rules and moments as the product meets them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from app.domain.availability.stay_rules import HouseRules
from app.domain.pricing.quote import Tariff
from app.kit.period import Stay

days = st.dates(min_value=date(2024, 3, 2), max_value=date(2090, 1, 1))
moments = st.datetimes(
    min_value=datetime(2024, 3, 2),  # noqa: DTZ001  # hypothesis wants naive bounds
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
prices = st.integers(min_value=500, max_value=10_000_000)
tariffs = st.builds(
    Tariff,
    base_price=prices,
    weekend_price=st.none() | prices,
    cleaning_fee=st.integers(min_value=0, max_value=1_000_000),
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
