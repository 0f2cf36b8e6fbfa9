"""People by the ten thousand: real sealed fields and blind indexes, made-up names and numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.local.demo.names import person_name
from app.local.demo.people import Person, random_uuid
from app.models import Language, Role

_FIRST_PHONE = 77_020_000_000
_BATCH = 10_000


def make_crowd(count: int, landlords: int, rng: random.Random, *, taken: int, now: datetime) -> Iterator[list[Person]]:
    """So many people in batches; the first `landlords` of them let flats. `taken` numbers are skipped."""
    made = 0
    while made < count:
        size = min(_BATCH, count - made)
        yield [_person(taken + made + index, made + index < landlords, rng, now=now) for index in range(size)]
        made += size


def _person(number: int, is_landlord: bool, rng: random.Random, *, now: datetime) -> Person:
    roles = (Role.GUEST, Role.LANDLORD) if is_landlord else (Role.GUEST,)
    language = rng.choices((Language.RU, Language.KK, Language.EN), (80, 16, 4))[0]
    since = now - timedelta(days=rng.randint(450, 1500), minutes=rng.randint(0, 1439))
    return Person(random_uuid(rng), person_name(rng), f"+{_FIRST_PHONE + number}", roles, language, since)
