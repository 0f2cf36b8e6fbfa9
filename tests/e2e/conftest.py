"""One running installation for the end-to-end tests of a test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from app.models import Property
from tests import factories
from tests.e2e.visitor import Visitor
from tests.live import Live
from tests.services import Services


@pytest.fixture(scope="session")
def live_installation(
    services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """Web, worker, clock and stand-ins on a database of their own."""
    url = services.create_database(template=str(make_url(template_url).database))
    with Live(tmp_path_factory.mktemp("live"), database_url=url) as running:
        yield running
    services.drop_database(url)


@pytest.fixture
def live(live_installation: Live) -> Iterator[Live]:
    """The installation with well-behaved providers."""
    yield live_installation
    live_installation.standins.set_faults()
    live_installation.standins.set_sms_faults()


@pytest.fixture
def visitor(live: Live) -> Iterator[Visitor]:
    """Someone who has just come."""
    with Visitor(live) as someone:
        yield someone


@pytest.fixture
def guest(live: Live) -> Iterator[Visitor]:
    """Someone who is signed in."""
    with Visitor(live) as someone:
        yield someone.is_signed_in_already()


@pytest.fixture
def flat(live: Live) -> Property:
    """A flat that nobody has booked."""
    with live.transaction() as session:
        return factories.make_property(session)
