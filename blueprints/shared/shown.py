"""Pages kept in Redis for people who are not signed in: what a page shows of flats, made once for all of them.

Only the finished text of a page is kept, never headers, cookies, tokens or a nonce (each answer gets its own), and only
for addresses whose whole query the page knows, so that nobody fills the cache with invented ones. It is forgotten when
a flat of it changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from flask import Flask, current_app, request

from app.cache import SHORTEST_SECONDS, SharedCache
from app.config import Settings
from app.db import after_commit
from app.domain import changes
from app.i18n import current_language
from app.kit import clock
from blueprints.shared.identity import current_person

LONGEST_QUERY = 300
_ANY_NONCE = 'nonce="-"'
"""In place of a page's nonce, which is another for each answer. Texts of people have their quotes escaped."""


def install(app: Flask, settings: Settings) -> None:
    """Give the application its cache, and let it hear of changes. For web and workers alike."""
    database = hashlib.blake2b(settings.database_url.encode(), digest_size=6).hexdigest()
    cache = SharedCache(settings.cache_redis_url, prefix=f"shown-{database}")  # two installations may share a Redis
    app.extensions["shown"] = cache
    after_commit.hooks[changes.HOOK] = lambda items: current_cache().forget(changes.subjects_of(items))


def current_cache() -> SharedCache:
    """The cache of this application. Needs an application context."""
    cache: SharedCache = current_app.extensions["shown"]
    return cache


def shown(
    subjects: Iterable[str], make: Callable[[], str], *, known: frozenset[str], seconds: int = SHORTEST_SECONDS
) -> str:
    """The page at this address: kept, or made and kept. `known` are the names that its query may have.

    Made afresh for people who are signed in, for unknown queries, and without Redis.
    """
    query = request.query_string
    if current_person() is not None or len(query) > LONGEST_QUERY or not known.issuperset(request.args):
        return make()
    htmx = request.headers.get("HX-Request", ""), request.headers.get("HX-Request-Type", "")
    when = str(int(clock.now().timestamp()) // SHORTEST_SECONDS)  # cut-offs pass, days end
    key = "\n".join((request.path, query.decode("latin-1"), current_language(), when, *htmx))
    nonce = f'nonce="{getattr(request, "csp_nonce", "")}"'
    text = current_cache().get_or_make(list(subjects), key, lambda: make().replace(nonce, _ANY_NONCE), seconds=seconds)
    return text.replace(_ANY_NONCE, nonce)
