"""A cache in Redis of what many people are shown: made once, forgotten when what it shows has changed, never needed.

What is kept belongs to *subjects* («city:3», «property:77»). Each subject has a token in Redis; the tokens are part of
every key, so giving a subject another token forgets all that was kept of it at once, and an answer that was being made
while its data changed is kept under the old token, where nobody looks. One process makes a missing value while the
others wait for it (dogpile.cache's distributed lock). With Redis away, everything is made afresh.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence

import orjson
import structlog
from dogpile.cache import make_region, register_backend
from dogpile.cache.backends.redis import RedisBackend
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

SHORTEST_SECONDS, LONGEST_SECONDS = 300, 3600
"""How long values may be kept: 5 to 60 minutes (2-architecture, Scale)."""
TOKEN_SECONDS = 2 * LONGEST_SECONDS
"""A token outlives every value that was kept under it."""
TOKEN_MEMORY = 0.5
"""So many seconds a process trusts a token it has read; its own changes it sees at once."""
AWAY = 1.0
"""After a failure Redis is left alone for so many seconds."""
TIMEOUT = 0.25
LOCK_SECONDS = 5
"""A process that died while making a value keeps the others waiting no longer."""


class _Backend(RedisBackend):
    """Dogpile's, without the deprecated SETEX."""

    def set_serialized(self, key: str, value: bytes) -> None:
        self.writer_client.set(key, value, ex=self.redis_expiration_time)


register_backend("zhilego.redis", __name__, _Backend.__name__)  # type: ignore[no-untyped-call]


class SharedCache:
    """Values by subjects and key. Every method works, slower, without Redis."""

    def __init__(self, redis_url: str, *, prefix: str = "shown") -> None:
        pool: ConnectionPool = ConnectionPool.from_url(
            redis_url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
        )
        self._redis = Redis(connection_pool=pool)
        self._prefix = prefix
        self._region = make_region(serializer=orjson.dumps, deserializer=orjson.loads).configure(
            "zhilego.redis",
            arguments={
                "connection_pool": pool,
                "redis_expiration_time": LONGEST_SECONDS,
                "distributed_lock": True,
                "thread_local_lock": False,
                "lock_timeout": LOCK_SECONDS,
                "lock_sleep": 0.01,
            },
        )
        self._away_until = 0.0
        self._tokens: dict[str, tuple[str, float]] = {}
        self._unsaid: set[str] = set()
        self._guard = threading.Lock()

    def get_or_make(self, subjects: Sequence[str], key: str, make: Callable[[], str], *, seconds: int) -> str:
        """The text kept under `key` for these subjects, made by `make` when it is not there. Raises what `make` raises.

        `seconds` is how long it may be shown at most.
        """
        made: list[str] = []

        def creator() -> str:
            made.append(make())
            return made[-1]

        if not self._is_away():
            try:
                tokens = self._tokens_of(subjects)
                digest = hashlib.blake2b("\0".join((*tokens, key)).encode(), digest_size=20).hexdigest()
                text: str = self._region.get_or_create(f"{self._prefix}:{digest}", creator, expiration_time=seconds)
            except RedisError as error:
                self._note_away(error)
            else:
                return text
        return made[-1] if made else make()

    def forget(self, subjects: Iterable[str]) -> None:
        """What was kept of these subjects is not shown any more. Without Redis: as soon as it is back."""
        with self._guard:
            self._unsaid.update(subjects)
            for subject in self._unsaid:
                self._tokens.pop(subject, None)
        if not self._is_away():
            try:
                self._say_unsaid()
            except RedisError as error:
                self._note_away(error)

    def _tokens_of(self, subjects: Sequence[str]) -> list[str]:
        self._say_unsaid()
        now = time.monotonic()
        known = {subject: self._tokens.get(subject, ("", 0.0)) for subject in subjects}
        missing = [subject for subject, (_, until) in known.items() if until < now]
        if missing:
            found = self._redis.mget([self._name(subject) for subject in missing])
            for subject, token in zip(missing, found, strict=True):
                text = _text(token) if token else self._new_token(subject)
                known[subject] = self._tokens[subject] = (text, now + TOKEN_MEMORY)
        return [known[subject][0] for subject in subjects]

    def _new_token(self, subject: str) -> str:
        """A subject's first token, whoever of several processes is first. Tokens never come again."""
        name, token = self._name(subject), secrets.token_hex(8)
        if self._redis.set(name, token, nx=True, ex=TOKEN_SECONDS):
            return token
        other = self._redis.get(name)
        return _text(other) if other else token

    def _say_unsaid(self) -> None:
        with self._guard:
            subjects = list(self._unsaid)
        if not subjects:
            return
        pipeline = self._redis.pipeline(transaction=False)
        for subject in subjects:
            pipeline.set(self._name(subject), secrets.token_hex(8), ex=TOKEN_SECONDS)
        pipeline.execute()
        with self._guard:
            self._unsaid.difference_update(subjects)

    def _name(self, subject: str) -> str:
        return f"{self._prefix}-token:{subject}"

    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _note_away(self, error: RedisError) -> None:
        self._away_until = time.monotonic() + AWAY
        log.warning("cache_without_redis", error=type(error).__name__)


def _text(token: bytes | str) -> str:
    return token if isinstance(token, str) else token.decode()
