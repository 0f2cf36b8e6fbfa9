"""People by the ten thousand: real sealed fields and blind indexes, made-up names and numbers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.local.demo.names import person_name
from app.local.demo.people import Person, random_uuid
from app.models import Language, Role

_FIRST_PHONE = 77_020_000_000
_BATCH = 5_000
_LANGUAGES = (*(Language.RU,) * 20, *(Language.KK,) * 4, Language.EN)


def make_crowd(count: int, landlords: int, rng: random.Random, *, first: int, now: datetime) -> Iterator[list[Person]]:
    """So many people in batches; the first `landlords` of them let flats. Their phones follow from `first` on."""
    made = 0
    while made < count:
        size = min(_BATCH, count - made)
        yield [_person(first + made + index, made + index < landlords, rng, now=now) for index in range(size)]
        made += size


def _person(number: int, is_landlord: bool, rng: random.Random, *, now: datetime) -> Person:
    roles = (Role.GUEST, Role.LANDLORD) if is_landlord else (Role.GUEST,)
    since = now - timedelta(days=rng.randint(450, 1500), minutes=rng.randint(0, 1439))
    return Person(random_uuid(rng), person_name(rng), f"+{_FIRST_PHONE + number}", roles, rng.choice(_LANGUAGES), since)
