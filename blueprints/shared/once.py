"""What counts once: proofs of others that we keep no row of."""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.config import Settings

log = structlog.get_logger(__name__)


def spend(mark: str, lifetime: timedelta) -> bool:
    """Is this the first time within `lifetime` that this mark is seen?

    Without Redis nobody can say, so it is not. A Redis that lost what it held would count a mark once more.
    """
    try:
        return bool(_redis().set(f"once:{mark}", 1, nx=True, ex=lifetime))
    except RedisError as error:
        log.warning("once_without_redis", error=type(error).__name__)
        return False


def _redis() -> Redis:
    found = current_app.extensions.get("once")
    if not isinstance(found, Redis):
        settings: Settings = current_app.config["SETTINGS"]
        found = Redis.from_url(
            settings.cache_redis_url, socket_connect_timeout=0.5, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)
        )
        current_app.extensions["once"] = found
    return found
