"""Listing photos on their way to Telegram: the file once, after that the id under which Telegram has it."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path

import structlog
from PIL import Image
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.integrations.telegram.bot import Picture

WIDTH = 800
"""Pixels of the file that is sent, of the three there are."""
KNOWN_FOR = timedelta(days=30)

_KEY = re.compile(r"[a-z0-9-]{1,80}")
_JPEG_QUALITY = 85

log = structlog.get_logger(__name__)


class PhotoShelf:
    """The photos in `folder` for one bot; ids are remembered in Redis, since every bot has its own."""

    def __init__(self, folder: Path, bot: str, redis_url: str) -> None:
        self._folder = folder
        self._bot = bot
        self._redis = Redis.from_url(
            redis_url,
            decode_responses=True,
            socket_connect_timeout=0.5,
            socket_timeout=0.5,
            retry=Retry(NoBackoff(), 0),
        )

    def known(self, key: str) -> Picture | None:
        """The photo by Telegram's id of it, if we have sent it before."""
        try:
            found = self._redis.get(self._place(key))
        except RedisError as error:
            log.warning("telegram_photo_ids_unknown", error=type(error).__name__)
            return None
        return Picture(found) if isinstance(found, str) else None

    def read(self, key: str) -> Picture | None:
        """The photo itself, as a JPEG (Telegram promises no other for photos); None when there is no such file."""
        if _KEY.fullmatch(key) is None:
            return None
        try:
            with Image.open(self._folder / f"{key}-{WIDTH}.webp") as image:
                output = io.BytesIO()
                image.convert("RGB").save(output, "JPEG", quality=_JPEG_QUALITY)
        except OSError as error:
            log.warning("telegram_photo_unreadable", error=type(error).__name__)
            return None
        return Picture(output.getvalue())

    def remember(self, key: str, file_id: str | None) -> None:
        """From now on Telegram has it under this id; None: under none any more."""
        try:
            if file_id is None:
                self._redis.delete(self._place(key))
            else:
                self._redis.set(self._place(key), file_id, ex=KNOWN_FOR)
        except RedisError as error:
            log.warning("telegram_photo_ids_unknown", error=type(error).__name__)

    def _place(self, key: str) -> str:
        return f"telegram:photo:{self._bot}:{key}"
