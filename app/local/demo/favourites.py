"""What the demo's guests have saved."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.local.demo.copying import copy_rows
from app.local.demo.people import People

SAVED_BY_DEMO_GUEST = 7
_MOST_BY_OTHERS = 5
_SAVERS = 60
"""So many of the other guests have a list."""


def add_favourites(session: Session, people: People, flat_ids: Sequence[int], *, now: datetime) -> None:
    """Save some flats all over the country for the demo guest, and a few for each of some others.

    With dice of its own: what else the demo has does not depend on it.
    """
    rng = random.Random(len(flat_ids))  # noqa: S311  # dice for made-up data
    savers = [(people.guest, SAVED_BY_DEMO_GUEST)]
    savers += [(person, rng.randint(1, _MOST_BY_OTHERS)) for person in people.guests[:_SAVERS]]
    copy_rows(
        session,
        "favourites",
        ("user_id", "property_id", "created_at"),
        (
            (person.id, property_id, now - timedelta(minutes=rng.randint(30, 60 * 24 * 45)))
            for person, count in savers
            for property_id in rng.sample(flat_ids, count)
        ),
    )
