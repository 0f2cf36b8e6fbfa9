"""Databases with demo data for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from app.db import transaction
from app.kit import clock
from app.local.demo.seed import seed_demo
from tests.local.made_up import CLAIM_PHOTO, ROOMS, installation
from tests.services import Services


@pytest.fixture
def empty(services: Services, fresh_database_url: str) -> Iterator[Flask]:
    """An installation without any flats."""
    with installation(fresh_database_url, services) as app:
        yield app


@pytest.fixture(scope="session")
def seeded_url(services: Services, template_url: str) -> Iterator[str]:
    """A database with demo data, for tests that leave it as it is."""
    url = services.create_database(template=str(make_url(template_url).database))
    with installation(url, services), transaction() as session:
        assert not seed_demo(session, rooms=ROOMS, claim_photo=CLAIM_PHOTO, now=clock.now()).was_there
    yield url
    services.drop_database(url)


@pytest.fixture
def seeded(services: Services, seeded_url: str) -> Iterator[Flask]:
    """An installation with demo data."""
    with installation(seeded_url, services) as app:
        yield app
