"""Finding flats whose rows in the search tables are not what the flat, its prices and its occupancies say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.domain.availability import occupancy, ring
from app.domain.search import spelling
from app.domain.search.index import BATCH
from app.domain.search.rows import Row, RowMaker
from app.kit import clock
from app.models import Occupancy, Property, PropertyPrices, PropertySearch, PropertyWords

_LEXEMES = re.compile(r"[a-z0-9]+")
"""Of a tsvector as PostgreSQL writes it: 'arbat' 'metro' …; ours are ASCII and without positions."""
Coming = Callable[[Sequence[Any]], tuple[Any, ...]]
"""Picks the nights that can be booked out of a ring."""
_POSITION_TOLERANCE_KM = 0.001
"""PostgreSQL and Python round a cosine's last digits differently."""


def drifted(session: Session, *, now: datetime, of: Sequence[int] | None = None) -> list[int]:
    """The flats with a row that differs (busy nights and prices from today to the horizon) or is missing.

    Of those given, or of all.
    """
    spans = _spans(session, of, now=now)
    maker = RowMaker(session, now=now)
    today = clock.local_date(now)
    coming = frozenset(today + timedelta(days=n) for n in range(ring.HORIZON_DAYS))
    coming_of = itemgetter(*map(ring.position, coming))
    statement = (
        select(Property, PropertySearch, PropertyPrices, PropertyWords)
        .join(PropertySearch, PropertySearch.property_id == Property.id, isouter=True)
        .join(PropertyPrices, PropertyPrices.property_id == Property.id, isouter=True)
        .join(PropertyWords, PropertyWords.property_id == Property.id, isouter=True)
        .order_by(Property.id)
        .limit(BATCH)
    )
    if of is not None:
        statement = statement.where(Property.id.in_(of))
    unknown = spelling.with_unknown_words(session, of)
    found: list[int] = []
    after = 0
    while batch := session.execute(statement.where(Property.id > after)).all():
        expected = maker.rows([prop for prop, *_ in batch])
        for prop, search, prices, words in batch:
            rows = expected[prop.id]
            same = (
                _same(search, rows.search)
                and _same_prices(prices, rows.prices, coming_of)
                and _same(words, rows.words)
                and _same_nights(prop, search, spans[prop.id], coming, coming_of)
                and prop.id not in unknown
            )
            if not same:
                found.append(prop.id)
        after = batch[-1][0].id
        session.expunge_all()
    return found


def _spans(session: Session, of: Sequence[int] | None, *, now: datetime) -> dict[int, list[Range[datetime]]]:
    spans: dict[int, list[Range[datetime]]] = defaultdict(list)
    recent = func.upper(Occupancy.during) > now - timedelta(days=2)
    statement = select(Occupancy.property_id, Occupancy.during).where(recent)
    if of is not None:
        statement = statement.where(Occupancy.property_id.in_(of))
    for property_id, during in session.execute(statement):
        spans[property_id].append(during)
    return spans


def _same(row: Any, expected: Row) -> bool:
    if row is None:
        return False
    for key, value in expected.items():
        found = getattr(row, key)
        if key == "has_min_nights":
            # a rule whose dates have passed leaves it set until the prices are written anew: it only makes search look
            if value and not found:
                return False
        elif key == "words":
            if set(_LEXEMES.findall(found)) != set(value.split()):
                return False
        elif key == "position":
            if max(abs(a - b) for a, b in zip(found, value, strict=True)) > _POSITION_TOLERANCE_KM:
                return False
        elif found != value:
            return False
    return True


def _same_prices(row: PropertyPrices | None, expected: Row, coming_of: Coming) -> bool:
    """The ring is written for some days ahead, so only the nights that can be booked are compared."""
    if row is None:
        return False
    plain = {key: value for key, value in expected.items() if key not in {"nightly", "priced_until"}}
    return _same(row, plain) and coming_of(row.nightly) == coming_of(expected["nightly"])


def _same_nights(
    prop: Property, row: PropertySearch, spans: list[Range[datetime]], coming: frozenset[date], coming_of: Coming
) -> bool:
    times = occupancy.HouseTimes.of(prop)
    busy = coming.intersection(night for during in spans for night in times.nights_met(during))
    return coming_of(str(row.busy)) == coming_of(ring.mask(busy))
