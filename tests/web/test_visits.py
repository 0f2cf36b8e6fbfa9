"""The portal's count of visits: exact in a process, shared through Redis in batches, and going on without Redis."""

from __future__ import annotations

import secrets
import time

import pytest
from limits import parse
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.config import Settings
from blueprints.shared.visits import Visits


@pytest.fixture
def redis(settings: Settings) -> Redis:
    return Redis.from_url(settings.redis_url)


def allowed(visits: Visits, number: int, who: str, limit: str = "10/minute") -> int:
    return sum(visits.hit(parse(limit), "test", who) for _ in range(number))


def test_processes_share_a_limit(redis: Redis) -> None:
    """Given two processes that tell Redis at every visit, then one knows what the other counted at its next visit."""
    first, second, who = Visits(redis, every=0), Visits(redis, every=0), secrets.token_hex(8)
    assert allowed(first, 6, who) == 6
    assert allowed(second, 9, who) == 4
    assert allowed(first, 5, who) <= 1


def test_what_a_process_counts_between_exchanges_is_exact(redis: Redis) -> None:
    visits, who = Visits(redis, every=3600), secrets.token_hex(8)
    assert allowed(visits, 25, who) == 10
    assert allowed(visits, 25, secrets.token_hex(8)) == 10


def test_an_exchange_tells_everything_once(redis: Redis) -> None:
    visits, who = Visits(redis, prefix=secrets.token_hex(8), every=0), secrets.token_hex(8)
    assert allowed(visits, 7, who) == 7
    (key,) = redis.keys(f"{visits.prefix}:*")
    assert redis.get(key) == b"7"
    assert 0 < redis.pttl(key) <= 60_000


def test_a_window_ends(redis: Redis) -> None:
    visits, who = Visits(redis, every=0), secrets.token_hex(8)
    assert allowed(visits, 5, who, "2/second") == 2
    deadline = time.monotonic() + 60
    while not visits.hit(parse("2/second"), "test", who):
        assert time.monotonic() < deadline


def test_without_redis_it_counts_alone_and_rarely_tries() -> None:
    gone = Redis.from_url("redis://127.0.0.1:9/0", retry=Retry(NoBackoff(), 0))
    visits, who = Visits(gone, every=0), secrets.token_hex(8)
    assert allowed(visits, 2000, who, "1000/minute") == 1000
    assert visits._failures < 10, "of a thousand that could have been"
