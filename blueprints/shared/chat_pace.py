"""How much of one chat is taken up: a script that writes all the time must not keep a worker from everybody else.

Counted before anything is stored, so what is too much costs one call of Redis. The same event told again is the same
one: messengers repeat what they were not answered, and repeating must not use up a person's minute. When Redis is away
each process counts in memory, as the portal's limits do (there a repeated event counts anew).
"""

from __future__ import annotations

import time
from enum import Enum, auto

import structlog
from flask import current_app
from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 2.0
"""After Redis did not answer, webhooks do not wait for it again for so long."""

_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, most = tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
if redis.call('ZCARD', KEYS[1]) < most then
  redis.call('ZADD', KEYS[1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], window)
  return 0
end
if redis.call('SET', KEYS[2], 1, 'NX', 'PX', window) then return 2 end
return 1
"""
"""Counts an event in a moving window, unless it is in there: 0 when it fits, 1 when not, 2 when nobody was told yet."""


class Taken(Enum):
    """What becomes of an event."""

    YES = auto()
    TOO_FAST = auto()
    """It is left, and the person knows."""
    TOO_FAST_UNTOLD = auto()
    """It is left, and the person is to be told, once in a window."""


_ANSWERS = (Taken.YES, Taken.TOO_FAST, Taken.TOO_FAST_UNTOLD)


class ChatPace:
    """Counts events by chat: `limit` of them, shared by all processes through `redis`. Safe to share by threads."""

    def __init__(self, redis: Redis, limit: RateLimitItem) -> None:
        self._take = redis.register_script(_TAKE)
        self._limit = limit
        self._alone = FixedWindowRateLimiter(MemoryStorage())
        self._told = type(limit)(1, limit.multiples or 1, namespace="told")
        self._silent_until = 0.0

    def take(self, chat: str, event: str) -> Taken:
        """Count an event of a chat, both by what stands for them; what does not fit is not counted."""
        if time.monotonic() >= self._silent_until:
            keys = [f"chat-pace:{chat}", f"chat-pace-told:{chat}"]
            milliseconds = 1000 * self._limit.get_expiry()
            try:
                return _ANSWERS[int(self._take(keys=keys, args=[event, milliseconds, self._limit.amount]))]
            except RedisError as error:
                self._silent_until = time.monotonic() + PAUSE_SECONDS
                log.warning("chat_pace_alone", error=type(error).__name__)
        if self._alone.hit(self._limit, chat):
            return Taken.YES
        return Taken.TOO_FAST_UNTOLD if self._alone.hit(self._told, chat) else Taken.TOO_FAST


def current_pace() -> ChatPace:
    """The count of the application at work."""
    pace = current_app.extensions["chat_pace"]
    assert isinstance(pace, ChatPace)  # noqa: S101  # narrows the type of a value that only install() sets
    return pace
