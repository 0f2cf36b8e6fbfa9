"""How fast we speak: under 30 messages a second in all and about one a second in a chat, shared by all processes.

Source: https://core.telegram.org/bots/faq#broadcasting-to-users. The counts live in Redis; without it each process
counts alone. What Telegram asks for in a 429 is remembered for the chat, so that nobody calls before it is over.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.integrations.errors import ProviderUnavailable

MESSAGES_A_SECOND = 27
"""Telegram's 30, less what bunches up on the way: 30 counted here were up to 32 in one second of arrival."""
CHAT_BURST = 3
"""So many messages at once in a chat, in any so many seconds."""
ALBUM_TURNS = CHAT_BURST - 1
"""At most so many of them are taken by what goes in one call: what is to be pressed below it follows at once."""
PATIENCE = 1.0
"""Seconds that a message waits for its turn before it gives way to those of other chats."""

_STEP = 0.05

log = structlog.get_logger(__name__)


class TooSoon(ProviderUnavailable):
    """Only this message comes later; Telegram itself is well."""

    is_outage = False


class Pace(Protocol):
    """What a client needs of it."""

    def wait_turn(self, chat: str, *, messages: int = 1, is_new: bool = True) -> None:
        """Return when so many messages may go to this chat. Raises TooSoon, with a time, when that takes too long.

        What is no new message (an edit) counts in all, not in its chat.
        """
        ...

    def rest(self, chat: str, pause: timedelta) -> None:
        """Telegram wants no call to this chat for so long."""
        ...


class FreePace:
    """No limit: for what an operator does by hand."""

    def wait_turn(self, chat: str, *, messages: int = 1, is_new: bool = True) -> None:
        """Return at once."""

    def rest(self, chat: str, pause: timedelta) -> None:
        """Remember nothing."""


FREE = FreePace()


class SharedPace:
    """The pace of one bot, in Redis at `redis_url`. Make one in each process after it forked.

    `per` is the window of the overall rate in seconds, `pause` the waiting; tests choose them.
    """

    def __init__(self, bot: str, redis_url: str, *, per: int = 1, pause: Callable[[float], None] = time.sleep) -> None:
        timeouts = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5, "retry": Retry(NoBackoff(), 0)}
        self._redis = Redis.from_url(redis_url, **timeouts)
        self._bot = bot
        self._pause = pause
        storage = RedisStorage(redis_url, connection_pool=Redis.from_url(redis_url, **timeouts).connection_pool)
        self._shared = MovingWindowRateLimiter(storage)
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._all = RateLimitItemPerSecond(MESSAGES_A_SECOND, per, namespace="telegram")
        self._chat = RateLimitItemPerSecond(CHAT_BURST, CHAT_BURST * per, namespace="telegram-chat")

    def wait_turn(self, chat: str, *, messages: int = 1, is_new: bool = True) -> None:
        """See `Pace.wait_turn`."""
        key = self._key(chat)
        self._check_rest(key)
        counted = [(self._all, self._bot, min(messages, MESSAGES_A_SECOND))]
        if is_new:
            counted.insert(0, (self._chat, key, min(messages, ALBUM_TURNS)))
        waited = 0.0
        for limit, of, cost in counted:
            while not self._hit(limit, of, cost):
                if waited >= PATIENCE:
                    raise TooSoon("telegram: our own pace", retry_after=timedelta(seconds=1))
                self._pause(_STEP)
                waited += _STEP

    def rest(self, chat: str, pause: timedelta) -> None:
        """See `Pace.rest`."""
        try:
            self._redis.set(f"telegram:rest:{self._key(chat)}", 1, px=pause)
        except RedisError as error:
            log.warning("telegram_pace_alone", error=type(error).__name__)

    def _check_rest(self, key: str) -> None:
        try:
            left = self._redis.pttl(f"telegram:rest:{key}")
        except RedisError as error:
            log.warning("telegram_pace_alone", error=type(error).__name__)
            return
        if isinstance(left, int) and left > 0:
            raise TooSoon("telegram: this chat rests", retry_after=timedelta(milliseconds=left))

    def _hit(self, limit: RateLimitItem, of: str, cost: int) -> bool:
        try:
            return self._shared.hit(limit, of, cost=cost)
        except RedisError as error:
            log.warning("telegram_pace_alone", error=type(error).__name__)
            return self._alone.hit(limit, of, cost=cost)

    def _key(self, chat: str) -> str:
        """Stands for a chat, whose it is cannot be read from Redis."""
        return hashlib.blake2b(chat.encode(), key=self._bot.encode()[:64], digest_size=12).hexdigest()
