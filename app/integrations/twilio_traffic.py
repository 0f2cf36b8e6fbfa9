"""How fast we send by WhatsApp: at most 80 messages a second from all processes together.

Twilio's limit of a WhatsApp sender (5-channels, WhatsApp). Counted in Redis, since a worker forks a process for each
job; without Redis each process counts alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.integrations.errors import ProviderUnavailable

MESSAGES_A_SECOND = 80
PATIENCE = 1.0
"""Seconds that a message waits for its turn before it goes back to the queue."""
_STEP = 0.05

log = structlog.get_logger(__name__)


class TooFastError(ProviderUnavailable):
    """Nothing was sent: so much is being said that this message's turn did not come. Says nothing about Twilio."""

    is_outage = False


class WhatsAppRate:
    """The sender's turns. Make one in each process after it forked. `pause` waits so many seconds."""

    def __init__(
        self, redis_url: str, *, most: int = MESSAGES_A_SECOND, pause: Callable[[float], None] = time.sleep
    ) -> None:
        pool: ConnectionPool = ConnectionPool.from_url(
            redis_url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
        )
        self._shared = MovingWindowRateLimiter(RedisStorage(redis_url, connection_pool=pool))
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerSecond(most, namespace="whatsapp")
        self._pause = pause

    def wait_turn(self) -> None:
        """Return when one message may be sent. Raises TooFastError when the turn does not come in time."""
        waited = 0.0
        while not self._hit():
            if waited >= PATIENCE:
                raise TooFastError("whatsapp: too many messages of our own", retry_after=timedelta(seconds=1))
            self._pause(_STEP)
            waited += _STEP

    def _hit(self) -> bool:
        try:
            return self._shared.hit(self._limit, "sender")
        except RedisError as error:
            log.warning("whatsapp_rate_counted_alone", error=type(error).__name__)
            return self._alone.hit(self._limit, "sender")
