"""Installations that may be broken on purpose: each drill module starts its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from app.models import Property
from tests import factories
from tests.e2e.visitor import Visitor
from tests.live import Live
from tests.services import Services


@pytest.fixture(scope="module")
def module_live(services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The product as in production: two web processes of two threads."""
    url = services.create_database(template=str(make_url(template_url).database))
    with Live(tmp_path_factory.mktemp("drill"), database_url=url, web_workers=2, web_threads=2) as running:
        yield running
    services.drop_database(url)


@pytest.fixture
def live(module_live: Live) -> Iterator[Live]:
    """It with well-behaved providers, and whole again afterwards."""
    yield module_live
    for process in (module_live.web, module_live.worker, module_live.cron):
        if not process.is_running():
            process.start()
    module_live.wait_until_ready()
    module_live.standins.set_faults()
    module_live.standins.set_sms_faults()


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
