"""Servers that DATABASE_URL and REDIS_URL point at: asked once before anything is started."""

from __future__ import annotations

from app.local.failure import LocalError

_SECONDS = 5


def check_database(url: str) -> None:
    """Connect once.

    Raises:
        LocalError: it does not answer or does not let us in; the message never has the address's password.
    """
    import psycopg

    scheme, _, rest = url.partition("://")
    try:
        psycopg.connect(f"{scheme.partition('+')[0]}://{rest}", connect_timeout=_SECONDS).close()
    except psycopg.Error as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = lines[0].removeprefix("connection failed: ").rstrip(".") if lines else "no reason given"
        raise LocalError(f"PostgreSQL at DATABASE_URL cannot be used: {reason}.") from None


def check_redis(url: str) -> None:
    """Send one PING.

    Raises:
        LocalError: it does not answer or does not let us in; the message never has the address's password.
    """
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    once = Retry(NoBackoff(), 0)
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS, retry=once) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise LocalError(f"Redis at REDIS_URL cannot be used: {str(error).rstrip('.')}.") from None
