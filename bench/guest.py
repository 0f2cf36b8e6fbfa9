"""A guest of the benchmarks: books over the API as a program does, and pays at the page of Kaspi's stand-in."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

LOOK_EVERY = 0.5
"""Seconds between a guest's questions to the API: four times as often as the checkout's page asks."""
PATIENCE = 60.0


@dataclass(frozen=True)
class Plan:
    """Whose token it is, and the body of the hold."""

    token: str
    wish: Mapping[str, object]


@dataclass(frozen=True)
class Booked:
    """Seconds of the parts, the questions that were asked meanwhile, and when it was confirmed (perf_counter)."""

    link: float
    confirmed: float
    whole: float
    questions: int
    at: float


class Guest:
    """A program that books over the API, pays at Kaspi's page, and keeps its two connections."""

    def __init__(self, portal_url: str, kaspi_url: str) -> None:
        self._portal = http.client.HTTPConnection(urlsplit(portal_url).netloc, timeout=PATIENCE)
        self._kaspi = http.client.HTTPConnection(urlsplit(kaspi_url).netloc, timeout=PATIENCE)
        self._questions = 0

    def close(self) -> None:
        """Hang up."""
        self._portal.close()
        self._kaspi.close()

    def book(self, plan: Plan) -> Booked:
        """From the hold to the confirmed booking. AssertionError when an answer is not the expected one."""
        self._questions = 0
        headers = {"Authorization": f"Bearer {plan.token}", "Content-Type": "application/json"}
        began = time.perf_counter()
        keyed = headers | {"Idempotency-Key": f"{uuid4()}"}
        made = _answer(self._portal, "POST", "/api/v1/bookings", keyed, json.dumps(plan.wish), status=201)
        path = f"/api/v1/bookings/{made['reference']}"
        held = time.perf_counter()
        link = self._wait(path, headers, lambda found: found["payment"]["pay_url"])
        linked = time.perf_counter()
        form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        _answer(self._kaspi, "POST", urlsplit(link).path, form, urlencode({"action": "pay"}))
        paid = time.perf_counter()
        self._wait(path, headers, lambda found: found["status"] == "confirmed")
        at = time.perf_counter()
        return Booked(linked - held, at - paid, at - began, self._questions, at)

    def _wait(self, path: str, headers: Mapping[str, str], look: Callable[[dict[str, Any]], Any]) -> Any:
        """What `look` finds in the booking, asked for again and again."""
        give_up_at = time.perf_counter() + PATIENCE
        while time.perf_counter() < give_up_at:
            time.sleep(LOOK_EVERY)
            self._questions += 1
            found = look(_answer(self._portal, "GET", path, headers))
            if found:
                return found
        raise AssertionError(f"{path} did not change in {PATIENCE:g} s")


def _answer(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: str | None = None,
    *,
    status: int = 200,
) -> Any:
    connection.request(method, path, body, dict(headers))
    response = connection.getresponse()
    text = response.read()
    assert response.status == status, f"{method} {path}: {response.status} {text[:300]!r}"
    return json.loads(text)
