"""The cache of what many are shown (issue 3, point 8; promise 34): forgotten at once, made once, not needed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from app.cache import SharedCache
from app.local.servers import EmbeddedRedis
from tests.measures import least_of
from tests.services import Services

FIVE_MINUTES = 300


def counted(text: str = "made") -> tuple[Callable[[], str], list[str]]:
    """Something to make, and how often it was made."""
    calls: list[str] = []

    def make() -> str:
        calls.append(text)
        return f"{text} {len(calls)}"

    return make, calls


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid4().hex[:8]}"


@pytest.fixture
def cache(services: Services, prefix: str) -> SharedCache:
    return SharedCache(services.redis_url, prefix=prefix)


def test_a_text_is_made_once_and_shown_to_every_process(services: Services, cache: SharedCache, prefix: str) -> None:
    make, calls = counted()
    other = SharedCache(services.redis_url, prefix=prefix)
    texts = [each.get_or_make(["city:1"], "page", make, seconds=FIVE_MINUTES) for each in (cache, cache, other)]
    assert texts == ["made 1"] * 3
    assert len(calls) == 1


def test_keys_and_subjects_keep_texts_apart(cache: SharedCache) -> None:
    make, calls = counted()
    for subjects, key in ((["city:1"], "a"), (["city:1"], "b"), (["city:2"], "a"), (["city:1", "city:2"], "a")):
        cache.get_or_make(subjects, key, make, seconds=FIVE_MINUTES)
    assert len(calls) == 4


def test_what_has_changed_is_forgotten_at_once_and_only_that(cache: SharedCache) -> None:
    make, calls = counted()
    for subject in ("city:1", "city:2"):
        cache.get_or_make([subject], "page", make, seconds=FIVE_MINUTES)
    cache.forget(["city:1"])
    assert cache.get_or_make(["city:1"], "page", make, seconds=FIVE_MINUTES) == "made 3"
    assert cache.get_or_make(["city:2"], "page", make, seconds=FIVE_MINUTES) == "made 2"
    assert len(calls) == 3


def test_an_answer_made_of_data_that_changed_meanwhile_is_shown_to_nobody_else(cache: SharedCache) -> None:
    def slow() -> str:
        cache.forget(["city:1"])  # a booking commits after this page has read
        return "old"

    assert cache.get_or_make(["city:1"], "page", slow, seconds=FIVE_MINUTES) == "old"
    assert cache.get_or_make(["city:1"], "page", lambda: "new", seconds=FIVE_MINUTES) == "new"


def test_a_stampede_makes_the_text_once(services: Services, prefix: str) -> None:
    """Forty readers of a page that is not there: one makes it, the others wait for it."""
    caches = [SharedCache(services.redis_url, prefix=prefix) for _ in range(8)]
    calls, started, everyone = [], threading.Event(), threading.Barrier(40, timeout=60)

    def make() -> str:
        calls.append(1)
        started.wait(0.2)
        return "made"

    def read(number: int) -> str:
        everyone.wait()
        return caches[number % 8].get_or_make(["city:9"], "page", make, seconds=FIVE_MINUTES)

    with ThreadPoolExecutor(40) as pool:
        texts = list(pool.map(read, range(40)))
    assert texts == ["made"] * 40
    assert len(calls) == 1


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "redis", durable=False)
    server.start()
    yield server
    server.stop()


def test_without_redis_everything_is_made_afresh(prefix: str) -> None:
    cache = SharedCache("redis://127.0.0.1:1/0", prefix=prefix)
    make, calls = counted()
    assert cache.get_or_make(["city:1"], "page", make, seconds=FIVE_MINUTES) == "made 1"
    assert cache.get_or_make(["city:1"], "page", make, seconds=FIVE_MINUTES) == "made 2"
    cache.forget(["city:1"])
    assert len(calls) == 2


def seconds_of_a_fresh_text(cache: SharedCache) -> float:
    began = time.monotonic()
    assert cache.get_or_make(["city:1"], "page", lambda: "fresh", seconds=FIVE_MINUTES) == "fresh"
    return time.monotonic() - began


def test_what_changed_while_redis_hung_is_not_shown_when_it_is_back(own_redis: EmbeddedRedis, prefix: str) -> None:
    """Redis neither answers nor refuses for a while: readers wait a quarter of a second at most, then do without."""
    cache = SharedCache(own_redis.url, prefix=prefix)
    assert cache.get_or_make(["city:1"], "page", lambda: "old", seconds=FIVE_MINUTES) == "old"
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        cache.forget(["city:1"])
        assert least_of(partial(seconds_of_a_fresh_text, cache), enough=1.0) < 1.0
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    make, calls = counted("new")
    deadline = time.monotonic() + 60
    shown, made = "", -1
    while made != len(calls) and time.monotonic() < deadline:  # until a text comes from Redis again
        made = len(calls)
        shown = cache.get_or_make(["city:1"], "page", make, seconds=FIVE_MINUTES)
        assert shown.startswith("new")
    assert made == len(calls)


def test_what_makes_the_text_may_fail(cache: SharedCache) -> None:
    def fail() -> str:
        raise ValueError("no database")

    with pytest.raises(ValueError, match="no database"):
        cache.get_or_make(["city:1"], "page", fail, seconds=FIVE_MINUTES)
    assert cache.get_or_make(["city:1"], "page", lambda: "made", seconds=FIVE_MINUTES) == "made"
