"""What conversations remember, in Redis for 24 hours, sealed.

A turn keeps its memory just before its transaction commits, together with the one it began with and the event it
answers. A turn that is tried again after a crash finds its own mark and begins where it began before; so nothing is
lost or done twice whether or not the commit came through.

A memory also says when its turn was. Has the chat been seen since, then Redis lost what a later turn kept (it was away,
or came back with an older copy): what was written to a landlord a while ago would be waited for again. So the
conversation begins at the main menu, as without a memory.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from pydantic import BaseModel, ValidationError
from redis import Redis
from redis.exceptions import RedisError

from app.bots.memory import Memory
from app.kit.crypto import SealError
from app.models.sealed import key_ring, place_of

log = structlog.get_logger(__name__)

SECONDS = 24 * 3600


class _Kept(BaseModel):
    memory: Memory
    before: Memory
    by: UUID
    """The event that led from `before` to `memory`."""
    at: datetime | None = None
    """When the chat was seen for it; None of a release that did not say."""


class ChatMemory:
    """Loads and keeps. Without Redis a conversation begins at the main menu, and goes on by its buttons."""

    def __init__(self, connection: Redis) -> None:
        self._redis = connection

    def load(self, chat_id: UUID, *, by: UUID, seen_before: datetime | None = None) -> Memory:
        """What the chat remembers as the event `by` finds it, having been seen last at `seen_before` until then."""
        try:
            sealed = self._redis.get(_key(chat_id))
        except RedisError as error:
            log.warning("chat_memory_without_redis", error=type(error).__name__)
            return Memory(is_forgetful=True)
        if not isinstance(sealed, bytes):
            return Memory()
        try:
            kept = _Kept.model_validate_json(key_ring().open(sealed, place=_place(chat_id)))
        except (ValidationError, SealError):  # of another version of ours, or under a key that is gone
            return Memory()
        if kept.by == by:
            return kept.before
        if None not in (kept.at, seen_before) and kept.at != seen_before:
            log.warning("chat_memory_is_old")
            return Memory()
        return kept.memory

    def keep(self, chat_id: UUID, memory: Memory, *, before: Memory, by: UUID, at: datetime | None = None) -> None:
        """Remember `memory`, reached from `before` by the event `by`, for which the chat was seen at `at`."""
        text = _Kept(memory=memory, before=before, by=by, at=at).model_dump_json()
        try:
            self._redis.set(_key(chat_id), key_ring().seal(text, place=_place(chat_id)), ex=SECONDS)
        except RedisError as error:
            log.warning("chat_memory_without_redis", error=type(error).__name__)


def _key(chat_id: UUID) -> str:
    return f"chat:{chat_id}"


def _place(chat_id: UUID) -> str:
    return place_of("chat_memory", "memory", chat_id)
