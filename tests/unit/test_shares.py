"""3-domain: "Payout to the landlord: nights + cleaning − platform commission (default 10 %)"; deposits are nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger.shares import COMMISSION_PERCENT, Kept, share

tenge = st.integers(min_value=0, max_value=10_000_000)


@pytest.mark.parametrize(
    ("kept", "landlord", "platform"),
    [
        (Kept(100_000, 5_000, 10_000), 95_000, 20_000),
        (Kept(100_000, 5_000, 10_000, deposit=20_000), 95_000, 20_000),
        (Kept(50_000, 0, 0), 45_000, 5_000),
        (Kept(15, 0, 0), 13, 2),
        (Kept(0, 0, 0, deposit=9_000), 0, 0),
    ],
    ids=["a whole stay", "a deposit is nobody's", "half of the nights", "half up", "nothing but a deposit"],
)
def test_the_landlord_gets_nights_and_cleaning_less_the_commission(kept: Kept, landlord: int, platform: int) -> None:
    assert COMMISSION_PERCENT == 10
    shares = share(kept, commission_percent=COMMISSION_PERCENT)
    assert (shares.landlord, shares.platform) == (landlord, platform)


@given(tenge, tenge, tenge, st.integers(min_value=0, max_value=50))
def test_shares_sum_to_what_was_kept_and_are_never_negative(
    nights: int, cleaning: int, service_fee: int, percent: int
) -> None:
    shares = share(Kept(nights, cleaning, service_fee), commission_percent=percent)
    assert shares.landlord + shares.platform == nights + cleaning + service_fee
    assert shares.landlord >= cleaning
    assert shares.platform >= service_fee
