"""Who gets what of a stay: pure. The platform is the landlord's agent, its revenue is service fee and commission.

The landlord gets the nights after discounts and the cleaning, less the commission on the nights (3-domain: "nights +
cleaning − platform commission"); the platform the service fee and the commission. Deposits are nobody's revenue.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.kit.money import percent_of

COMMISSION_PERCENT = 10
"""Of the nights after discounts; kept with each booking."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a booking was paid for and neither came nor comes back, in tenge."""

    nights: int
    cleaning: int
    service_fee: int
    deposit: int = 0


@dataclass(frozen=True, slots=True)
class Shares:
    """What landlord and platform earn, in tenge; together exactly what was kept without the deposit."""

    landlord: int
    platform: int


def share(kept: Kept, *, commission_percent: int) -> Shares:
    """Divide what was kept; the commission is rounded half up, once for the whole booking."""
    commission = percent_of(kept.nights, commission_percent)
    return Shares(kept.nights - commission + kept.cleaning, kept.service_fee + commission)
