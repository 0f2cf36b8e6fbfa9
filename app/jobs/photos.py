"""Pictures that nothing shows: a form was begun and left, or its transaction failed after the files were written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import islice

import structlog
from flask import current_app
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import transaction
from app.domain.aftercare import claims
from app.domain.reviews import photos
from app.integrations.photo_storage import PhotoStorage
from app.kit import clock

log = structlog.get_logger(__name__)

LEFT_FOR = timedelta(days=1)
"""Older than any form that may still be sent (blueprints/account/review_photos.py)."""
_BATCH = 500


def remove_unused() -> None:
    """Delete guests' pictures that are a day old and belong to no review."""
    settings: Settings = current_app.config["SETTINGS"]
    _remove(PhotoStorage(settings.photo_dir), photos.unused)


def remove_unused_private() -> None:
    """Delete landlords' pictures that are a day old and belong to no claim."""
    settings: Settings = current_app.config["SETTINGS"]
    _remove(PhotoStorage(settings.private_photo_dir, kind="claim"), claims.unused)


def _remove(storage: PhotoStorage, unused_of: Callable[[Session, list[str]], set[str]]) -> None:
    keys = iter(sorted(set(storage.written_before(clock.now() - LEFT_FOR))))
    removed = 0
    while batch := list(islice(keys, _BATCH)):
        with transaction() as session:
            unused = unused_of(session, batch)
        for key in unused:
            storage.remove(key)
        removed += len(unused)
    log.info("photos_removed", count=removed)
