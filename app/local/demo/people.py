"""The people of the demo: the three accounts one signs in with, landlords, guests."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.accounts.people import phone_token
from app.local.demo.accounts import DEMO_GUEST, DEMO_LANDLORD, DEMO_STAFF, DemoAccount
from app.local.demo.copying import copy_rows
from app.local.demo.names import distinct_names
from app.models import Language, Role
from app.models.sealed import key_ring, place_of

LANDLORDS = 40
GUESTS = 320
_FIRST_LANDLORD, _FIRST_GUEST = 77_010_001_000, 77_010_002_000


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of the demo. `phone` is E.164."""

    id: UUID
    name: str
    phone: str
    roles: tuple[Role, ...]
    language: Language
    since: datetime


@dataclass(frozen=True, slots=True)
class People:
    """Everyone. The demo accounts are not among `landlords` and `guests`."""

    guest: Person
    landlord: Person
    staff: Person
    landlords: tuple[Person, ...]
    guests: tuple[Person, ...]

    def everyone(self) -> list[Person]:
        """All of them, each once."""
        return [self.guest, self.landlord, self.staff, *self.landlords, *self.guests]


def make_people(rng: random.Random, *, now: datetime) -> People:
    """Invent them; the same dice give the same people."""
    names = distinct_names(LANDLORDS - 1 + GUESTS, rng)
    landlords = [
        _person(
            name,
            f"+{_FIRST_LANDLORD + number}",
            (Role.GUEST, Role.LANDLORD),
            rng,
            now - timedelta(days=rng.randint(430, 1400)),
        )
        for number, name in enumerate(names[: LANDLORDS - 1])
    ]
    guests = [
        _person(name, f"+{_FIRST_GUEST + number}", (Role.GUEST,), rng, now - timedelta(days=rng.randint(425, 1100)))
        for number, name in enumerate(names[LANDLORDS - 1 :])
    ]
    return People(
        guest=_account(DEMO_GUEST, (Role.GUEST,), rng, now - timedelta(days=430)),
        landlord=_account(DEMO_LANDLORD, (Role.GUEST, Role.LANDLORD), rng, now - timedelta(days=1210)),
        staff=_account(DEMO_STAFF, (Role.SUPPORT, Role.ADMIN), rng, now - timedelta(days=1500)),
        landlords=tuple(landlords),
        guests=tuple(guests),
    )


def random_uuid(rng: random.Random) -> UUID:
    """A version 4 UUID from these dice."""
    return UUID(int=rng.getrandbits(128), version=4)


def add_people(session: Session, people: Sequence[Person]) -> None:
    """Write accounts and profiles, sealed as the product seals them."""
    ring = key_ring()
    copy_rows(
        session,
        "users",
        ("id", "phone_sealed", "phone_token", "roles", "blocked_at", "created_at"),
        (
            (
                person.id,
                ring.seal(person.phone, place=place_of("users", "phone_sealed", person.id)),
                phone_token(person.phone),
                [role.value for role in person.roles],
                None,
                person.since,
            )
            for person in people
        ),
    )
    copy_rows(
        session,
        "user_profiles",
        ("user_id", "name_sealed", "language", "updated_at"),
        (
            (
                person.id,
                ring.seal(person.name, place=place_of("user_profiles", "name_sealed", person.id)),
                person.language.value,
                person.since,
            )
            for person in people
        ),
    )


def _person(name: str, phone: str, roles: tuple[Role, ...], rng: random.Random, since: datetime) -> Person:
    language = rng.choices((Language.RU, Language.KK, Language.EN), (80, 16, 4))[0]
    return Person(random_uuid(rng), name, phone, roles, language, since)


def _account(account: DemoAccount, roles: tuple[Role, ...], rng: random.Random, since: datetime) -> Person:
    return Person(random_uuid(rng), account.name, account.phone, roles, Language.RU, since)
