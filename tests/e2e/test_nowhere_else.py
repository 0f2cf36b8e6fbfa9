"""Promise 30: after a whole life of bookings, a phone, a name, an IIN and door codes are in no plain place.

Searched are a dump of every table, everything that was ever sent to Redis and is in it, and what all processes logged.
The IIN comes as a provider may send it: in the body of a callback, one that is understood and one that is not.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest
from psycopg import sql
from redis import Redis
from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.domain.access.details import AccessDetails
from app.integrations.kaspi import signature
from app.integrations.kaspi.signature import sign
from app.kit import clock
from app.models import AccessInstructions, User
from tests import factories
from tests.e2e.test_booking_path import CONFIRMED
from tests.e2e.visitor import Visitor, soon
from tests.live import Live
from tests.services import Services
from tests.standins import PATIENCE, wait_until

IIN = "900101300123"
NAME = "Гульзейнеп Сейтжанова"
KEYS = factories.CODES.model_copy(
    update={"intercom": "77В1945", "key_safe": "Ж5521Щ", "smart_lock": "Ю771904", "wifi_password": "kilem-1987"}
)


class RedisEars:
    """Hears every command that a Redis gets, until `text()` is asked for."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url)
        self._heard: list[str] = []
        self._sentinel = secrets.token_hex(8)
        self._is_listening = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._is_listening.wait(PATIENCE)

    def _listen(self) -> None:
        with self._redis.monitor() as monitor:  # type: ignore[no-untyped-call]
            self._is_listening.set()
            for heard in monitor.listen():
                self._heard.append(str(heard["command"]))
                if self._sentinel in self._heard[-1]:
                    return

    def text(self) -> str:
        """All that was heard, one command a line; it stops listening."""
        if self._thread.is_alive():
            self._redis.echo(self._sentinel)
            self._thread.join(PATIENCE)
            assert not self._thread.is_alive()
        return "\n".join(self._heard)


def dump_of_database(url: str) -> str:
    """COPY of every table."""
    parts = []
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                parts += [bytes(block).decode() for block in copy]
    return "".join(parts)


def dump_of_redis(url: str) -> str:
    """Every key with its value, whatever its type."""
    redis = Redis.from_url(url)
    read: dict[Any, Any] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
        b"stream": redis.xrange,
        b"none": lambda key: "(it ran out meanwhile)",
    }
    return "\n".join(f"{key!r} {read[redis.type(key)](key)!r}" for key in redis.scan_iter())


