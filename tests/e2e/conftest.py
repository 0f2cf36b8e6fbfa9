"""Visitors and flats of the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.models import Property
from tests import factories
from tests.e2e.visitor import Visitor
from tests.live import Live, shared_installation
from tests.services import Services


@pytest.fixture(scope="package")
def live_installation(
    services: Services, template_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """What these tests share."""
    with shared_installation(services, template_url, tmp_path_factory) as running:
        yield running


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
    """A flat in Astana that nobody has booked."""
    with live.transaction() as session:
        return factories.make_property(session, city="astana")


@pytest.fixture
def flat_in_almaty(live: Live) -> Property:
    """One of the few flats in Almaty, hence on the first page of the results."""
    with live.transaction() as session:
        return factories.make_property(session)
