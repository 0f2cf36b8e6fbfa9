"""Rate limits. Redis counts; when it is away each process counts in memory.

The portal: per session, and far higher per address, since phone carriers share addresses. Signing in, holding: strict.
Webhooks: only calls that fail to authenticate are counted, since refusing a provider's real call loses money.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from ipaddress import IPv6Network

from flask import Flask, abort, current_app, request, session
from flask_limiter import ApplicationLimit
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.config import Settings
from app.extensions import limiter

_in_memory = FixedWindowRateLimiter(MemoryStorage())
"""For hits outside Flask-Limiter's own checks, which its fallback does not cover."""

UNLIMITED_BLUEPRINTS = frozenset({"ops", "webhooks", "api"})


def address() -> str:
    """Where a request comes from; of an IPv6 address its /64, which is one line's."""
    text = request.remote_addr or "127.0.0.1"
    if ":" not in text:
        return text
    return str(IPv6Network((text.partition("%")[0], 64), strict=False))


def session_key() -> str:
    """Who is clicking: the signed-in session, or the anonymous one that holds a form's token. Empty without either."""
    token = session.get("_user_id") or session.get("csrf_token") or ""
    return hashlib.sha256(str(token).encode()).hexdigest()[:32] if token else ""


def session_or_address() -> str:
    """The session, or the address of someone who has none."""
    return session_key() or address()


def setting(name: str) -> Callable[[], str]:
    """A limit that is read from the settings."""

    def read() -> str:
        settings: Settings = current_app.config["SETTINGS"]
        return str(getattr(settings, name))

    return read


sign_in_limit = limiter.shared_limit(
    setting("limit_sign_in"), scope="sign_in", key_func=session_or_address, methods=["POST"]
)
sign_in_address_limit = limiter.shared_limit(
    setting("limit_sign_in_address"), scope="sign_in", key_func=address, methods=["POST"]
)
hold_limit = limiter.shared_limit(setting("limit_hold"), scope="hold", key_func=session_or_address, methods=["POST"])
hold_address_limit = limiter.shared_limit(
    setting("limit_hold_address"), scope="hold", key_func=address, methods=["POST"]
)


def count_failed_webhook(provider: str) -> None:
    """Count a call that failed to authenticate; answers 429 when an address makes too many of them."""
    settings: Settings = current_app.config["SETTINGS"]
    limit, place = parse(settings.limit_webhook_failures), ("webhook", provider, address())
    try:
        is_allowed = limiter.limiter.hit(limit, *place)
    except RedisError:
        is_allowed = _in_memory.hit(limit, *place)
    if not is_allowed:
        abort(429)


def install(app: Flask) -> None:
    """Configure the limiter from the settings."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.cache_redis_url,
        RATELIMIT_STORAGE_OPTIONS={
            "socket_connect_timeout": 0.5,
            "socket_timeout": 0.5,
            "retry": Retry(NoBackoff(), 0),
        },
        RATELIMIT_KEY_PREFIX="limit",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_HEADERS_ENABLED=False,
    )
    per_session = ApplicationLimit(
        settings.limit_portal_session, key_function=session_key, scope="session", exempt_when=_no_session
    )
    per_address = ApplicationLimit(
        settings.limit_portal_address, key_function=address, scope="address", exempt_when=_unlimited
    )
    limiter.limit_manager.set_application_limits([per_session.bind(limiter), per_address.bind(limiter)])
    limiter.init_app(app)


def _unlimited() -> bool:
    return request.blueprint in UNLIMITED_BLUEPRINTS


def _no_session() -> bool:
    return _unlimited() or not session_key()
