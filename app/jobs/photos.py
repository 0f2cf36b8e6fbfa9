"""Pictures that no review shows: a form was begun and left, or its transaction failed after the files were written."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

import structlog
from flask import current_app

from app.config import Settings
from app.db import transaction
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
    storage = PhotoStorage(settings.photo_dir)
    keys = iter(sorted(set(storage.written_before(clock.now() - LEFT_FOR))))
    removed = 0
    while batch := list(islice(keys, _BATCH)):
        with transaction() as session:
            unused = photos.unused(session, batch)
        for key in unused:
            storage.remove(key)
        removed += len(unused)
    log.info("photos_removed", count=removed)
