"""One call to Kaspi, whichever surface: its turn in the rate, the circuit breaker, and what is repeated at once.

A call is repeated at once only when Kaspi failed quickly (connection lost, 5xx) and repeating does no harm. After a
time-out on either side, or when Kaspi says how long to wait, the caller decides when to ask again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx
import structlog

from app.integrations import http
from app.integrations.errors import ProviderUnavailable
from app.integrations.kaspi.traffic import FREE, Lane, OutOfTurn, Traffic

_PAUSES = (0.2, 0.8)
"""Seconds before the second and the third attempt, each made up to half longer by chance."""
QUICK = 2.0
"""Seconds that a failure worth repeating at once may have taken: a call with its repetitions ends before whoever makes
it counts as dead and another worker takes over (`payments.returns.CLAIM`, `outbox.CLAIM`)."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Caller:
    """Sends requests through `client`. `pause` waits the given seconds between attempts, `monotonic` is the clock."""

    def __init__(
        self,
        client: httpx.Client,
        *,
        traffic: Traffic = FREE,
        pause: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._traffic = traffic
        self._pause = pause
        self._monotonic = monotonic

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def call(
        self,
        request: httpx.Request,
        *,
        lane: Lane,
        read: Callable[[httpx.Response], T],
        may_repeat: bool = True,
    ) -> T:
        """Send a request and read its 2xx answer. Raises `ProviderError` as `http.check` and `read` do."""

        def attempt(pauses: tuple[float, ...]) -> T:
            try:
                return read(self._send(request, lane))
            except _QuickFailure as failure:
                if not pauses:
                    raise
                log.info("kaspi_call_repeated", path=request.url.path, reason=str(failure))
                self._pause(pauses[0] * random.uniform(1, 1.5))  # noqa: S311  spreads load, guards nothing
                try:
                    return attempt(pauses[1:])
                except OutOfTurn:  # what became of the attempt before is what the caller must know
                    raise failure from None

        return self._traffic.guarded(lambda: attempt(_PAUSES if may_repeat else ()))

    def request(
        self,
        method: str,
        path: str,
        document: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        """A request with a JSON body, if any."""
        return self._client.build_request(method, path, json=document, headers=headers, params=query)

    def _send(self, request: httpx.Request, lane: Lane) -> httpx.Response:
        self._traffic.wait_turn(lane)
        began = self._monotonic()
        try:
            response = self._client.send(request)
        except httpx.TransportError as error:
            failure = http.unavailable("kaspi", error)
            if isinstance(error, httpx.TimeoutException) or self._monotonic() - began > QUICK:
                raise failure from error
            raise _QuickFailure(str(failure), outcome_unknown=failure.outcome_unknown) from error
        if _is_temporary(response) and self._monotonic() - began <= QUICK:
            raise _QuickFailure(f"kaspi: HTTP {response.status_code}", outcome_unknown=True)
        http.check("kaspi", response)
        return response


def _is_temporary(response: httpx.Response) -> bool:
    timed_out = response.status_code == httpx.codes.GATEWAY_TIMEOUT
    return response.is_server_error and not timed_out and "Retry-After" not in response.headers


class _QuickFailure(ProviderUnavailable):
    """A failure that cost no time, so the call is worth repeating at once."""
