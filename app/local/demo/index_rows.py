"""Writing what search reads, by the product's own row maker, out of flats that were just written.

Nothing is read back: texts, prices and nights are still at hand. `flask search check` compares the result with the
tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.availability import ring
from app.domain.pricing.rates import SPARE_NIGHTS
from app.domain.pricing.tariff import Tariff
from app.domain.search.rows import RowMaker
from app.kit import clock
from app.kit.period import Stay
from app.local.demo.copying import copy_rows
from app.models import Property


def add_index(
    session: Session,
    props: Sequence[Property],
    tariffs: Sequence[Tariff],
    taken: Sequence[Sequence[Stay]],
    *,
    now: datetime,
) -> None:
    """Write the three rows of each flat, of its tariff and of the nights that are taken in it."""
    maker, today = RowMaker(session, now=now), clock.local_date(now)
    made = [maker.row(prop, _coming(tariff, today)) for prop, tariff in zip(props, tariffs, strict=True)]
    rings = [_ring(stays, today) for stays in taken]
    for table, rows in (
        ("property_search", [each.search | {"busy": busy} for each, busy in zip(made, rings, strict=True)]),
        ("property_prices", [each.prices for each in made]),
        ("property_words", [each.words for each in made]),
    ):
        copy_rows(session, table, tuple(rows[0]), ([*row.values()] for row in rows))


def _coming(tariff: Tariff, today: date) -> Tariff:
    """The tariff as the product reads it: without the rules of nights that have passed."""
    first = today - timedelta(days=SPARE_NIGHTS)
    return replace(tariff, rules=tuple(rule for rule in tariff.rules if rule.until > first))


def _ring(stays: Sequence[Stay], today: date) -> str:
    yesterday = today - timedelta(days=1)
    coming = (stay for stay in stays if stay.check_out > yesterday)
    return ring.mask(night for stay in coming for night in stay.dates() if night >= yesterday)
