"""Promise 6 over HTTP with real processes: one key fifty times in parallel is one effect and 49 replays."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy.engine import make_url

from app.domain.accounts import sessions
from app.kit import clock
from app.models import Property
from tests import factories
from tests.e2e.races import DEADLOCKS, in_a_loop_of_its_own
from tests.live import Live
from tests.services import Services

COPIES = 50
BOOKINGS = "/api/v1/bookings"
STAY = factories.stay_in(25, 4)
TOTAL = 60_000 + 3_000 + 6_000


@dataclass(frozen=True)
class Guest:
    """Someone with a token, and a flat to stay in."""

    id: UUID
    token: str
    property_id: int

    def wish(self) -> dict[str, object]:
        """A stay that can be held."""
        dates = {"check_in": str(STAY.check_in), "check_out": str(STAY.check_out)}
        return {"property_id": self.property_id, "guests": 2, "total_shown": TOTAL, **dates}


@pytest.fixture(scope="module")
def two_processes(services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The web as in production, two processes of two threads, on a database whose schema a test may break."""
    url = services.create_database(template=str(make_url(template_url).database))
    directory: Path = tmp_path_factory.mktemp("idempotency")
    with Live(
        directory,
        database_url=url,
        redis_url=services.redis_url,
        web_workers=2,
        web_threads=2,
        has_workers=False,
    ) as running:
        yield running
    services.drop_database(url)


@pytest.fixture
def guest(two_processes: Live) -> Guest:
    with two_processes.transaction() as session:
        user_id, flat = factories.make_user(session), factories.make_property(session)
        token = sessions.open_session(session, user_id, device="test", now=clock.now())
        return Guest(user_id, token, flat.id)


def copies(live: Live, guest: Guest, path: str, body: dict[str, object], key: str) -> list[httpx.Response]:
    """The same call so many times at the same moment."""
    headers = {"Authorization": f"Bearer {guest.token}", "Idempotency-Key": key}

    async def send() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=COPIES)
        async with httpx.AsyncClient(base_url=live.base_url, limits=limits, timeout=60, trust_env=False) as client:
            posts = [client.post(path, json=body, headers=headers) for _ in range(COPIES)]
            return list(await asyncio.gather(*posts))

    return in_a_loop_of_its_own(send())


def replays(answers: list[httpx.Response]) -> Counter[tuple[int, bool]]:
    """Answers by status, and whether each says that it is a replay."""
    return Counter((answer.status_code, answer.headers.get("Idempotency-Replayed") == "true") for answer in answers)


def count(live: Live, table: str, guest: Guest) -> int:
    """Rows of this guest's bookings, or of their keys."""
    if table == "idempotency_keys":
        return int(live.one("SELECT count(*) FROM idempotency_keys WHERE user_id = %s", guest.id))
    if table == "bookings":
        return int(live.one("SELECT count(*) FROM bookings WHERE guest_id = %s", guest.id))
    mine = "booking_id IN (SELECT id FROM bookings WHERE guest_id = %s)"
    return int(live.one(f"SELECT count(*) FROM {table} WHERE {mine}", guest.id))


def test_one_key_fifty_times_is_one_hold_and_49_replays(two_processes: Live, guest: Guest) -> None:
    """Promise 6: the very same answer for all, also for a copy that comes after the hold was given up."""
    live, key = two_processes, secrets.token_hex(16)
    before = live.one(DEADLOCKS)
    answers = copies(live, guest, BOOKINGS, guest.wish(), key)
    assert replays(answers) == {(201, False): 1, (201, True): COPIES - 1}
    assert len({answer.content for answer in answers}) == 1
    assert (count(live, "bookings", guest), count(live, "payments", guest)) == (1, 1)
    assert count(live, "idempotency_keys", guest) == 1

    given_up = f"{answers[0].headers['Location']}/cancel"
    assert replays(copies(live, guest, given_up, {"back_shown": 0}, key)) == {(200, False): 1, (200, True): COPIES - 1}
    late = copies(live, guest, BOOKINGS, guest.wish(), key)
    assert replays(late) == {(201, True): COPIES}
    assert count(live, "bookings", guest) == 1
    assert live.one(DEADLOCKS) == before
    assert '"crash"' not in live.logs()


def test_one_key_fifty_times_is_one_refund(two_processes: Live, guest: Guest) -> None:
    """Promise 6: of what cannot be told by state, since a stay that was shortened can be shortened again."""
    live = two_processes
    with live.transaction() as session:
        prop = session.get_one(Property, guest.property_id)
        booking = factories.make_paid_booking(session, prop, guest.id, STAY)
    path = f"{BOOKINGS}/{booking.reference}/shortenings"
    body: dict[str, object] = {"check_out": str(STAY.check_in + timedelta(days=2)), "back_shown": 33_000}
    answers = copies(live, guest, path, body, secrets.token_hex(16))
    assert replays(answers) == {(200, False): 1, (200, True): COPIES - 1}
    assert len({answer.content for answer in answers}) == 1
    assert (count(live, "refunds", guest), count(live, "booking_amendments", guest)) == (1, 1)


def test_control_without_the_constraint_there_is_more_than_one_effect(two_processes: Live, guest: Guest) -> None:
    """Promise 6, control: nobody gets a replay, and the copies that come late hold the nights once more."""
    live, key = two_processes, secrets.token_hex(16)
    name = "uq_idempotency_keys_user_id_scope_key"
    live.sql(f"ALTER TABLE idempotency_keys DROP CONSTRAINT {name}")
    try:
        answers = copies(live, guest, BOOKINGS, guest.wish(), key)
        assert replays(answers) == {(201, False): COPIES}
        assert count(live, "idempotency_keys", guest) == COPIES
        given_up = f"{answers[0].headers['Location']}/cancel"
        assert replays(copies(live, guest, given_up, {"back_shown": 0}, key))[200, False] == 1
        copies(live, guest, BOOKINGS, guest.wish(), key)
        assert (count(live, "bookings", guest), count(live, "payments", guest)) == (2, 2)
    finally:
        live.sql("DELETE FROM idempotency_keys")
        live.sql(f"ALTER TABLE idempotency_keys ADD CONSTRAINT {name} UNIQUE (user_id, scope, key)")
