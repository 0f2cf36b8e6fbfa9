"""How much and whether at all Kaspi is asked: one rate and one circuit breaker a surface, shared by all processes.

The rate (design 4-kaspi): 10 calls a second, of which polls may use 6, so that a link or a refund never waits behind
questions. The breaker: after three calls in a row without an answer nobody asks for 20 seconds; then one call at a time
tries. Both live in Redis, since a worker forks a process for each job. Without Redis each process counts alone and the
breaker lets everything through: payments do not depend on Redis.

The breaker is our own: the libraries for it either keep their state in a process or read the clock themselves and let
every process try at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.integrations.errors import ProviderError, ProviderUnavailable
from app.kit import clock

CALLS_A_SECOND = 10
POLLS_A_SECOND = 6
PATIENCE = 5.0
"""Seconds that a call waits for its turn before it gives up."""

FAILURES_TO_OPEN = 3
FAILURES_WITHIN = timedelta(seconds=60)
"""Failures further apart are not one outage."""
OPEN_FOR = timedelta(seconds=20)
PROBE_FOR = timedelta(seconds=15)
"""How long others wait for the one call that tries: longer than its time-outs."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Lane(StrEnum):
    """Who asks."""

    ORDER = "order"
    """Creating, giving back, withdrawing: may use the whole rate."""
    POLL = "poll"
    """Asking how things stand: leaves room for the others."""


class Traffic(Protocol):
    """What a client needs of it."""

    def wait_turn(self, lane: Lane) -> None:
        """Return when one request may be sent. Raises ProviderUnavailable when the turn does not come in time."""
        ...

    def guarded(self, call: Callable[[], T]) -> T:
        """Make a call unless the circuit is open. Raises ProviderUnavailable at once when it is."""
        ...


class FreeTraffic:
    """No limit and no breaker: for a single hand-made call, such as registering a device."""

    def wait_turn(self, lane: Lane) -> None:
        """Return at once."""

    def guarded(self, call: Callable[[], T]) -> T:
        """Make the call."""
        return call()


FREE = FreeTraffic()


class SharedTraffic:
    """Rate and breaker of one surface, in Redis at `redis_url`. Make one in each process after it forked.

    `per` is the rate's window in seconds; `now` and `pause` are the clock and the waiting.
    """

    def __init__(
        self,
        surface: str,
        redis_url: str,
        *,
        per: int = 1,
        now: Callable[[], datetime] = clock.now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = _Rate(surface, redis_url, per=per, pause=pause)
        self._breaker = _Breaker(surface, _connect(redis_url), now=now)

    def wait_turn(self, lane: Lane) -> None:
        """See `Traffic.wait_turn`."""
        self._rate.wait_turn(lane)

    def guarded(self, call: Callable[[], T]) -> T:
        """See `Traffic.guarded`. Refusals, nonsense and trouble with one request are answers: only an outage opens the
        circuit.

        What is no provider's error (the job's time is over in the middle of a call that hangs) says nothing.
        """
        self._breaker.check()
        try:
            result = call()
        except OutOfTurn:
            raise
        except ProviderError as error:
            if isinstance(error, ProviderUnavailable) and error.is_outage:
                self._breaker.failed()
            else:
                self._breaker.answered()
            raise
        self._breaker.answered()
        return result


class OutOfTurn(ProviderUnavailable):
    """Nothing was sent: so much is asked of Kaspi that this call's turn did not come. Says nothing about Kaspi."""


class _Rate:
    def __init__(self, surface: str, redis_url: str, *, per: int, pause: Callable[[float], None]) -> None:
        self._surface = surface
        self._pause = pause
        self._shared = MovingWindowRateLimiter(
            RedisStorage(redis_url, connection_pool=_connect(redis_url).connection_pool)
        )
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._all = RateLimitItemPerSecond(CALLS_A_SECOND, per, namespace="kaspi")
        self._polls = RateLimitItemPerSecond(POLLS_A_SECOND, per, namespace="kaspi-polls")

    def wait_turn(self, lane: Lane) -> None:
        limits = [self._polls, self._all] if lane is Lane.POLL else [self._all]
        waited = 0.0
        for limit in limits:
            while not self._hit(limit):
                if waited >= PATIENCE:
                    raise OutOfTurn("kaspi: too many calls of our own", retry_after=timedelta(seconds=2))
                self._pause(0.1)
                waited += 0.1

    def _hit(self, limit: RateLimitItem) -> bool:
        try:
            return self._shared.hit(limit, self._surface)
        except RedisError as error:
            log.warning("kaspi_rate_counted_alone", error=type(error).__name__)
            return self._alone.hit(limit, self._surface)


class _Breaker:
    """Keys: how many calls in a row failed, until when nobody asks, and who tries after that."""

    def __init__(self, surface: str, redis: Redis, *, now: Callable[[], datetime]) -> None:
        self._redis = redis
        self._now = now
        prefix = f"kaspi:{surface}:circuit"
        self._failures, self._open, self._probe = (f"{prefix}:{part}" for part in ("failures", "open", "probe"))

    def check(self) -> None:
        """Raise ProviderUnavailable when the circuit is open, or someone else tries whether it may close."""
        now = self._now().timestamp()
        try:
            opened = self._redis.get(self._open)
            if opened is None:
                return
            left = float(opened) - now
            if left <= 0:
                left = self._try(now)
        except RedisError as error:
            log.warning("kaspi_circuit_unknown", error=type(error).__name__)
            return
        if left > 0:
            raise ProviderUnavailable("kaspi: the circuit is open", retry_after=timedelta(seconds=left))

    def _try(self, now: float) -> float:
        """0 when this call is the one that tries, else how many seconds another one has for it."""
        until = now + PROBE_FOR.total_seconds()
        if self._redis.set(self._probe, until, nx=True, px=PROBE_FOR):
            return 0
        other = self._redis.get(self._probe)
        left = float(other) - now if other is not None else 0.0
        if left > 0:
            return left
        self._redis.set(self._probe, until, px=PROBE_FOR)
        return 0

    def failed(self) -> None:
        """Count a call without an answer; the third in a row, and any that tried, opens the circuit."""
        try:
            with self._redis.pipeline() as pipe:
                pipe.incr(self._failures)
                pipe.pexpire(self._failures, FAILURES_WITHIN)
                count = int(pipe.execute()[0])
            if count >= FAILURES_TO_OPEN:
                until = (self._now() + OPEN_FOR).timestamp()
                # Kept past its end: what comes then is a try, not a call like any other.
                self._redis.set(self._open, until, px=OPEN_FOR + FAILURES_WITHIN)
                self._redis.pexpire(self._failures, OPEN_FOR + FAILURES_WITHIN)
                self._redis.delete(self._probe)
                log.warning("kaspi_circuit_open", failures=count)
        except RedisError as error:
            log.warning("kaspi_circuit_unknown", error=type(error).__name__)

    def answered(self) -> None:
        """Kaspi is there: the circuit closes."""
        try:
            if self._redis.delete(self._failures, self._open, self._probe) > 1:
                log.warning("kaspi_circuit_closed")
        except RedisError as error:
            log.warning("kaspi_circuit_unknown", error=type(error).__name__)


def _connect(url: str) -> Redis:
    """A client that gives up in half a second: a payment does not wait for Redis."""
    return Redis.from_url(
        url, decode_responses=True, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
    )
