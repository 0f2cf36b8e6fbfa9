"""Installations to fill with made-up data, and questions to them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from flask import Flask
from sqlalchemy import text

from app import db as database
from app.db import transaction
from app.domain.listings.cards import PhotoInfo
from app.factory import create_worker_app
from app.local.demo.rooms.catalogue import PICTURES
from app.local.demo.rooms.render import DrawnRoom
from tests.services import Services, make_settings

ROOMS = {picture.key: DrawnRoom(picture.key, 1600, 1067, "data:image/webp;base64,UklGRg==") for picture in PICTURES}

CLAIM_PHOTO = PhotoInfo("claim-0", 1600, 1067, "data:image/webp;base64,UklGRg==")


@contextlib.contextmanager
def installation(url: str, services: Services) -> Iterator[Flask]:
    app = create_worker_app(make_settings(url, services.redis_url))
    with app.app_context():
        yield app
        for engine in database.db.engines.values():
            engine.dispose()


def scalar(statement: str) -> object:
    with transaction() as session:
        return session.scalar(text(statement))
