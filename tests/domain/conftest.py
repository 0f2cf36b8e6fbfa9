"""What tests of rules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

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


@pytest.fixture(scope="session")
def payouts_app(services: Services, template_url: str) -> Iterator[Flask]:
    """A database of the payouts' own: batches are about everyone."""
    url = services.create_database(template=str(make_url(template_url).database))
    app = create_worker_app(make_settings(url, services.redis_url))
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    services.drop_database(url)
