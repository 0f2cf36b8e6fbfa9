"""Fixtures of the whole suite. Tests share one migrated database per test process and make data of their own in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy.engine import make_url

from app import db as database
from app.config import Settings
from app.db import transaction
from app.domain.accounts import sessions
from app.domain.listings.cities import sync_reference
from app.factory import create_web_app
from app.i18n import DEFAULT_LANGUAGE, use_language
from app.kit import clock
from tests.heap import pytest_collection_finish  # noqa: F401  # a hook of pytest
from tests.patience import waits_as_in_production  # noqa: F401  # a fixture for all, and a hook of SQLAlchemy
from tests.services import Services, make_settings, running
from tests.traced import (  # noqa: F401  # hooks of pytest
    pytest_collection_modifyitems,
    pytest_runtest_protocol,
    pytest_sessionfinish,
)

# A busy machine is no reason to fail: properties say what holds, not how fast.
hypothesis_settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("ours")


@pytest.fixture(autouse=True)
def _in_russian() -> None:
    """What an earlier test spoke is not this one's language."""
    use_language(DEFAULT_LANGUAGE)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """PostgreSQL and Redis of this test process."""
    with running(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.fixture(scope="session")
def template_url(services: Services) -> Iterator[str]:
    """A migrated database with the reference data and nothing else, to copy from."""
    url = services.create_database()
    app = create_web_app(make_settings(url, services.redis_url))
    with app.app_context():
        upgrade()
        with transaction() as session:
            sync_reference(session)
        for engine in database.db.engines.values():
            engine.dispose()
    yield url
    services.drop_database(url)


@pytest.fixture(scope="session")
def database_url(services: Services, template_url: str) -> Iterator[str]:
    """The database that the tests of this process share."""
    url = services.create_database(template=str(make_url(template_url).database))
    yield url
    services.drop_database(url)


@pytest.fixture
def fresh_database_url(services: Services, template_url: str) -> Iterator[str]:
    """A database for one test alone: for controls that change the schema, and for counts of everything."""
    url = services.create_database(template=str(make_url(template_url).database))
    yield url
    services.drop_database(url)


@pytest.fixture(scope="session")
def settings(services: Services, database_url: str) -> Settings:
    """Settings of the shared installation: with a connection for each of a test's threads, which are not four."""
    return make_settings(database_url, services.redis_url, database_pool_size=12)


@pytest.fixture(scope="session")
def web_app(settings: Settings) -> Flask:
    """The web application on the shared database."""
    return create_web_app(settings, TESTING=False)


@pytest.fixture
def app(web_app: Flask) -> Iterator[Flask]:
    """The web application with its context pushed, for domain calls."""
    with web_app.app_context():
        yield web_app


@pytest.fixture
def client(web_app: Flask) -> FlaskClient:
    """A browser without a history. CSRF is on: take the token from the page (tests/browser_like.py helps)."""
    return web_app.test_client()


@pytest.fixture
def now() -> datetime:
    """This moment; tests of rules pass moments of their own."""
    return clock.now()


@pytest.fixture
def sign_in(web_app: Flask) -> Callable[[FlaskClient, object], str]:
    """Sign a person in without the code: `sign_in(client, user_id)`; returns the session's token."""

    def do(client: FlaskClient, user_id: object) -> str:
        with web_app.app_context(), transaction() as session:
            token = sessions.open_session(session, user_id, device="test", now=clock.now())  # type: ignore[arg-type]
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
            cookie["csrf_token"] = "a" * 40
        return token

    return do
