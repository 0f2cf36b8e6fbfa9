"""Rate limits. Redis counts; when it is away each process counts in memory.

The portal: per session, and far higher per address, since phone carriers share addresses. Signing in, holding: strict.
Webhooks: only calls that fail to authenticate are refused, since refusing a provider's real call loses money; of chats
what one person writes too fast is left (chat_pace.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from ipaddress import IPv6Network
from typing import Any

from flask import Flask, abort, current_app, request, session
from limits import parse, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.config import Settings
from app.extensions import limiter
from blueprints.shared.chat_pace import ChatPace
from blueprints.shared.security import SAFE_METHODS
from blueprints.shared.visits import Visits

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

# Whatever takes pictures: drawing them anew is the dearest thing that a form can ask for.
review_limit = limiter.shared_limit(
    setting("limit_review"), scope="review", key_func=session_or_address, methods=["POST"]
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


def count_picture(sender: str) -> None:
    """Count a picture that is about to be drawn anew; answers 429 when a session or token sends too many of them.

    For what takes pictures besides words: the words alone have limits of their own.
    """
    settings: Settings = current_app.config["SETTINGS"]
    for limit in parse_many(settings.limit_review):
        place = ("picture", sender)
        try:
            is_allowed = limiter.limiter.hit(limit, *place)
        except RedisError:
            is_allowed = _in_memory.hit(limit, *place)
        if not is_allowed:
            abort(429)


def install(app: Flask) -> None:
    """Configure the limiter and the portal's own count from the settings."""
    settings: Settings = app.config["SETTINGS"]
    timeouts: dict[str, Any] = {
        "socket_connect_timeout": 0.5,
        "socket_timeout": 0.5,
        "retry": Retry(NoBackoff(), 0),
    }
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.cache_redis_url,
        RATELIMIT_STORAGE_OPTIONS=timeouts,
        RATELIMIT_KEY_PREFIX="limit",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_HEADERS_ENABLED=False,
    )
    limiter.init_app(app)
    app.extensions["chat_pace"] = ChatPace(
        Redis.from_url(settings.cache_redis_url, **timeouts), parse(settings.limit_chat)
    )
    visits = Visits(Redis.from_url(settings.cache_redis_url, **timeouts))
    per_session, per_address = parse_many(settings.limit_portal_session), parse_many(settings.limit_portal_address)

    @app.before_request
    def count_visit() -> None:
        """Every page of the portal, by session and by address."""
        if request.endpoint is None or request.blueprint in UNLIMITED_BLUEPRINTS:
            return
        key = session_key()
        if key and not all(visits.hit(limit, "session", key) for limit in per_session):
            abort(429)
        if not all(visits.hit(limit, "address", address()) for limit in per_address):
            abort(429)


@limiter.request_filter
def _has_no_limit_of_its_own() -> bool:
    """Strict limits are those of forms and of the API; a page need not be looked up among them."""
    return request.method in SAFE_METHODS and request.blueprint != "api"
