"""What background work is tested with: a Redis database of its own to look into, and the providers' stand-ins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from redis import Redis

from app.db import after_commit, db
from app.factory import create_worker_app
from app.integrations.twilio import TwilioSms
from app.jobs import providers
from app.jobs.queues import connect_worker
from tests.jobs.wire import Wire, wired
from tests.services import Services, make_settings
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
    _standins.set_telegram_faults()
    _standins.set_whatsapp_faults()
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


@pytest.fixture
def alone(services: Services, fresh_database_url: str, standins: StandIns) -> Iterator[Flask]:
    """A worker's application on a database of its own, so that only the test's own work is drained."""
    values = {name.lower(): value for name, value in CREDENTIALS.items()}
    values |= {"kaspi_base_url": standins.kaspi_url, "twilio_base_url": standins.twilio_url}
    values |= {"telegram_base_url": standins.telegram_url, "twilio_content_base_url": standins.content_url}
    values |= {"twilio_whatsapp_from": standins.whatsapp_number}
    hooks = dict(after_commit.hooks)
    app = create_worker_app(make_settings(fresh_database_url, services.redis_url, **values))
    with app.app_context():
        _forget_clients()
        yield app
        _forget_clients()
        for engine in db.engines.values():
            engine.dispose()
    after_commit.hooks.update(hooks)


@pytest.fixture
def wire(services: Services, fresh_database_url: str) -> Iterator[Wire]:
    """A worker on a database of its own, whose Telegram is in memory."""
    with wired(services, fresh_database_url) as found:
        yield found


def _forget_clients() -> None:
    """A worker process has one application and keeps its clients; tests have several."""
    for made in (providers.kaspi, providers.sms, providers.installed, providers.chats, providers.chat_memory):
        made.cache_clear()
