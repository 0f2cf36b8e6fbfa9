"""A landlord changes a flat's terms: they are in search from the same commit on."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest
from flask import Flask

from app.db import transaction
from app.domain.search import drift
from app.models import Property, PropertySearch
from tests import factories
from tests.domain.hosts import change_the_terms, refusal


@pytest.fixture
def flat(app: Flask) -> Property:
    with transaction() as session:
        return factories.make_property(session, max_guests=4, included_guests=2)


def test_changed_terms_are_in_search_and_in_the_keys(flat: Property, now: datetime) -> None:
    change_the_terms(
        flat,
        now,
        min_nights=2,
        max_nights=30,
        cut_off_time=time(18, 30),
        cleaning_minutes=60,
        instant_booking=False,
    )
    with transaction() as session:
        row = session.get_one(PropertySearch, flat.id)
        assert (row.min_nights, row.max_nights, row.cut_off_minute, row.instant_booking) == (2, 30, 18 * 60 + 30, False)
        assert drift.drifted(session, now=now, of=[flat.id]) == []


def test_another_cleaning_time_leaves_taken_nights_taken(flat: Property, now: datetime) -> None:
    """Occupancies keep the buffer they were made with; no neighbouring night becomes busy or free by it."""
    with transaction() as session:
        prop = session.get_one(Property, flat.id)
        factories.make_paid_booking(session, prop, factories.make_user(session), factories.stay_in(3, now=now), now=now)
    for minutes in (0, 30, 120):
        change_the_terms(flat, now, cleaning_minutes=minutes)
        with transaction() as session:
            assert drift.drifted(session, now=now, of=[flat.id]) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"min_nights": 0}, "min_nights"),
        ({"min_nights": 366, "max_nights": 366}, "min_nights"),
        ({"min_nights": 5, "max_nights": 4}, "max_nights"),
        ({"max_nights": 366}, "max_nights"),
        ({"cleaning_minutes": 121}, "cleaning_minutes"),
        ({"cleaning_minutes": -1}, "cleaning_minutes"),
    ],
)
def test_terms_that_the_table_would_refuse_are_refused_by_name(
    flat: Property, now: datetime, changes: dict[str, Any], field: str
) -> None:
    assert refusal(lambda: change_the_terms(flat, now, **changes)) == ("value_out_of_range", field)
