"""A stay's full price as SQL over `property_prices r`: the same tenge as `pricing.quote`, without a promo code.

Kept beside a parity test over random flats and stays. Each night is one element of the ring, so the text depends on
the number of nights only; every percentage is rounded half up as `percent_of` does.
"""

from __future__ import annotations

from functools import lru_cache

from app.domain.pricing.quote import SERVICE_FEE_PERCENT
from app.domain.pricing.tariff import MONTH, WEEK


@lru_cache(maxsize=512)
def total_sql(nights: int, first: int = 0) -> str:
    """The total in tenge of a stay of so many nights, for `:guests`; its nights are `:night<first>` and those after it.

    A night's parameter is its subscript in the ring (from 1). One expression without subqueries, so that a city's flats
    are summed in milliseconds.
    """
    sum_of_nights = " + ".join(f"r.nightly[:night{n}]" for n in range(first, first + nights))
    extra = f"greatest(:guests - r.included_guests, 0) * {nights} * r.extra_guest_price"
    # bigint from the first addition on: a year of the dearest nights does not fit into an integer
    amount = f"(0::bigint + {sum_of_nights}{' + r.one_night_surcharge' if nights == 1 else ''} + {extra})"
    percent = _length_percent(nights)
    if percent is not None:
        # a − round half up(a × p / 100), for a ≥ 0: what is left is rounded half down
        amount = f"(({amount} * (100 - {percent}) + 49) / 100)"
    return f"(({amount} * {100 + SERVICE_FEE_PERCENT} + 50) / 100 + r.cleaning_fee + r.deposit)"


def _length_percent(nights: int) -> str | None:
    if nights >= MONTH:
        return "greatest(r.monthly_percent, r.weekly_percent)"
    return "r.weekly_percent" if nights >= WEEK else None
