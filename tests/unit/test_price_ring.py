"""The ring of night prices says of each night what the tariff says of it (the ring is made a week at a time)."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given

from app.domain.availability import ring
from app.domain.pricing.rates import SPARE_NIGHTS, ring_row
from app.domain.pricing.tariff import Tariff
from app.models import RING_NIGHTS
from tests.unit.strategies import days, tariffs


@given(tariffs, days)
def test_the_ring_has_the_tariff_s_price_of_every_night(tariff: Tariff, today: date) -> None:
    nightly = ring_row(1, tariff, today=today)["nightly"]
    assert isinstance(nightly, list)
    first = today - timedelta(days=SPARE_NIGHTS)
    for night in (first + timedelta(days=n) for n in range(RING_NIGHTS)):
        assert nightly[ring.position(night)] == tariff.price_of(night)
