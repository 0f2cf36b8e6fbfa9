"""Where Twilio keeps what we have written down there: contents by their names, remembered in Redis.

A name says what is in it, so a lost Redis costs one reading of Twilio's list, and a content that is missing there is
written down anew. Two processes may write down the same one: either serves.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from redis import Redis
from redis.exceptions import RedisError

from app.integrations.twilio_content import Content, ContentApi

KEPT_FOR = timedelta(days=30)
LISTED_FOR = timedelta(minutes=10)
"""How long Twilio's list is not read again."""
APPROVED_FOR = timedelta(hours=1)
REFUSED_FOR = timedelta(minutes=5)
"""How long WhatsApp's word on a template is believed."""
NAMES = "zg"
"""What our contents' names begin with."""

_NO = "-"

log = structlog.get_logger(__name__)


class ContentShelf:
    """Twilio's ids of contents. Without Redis each process remembers for itself. Raises as ContentApi does."""

    def __init__(self, api: ContentApi, redis: Redis) -> None:
        self._api = api
        self._redis = redis
        self._own: dict[str, str] = {}

    def sid_of(self, content: Content) -> str:
        """The content's id; it is written down when it is not there."""
        name = content.friendly_name
        sid = self._find(name)
        if sid is None:
            sid = self._api.create(content)
            self.keep(name, sid)
        return sid

    def approved_sid_of(self, content: Content) -> str | None:
        """A template's id; None while WhatsApp has not approved it, or nobody has submitted it."""
        key = f"approved:{content.friendly_name}"
        known = self._get(key)
        if known is None:
            sid = self._find(content.friendly_name, lists_again=True)  # somebody may have made it just now
            known = sid if sid is not None and self._api.approval(sid).is_given else _NO
            self._set(key, known, REFUSED_FOR if known == _NO else APPROVED_FOR)
        return None if known == _NO else known

    def keep(self, name: str, sid: str) -> None:
        """Remember a content's id."""
        self._own[name] = sid
        self._set(name, sid, KEPT_FOR)

    def forget(self, name: str) -> None:
        """It is not at Twilio any more."""
        self._own.pop(name, None)
        try:
            self._redis.delete(_key(name), _key(f"approved:{name}"))
        except RedisError as error:
            log.warning("whatsapp_contents_without_redis", error=type(error).__name__)

    def _find(self, name: str, *, lists_again: bool = False) -> str | None:
        sid = self._own.get(name) or self._get(name)
        if sid is None and (lists_again or self._is_list_due()):
            for known, its_sid in self._api.names():
                if known.startswith(NAMES):
                    self.keep(known, its_sid)
            sid = self._own.get(name)
        if sid is not None:
            self._own[name] = sid
        return sid

    def _is_list_due(self) -> bool:
        """Did nobody read it lately? Then this process does."""
        try:
            return bool(self._redis.set(_key("listed"), "1", nx=True, px=LISTED_FOR))
        except RedisError:
            return not self._own

    def _get(self, name: str) -> str | None:
        try:
            found = self._redis.get(_key(name))
        except RedisError as error:
            log.warning("whatsapp_contents_without_redis", error=type(error).__name__)
            return None
        return found.decode() if isinstance(found, bytes) else found

    def _set(self, name: str, value: str, kept_for: timedelta) -> None:
        try:
            self._redis.set(_key(name), value, px=kept_for)
        except RedisError as error:
            log.warning("whatsapp_contents_without_redis", error=type(error).__name__)


def _key(name: str) -> str:
    return f"whatsapp:content:{name}"
