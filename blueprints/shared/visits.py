"""Counting every page of the portal without a round trip to Redis for each.

A process counts at once and tells Redis every half second, all keys together; the answer holds what the other processes
counted. So a limit is exact within a process, and processes together can exceed it by what they let through in half a
second. Without Redis each process goes on counting alone. What must be exact everywhere (signing in, holding) is
counted by Flask-Limiter instead.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock

import structlog
from limits import RateLimitItem
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

EXCHANGE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
"""How long a Redis that is away is left alone at most."""

_ADD = """
local answers = {}
for i, key in ipairs(KEYS) do
  answers[2 * i - 1] = redis.call('INCRBY', key, ARGV[2 * i - 1])
  local left = redis.call('PTTL', key)
  if left < 0 then
    left = tonumber(ARGV[2 * i])
    redis.call('PEXPIRE', key, left)
  end
  answers[2 * i] = left
end
return answers
"""
"""Adds what was counted to each key and answers its total and the milliseconds its window still lasts."""


@dataclass(slots=True)
class _Window:
    """One key's window: what Redis said, what it has not been told yet, and when (monotonic) the window ends."""

    told: int
    untold: int
    ends: float


class Visits:
    """Fixed windows that begin with a key's first visit, shared by all processes through `redis`."""

    def __init__(self, redis: Redis, *, prefix: str = "visits", every: float = EXCHANGE_SECONDS) -> None:
        self.prefix = prefix
        self._every = every
        self._add = redis.register_script(_ADD)
        self._lock = Lock()
        self._exchanging = Lock()
        self._windows: dict[str, _Window] = {}
        self._next_exchange = 0.0
        self._failures = 0

    def hit(self, limit: RateLimitItem, scope: str, who: str) -> bool:
        """Count a visit; False, and nothing is counted, when the limit is used up."""
        now, key = time.monotonic(), f"{self.prefix}:{scope}:{limit.get_expiry()}:{who}"
        with self._lock:
            window = self._windows.get(key)
            if window is None or window.ends <= now:
                window = self._windows[key] = _Window(0, 0, now + limit.get_expiry())
            if window.told + window.untold >= limit.amount:
                return False
            window.untold += 1
        if now >= self._next_exchange:
            self._exchange(now)
        return True

    def _exchange(self, now: float) -> None:
        """Tell Redis what was counted and learn the totals; one thread at a time, the others go on."""
        if not self._exchanging.acquire(blocking=False):
            return
        try:
            with self._lock:
                self._windows = {key: window for key, window in self._windows.items() if window.ends > now}
                news = {key: (window, window.untold) for key, window in self._windows.items() if window.untold}
            self._learn(news, now)
            self._failures = 0
            self._next_exchange = now + self._every
        except RedisError as error:
            self._failures += 1
            pause = min(LONGEST_PAUSE_SECONDS, 2.0**self._failures)
            self._next_exchange = time.monotonic() + pause
            log.warning("visits_counted_alone", error=type(error).__name__, pause_seconds=pause)
        finally:
            self._exchanging.release()

    def _learn(self, news: dict[str, tuple[_Window, int]], now: float) -> None:
        arguments = [
            part for window, count in news.values() for part in (count, max(1, int(1000 * (window.ends - now))))
        ]
        answers: list[int] = self._add(keys=list(news), args=arguments)
        with self._lock:
            for (window, count), total, left in zip(news.values(), answers[::2], answers[1::2], strict=True):
                window.told = total
                window.untold -= count
                window.ends = now + left / 1000