def spellings(secret: str) -> set[str]:
    """How a text may stand in a dump: as it is, escaped in JSON, as bytes, in hex, in Base64 whatever is before it."""
    raw = secret.encode()
    found = {secret, json.dumps(secret)[1:-1], repr(raw)[2:-1], raw.hex()}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        found.add(encoded[4 if shift else 0 : (len(raw) + shift) // 3 * 4])
    return found


def hits(places: Mapping[str, str], wanted: Mapping[str, str]) -> set[tuple[str, str]]:
    """Which secrets are found where."""
    return {
        (what, place)
        for what, secret in wanted.items()
        for place, text in places.items()
        if any(spelling in text for spelling in spellings(secret))
    }


class Lived(NamedTuple):
    """An installation in which much has happened."""

    live: Live
    wanted: dict[str, str]
    places: dict[str, str]
    references: tuple[str, str]


@pytest.fixture(scope="module")
def lived(services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Sign in by phone, book, pay, open the keys; book, pay, cancel, be refunded; callbacks with personal data."""
    url = services.create_database(template=str(make_url(template_url).database))
    with Live(tmp_path_factory.mktemp("nowhere"), database_url=url, log_level="INFO") as live, Visitor(live) as guest:
        assert live.redis is not None
        ears = RedisEars(live.redis.url)
        flat_id, landlord_phone = make_flat(live)
        references = live_through(live, guest, flat_id)
        places = {
            "database": dump_of_database(url),
            "redis": dump_of_redis(live.redis.url),
            "what redis was told": ears.text(),
            "logs": live.logs(),
        }
        wanted = {
            "the guest's phone": guest.phone[2:],
            "the landlord's phone": landlord_phone[2:],
            "name": NAME,
            "first name": NAME.partition(" ")[0],
            "iin": IIN,
            **{f"keys: {name}": getattr(KEYS, name) for name in ("intercom", "key_safe", "smart_lock")},
            **{f"keys: {name}": getattr(KEYS, name) for name in ("wifi_password", "directions")},
        }
        yield Lived(live, wanted, places, references)
    services.drop_database(url)


def make_flat(live: Live) -> tuple[int, str]:
    """A flat with keys of its own; its id and its landlord's phone."""
    with live.transaction() as session:
        prop = factories.make_property(session, deposit=20_000)
        session.get_one(AccessInstructions, prop.id).details = AccessDetails.model_dump_json(KEYS)
        phone = session.scalars(select(User).where(User.id == prop.landlord_id)).one().phone
        return prop.id, phone


def live_through(live: Live, guest: Visitor, flat_id: int) -> tuple[str, str]:
    """Two bookings; their references."""
    stay, later = soon(), factories.stay_in(30)
    checkout = guest.sign_in(
        guest.open("/checkout", property_id=flat_id, check_in=stay.check_in, check_out=stay.check_out, guests=2)
    )
    first = guest.submit(checkout.form("/checkout"), guest_name=NAME).path.removeprefix("/checkout/")
    second = guest.hold(flat_id, later)
    for reference in (first, second):
        assert live.standins.pay(guest.wait_for_pay_link(reference)) == "paid"
        guest.wait_for_words(reference, CONFIRMED)
    with_keys = guest.open(f"/bookings/{first}")
    assert KEYS.intercom in guest.submit(with_keys.form(f"/bookings/{first}/keys")).text
    path = f"/bookings/{second}/cancel"
    guest.submit(guest.open(path).form(path))
    call_back(live, second)
    refund = "SELECT r.status FROM refunds r JOIN bookings b ON b.id = r.booking_id WHERE reference = %s"
    wait_until(lambda: live.one(refund, second) == "done", PATIENCE, "refund")
    for words in (KEYS.key_safe, "отмен"):
        texts = lambda words=words: [each for each in live.standins.sms_to(guest.phone) if words in each]  # noqa: E731
        wait_until(texts, PATIENCE, f"message with {words}")
    wait_until(lambda: not unfinished(live), PATIENCE, "end of all work")
    live.run_job("app.jobs.audit.chain_audit")
    wait_until(lambda: '"event":"audit_chained"' in live.logs(), PATIENCE, "chained audit trail")
    return first, second


def unfinished(live: Live) -> int:
    soon = "available_at < now() + interval '1 minute'"  # a guest who has paid is not reminded to
    outbox = f"SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND {soon}"
    return int(live.one(f"SELECT ({outbox}) + count(*) FROM inbox WHERE handled_at IS NULL AND dead_at IS NULL"))


def call_back(live: Live, reference: str) -> None:
    """Kaspi tells, with data of the payer, that the payment has expired; and something that cannot be read."""
    ((order_id, provider_id),) = live.sql(
        "SELECT p.id::text, provider_id FROM payments p JOIN bookings b ON b.id = p.booking_id WHERE reference = %s",
        reference,
    )
    document = {
        "event": "payment.expired",
        "payment_id": provider_id,
        "order_id": order_id,
        "amount": "1000.00",
        "transaction_id": None,
        "at": clock.now().isoformat(),
        "payer": {"iin": IIN, "name": NAME},
    }
    for changes in ({}, {"amount": IIN, "at": NAME}):
        body = json.dumps(document | changes | {"event_id": f"evt_{secrets.token_hex(8)}"}, ensure_ascii=False).encode()
        timestamp = int(clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            signature.TIMESTAMP_HEADER: str(timestamp),
            signature.SIGNATURE_HEADER: sign(live.settings.kaspi_callback_secrets[0], timestamp, body),
        }
        answer = httpx.post(
            f"{live.base_url}/kaspi/callback/", content=body, headers=headers, trust_env=False, timeout=60
        )
        assert answer.status_code in {200, 400}


def test_nothing_personal_is_in_a_plain_place(lived: Lived) -> None:
    assert hits(lived.places, lived.wanted) == set()


def test_the_search_looks_at_the_right_places(lived: Lived) -> None:
    """What may be read is found: references in the database, jobs in Redis, requests and the chain in the logs."""
    for reference in lived.references:
        assert reference in lived.places["database"]
    assert "app.jobs.relay.drain" in lived.places["what redis was told"]
    assert "rq:" in lived.places["redis"]
    assert '"event":"request"' in lived.places["logs"]
    assert '"event":"audit_chained"' in lived.places["logs"]
    assert lived.live.one("SELECT count(*) FROM transactions WHERE kind = 'expired'") == 1, "one was understood"
    assert lived.live.one("SELECT count(*) FROM inbox WHERE dead_at IS NOT NULL") == 1, "one was not"


def test_control_what_is_not_sealed_is_found(lived: Lived, tmp_path: Path) -> None:
    """One leak into each place, each in another spelling."""
    live = lived.live
    assert live.redis is not None
    phone = lived.wanted["the guest's phone"]
    live.sql(
        "INSERT INTO inbox (id, provider, external_id, body_sealed, received_at, available_at, attempts, handled_at)"
        " VALUES (gen_random_uuid(), 'kaspi', 'leak', %s, now(), now(), 0, now())",
        f"от {NAME}".encode(),
    )
    live.sql(
        "INSERT INTO audit_entries (at, actor_kind, action, subject_kind, subject_id, details)"
        " VALUES (now(), 'system', 'test.leak', 'test', '1', %s)",
        json.dumps({"phone": f"+7{phone}"}),
    )
    ears = RedisEars(live.redis.url)
    redis = Redis.from_url(live.redis.url)
    redis.set("leak", base64.b64encode(f"{{'iin': '{IIN}'}}".encode()))
    redis.hset("leaks", "code", KEYS.key_safe)
    (tmp_path / "web.log").write_text(json.dumps({"event": "crash", "text": f"door {KEYS.smart_lock}"}))
    places = {
        "database": dump_of_database(live.settings.database_url),
        "redis": dump_of_redis(live.redis.url),
        "what redis was told": ears.text(),
        "logs": (tmp_path / "web.log").read_text(),
    }
    assert hits(places, lived.wanted) >= {
        ("the guest's phone", "database"),
        ("name", "database"),
        ("iin", "redis"),
        ("keys: key_safe", "redis"),
        ("keys: key_safe", "what redis was told"),
        ("keys: smart_lock", "logs"),
    }
