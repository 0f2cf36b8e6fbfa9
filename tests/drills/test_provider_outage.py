"""Promise 36 for Kaspi: it hangs for half a minute; only paying waits, and says so."""

from __future__ import annotations

import time
from functools import partial

import httpx
import pytest
from redis import Redis

from app.models import Property
from tests import factories
from tests.drills.test_kills import assert_charged_once
from tests.e2e.test_booking_path import CONFIRMED
from tests.e2e.visitor import Visitor
from tests.factories import stay_in
from tests.live import Live
from tests.measures import CALM, assert_as_calm, least_of, percentile
from tests.standins import PATIENCE, wait_until

pytestmark = [pytest.mark.drill, pytest.mark.alone]

HANG = 30.0
OPEN_WITHIN = 150.0
"""Twice what three calls of ten seconds one after another by one worker take, with the pauses between them."""
ROUNDS = 150


def p95(live: Live, property_id: int) -> float:
    """Seconds of 95 in 100 pages that have nothing to do with paying."""
    paths = ("/", "/almaty", f"/p/{property_id}-kvartira-u-parka", "/sign-in")
    took: list[float] = []
    with httpx.Client(base_url=live.base_url, timeout=PATIENCE, trust_env=False) as client:
        for number in range(ROUNDS):
            began = time.perf_counter()
            assert client.get(paths[number % len(paths)]).status_code == 200
            took.append(time.perf_counter() - began)
    return percentile(took, 95)


def seconds_of(visitor: Visitor, path: str) -> float:
    began = time.monotonic()
    visitor.open(path)
    return time.monotonic() - began


def test_kaspi_hangs_for_half_a_minute(live: Live, guest: Visitor, flat: Property) -> None:
    with live.transaction() as session:
        others = [factories.make_property(session).id for _ in range(2)]
    p95(live, flat.id)  # warm caches
    calm = p95(live, flat.id)
    live.standins.set_faults(hang_seconds=HANG)
    reference = guest.hold(flat.id, stay_in(5))
    with Visitor(live) as second, Visitor(live) as third:
        for visitor, property_id in zip((second, third), others, strict=True):
            visitor.is_signed_in_already().hold(property_id, stay_in(5))
        hanging = least_of(partial(p95, live, flat.id), enough=calm * CALM)
        assert guest.wait_for_words(reference, "Платёж обрабатывается")
        with Redis.from_url(live.settings.cache_redis_url) as redis:
            wait_until(lambda: redis.exists("kaspi:gateway:circuit:open"), OPEN_WITHIN, "open circuit")
        assert least_of(partial(seconds_of, guest, "/almaty"), enough=2) < 2
    live.standins.set_faults()
    live.standins.pay(guest.wait_for_pay_link(reference, 120))
    guest.wait_for_words(reference, CONFIRMED, 90)
    assert_charged_once(live, reference)
    assert_as_calm(partial(p95, live, flat.id), calm, hanging)
