"""What tests of rules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.db import db
from app.factory import create_worker_app
from tests.services import Services, make_settings


@pytest.fixture
def waiting_app(services: Services, fresh_database_url: str) -> Iterator[Flask]:
    """The domain on a database of its own, in which nobody else waits for locks."""
    app = create_worker_app(make_settings(fresh_database_url, services.redis_url, database_pool_size=8))
    with app.app_context():
        yield app
        for engine in db.engines.values():
            engine.dispose()
