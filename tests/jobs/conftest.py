"""What background work is tested with: a Redis database of its own to look into, and the providers' stand-ins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from app.integrations.twilio import TwilioSms
from app.jobs.queues import connect_worker
from tests.services import Services
from tests.standins import CREDENTIALS, StandIns


@pytest.fixture
def redis(services: Services) -> Iterator[Redis]:
    """This process's Redis, with empty queues."""
    connection = connect_worker(services.redis_url)
    connection.flushdb()
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def _standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with StandIns(tmp_path_factory.mktemp("jobs-standins"), portal_url="http://127.0.0.1:9") as running:
        yield running


@pytest.fixture
def standins(_standins: StandIns) -> StandIns:
    """The stand-ins, all switches off."""
    _standins.set_faults()
    _standins.set_sms_faults()
    return _standins


@pytest.fixture
def sms(standins: StandIns) -> Iterator[TwilioSms]:
    """The real client, on the stand-in."""
    client = TwilioSms(
        base_url=standins.twilio_url,
        account_sid=CREDENTIALS["TWILIO_ACCOUNT_SID"],
        auth_token=CREDENTIALS["TWILIO_AUTH_TOKEN"],
        sender="+77270000000",
    )
    yield client
    client.close()
