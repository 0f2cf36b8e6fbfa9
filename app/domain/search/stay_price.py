"""A stay's full price as SQL over `property_prices r`: the same tenge as `pricing.quote`, without a promo code.

Kept beside a parity test over random flats and stays. Each night is one element of the ring, so the text depends on
the number of nights only; every percentage is rounded half up as `percent_of` does.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from app.domain.availability import ring
from app.domain.pricing.quote import SERVICE_FEE_PERCENT
from app.domain.pricing.tariff import MONTH, WEEK
from app.kit.period import Stay


@lru_cache(maxsize=512)
def total_sql(nights: int, prefix: str = "night") -> str:
    """The total in tenge of a stay of so many nights, for `:guests`; parameters `:<prefix>0…` (see `night_params`)."""
    sum_of_nights = " + ".join(f"r.nightly[:{prefix}{n}]" for n in range(nights))
    extra = f"greatest(:guests - r.included_guests, 0) * {nights} * r.extra_guest_price"
    # bigint from the first addition on: a year of the dearest nights does not fit into an integer
    before = f"(0::bigint + {sum_of_nights}{' + r.one_night_surcharge' if nights == 1 else ''} + {extra})"
    percent = _length_percent(nights)
    after = before if percent is None else _less_percent(before, percent)
    return f"({_plus_percent(after, SERVICE_FEE_PERCENT)} + r.cleaning_fee + r.deposit)"


def night_params(stay: Stay, prefix: str = "night") -> dict[str, int]:
    """Which elements of the ring are the stay's nights."""
    return {f"{prefix}{n}": element_of(night) for n, night in enumerate(stay.dates())}


def element_of(night: date) -> int:
    """The subscript (from 1) of a night in `property_prices.nightly`."""
    return ring.position(night) + 1


def _length_percent(nights: int) -> str | None:
    if nights >= MONTH:
        return "greatest(r.monthly_percent, r.weekly_percent)"
    return "r.weekly_percent" if nights >= WEEK else None


def _less_percent(amount: str, percent: str) -> str:
    return f"(SELECT a - (a * {percent} + 50) / 100 FROM (SELECT {amount} AS a) AS nights)"  # noqa: S608  # fixed texts


def _plus_percent(amount: str, percent: int) -> str:
    return f"(SELECT b + (b * {percent} + 50) / 100 FROM (SELECT {amount} AS b) AS discounted)"  # noqa: S608  # fixed texts
