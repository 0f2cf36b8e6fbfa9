"""Where Kaspi sends the payer afterwards: back to where they booked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from redis import Redis

from app.db import after_commit, db, transaction
from app.domain.checkout.hold import hold
from app.domain.checkout.look import HoldRequest
from app.factory import create_worker_app
from app.jobs import payments, providers
from app.kit import clock
from app.models import Channel, Messenger
from tests import factories
from tests.integrations.recorder import Answer, Recorder
from tests.jobs.test_chat_payments import extend
from tests.jobs.test_payments import kaspi  # noqa: F401  # a fixture
from tests.services import Services, make_settings


@pytest.fixture
def worker(services: Services, fresh_database_url: str, kaspi: Recorder, redis: Redis) -> Iterator[Flask]:  # noqa: F811
    """A worker on the gateway, which knows a way back, with a database of its own."""
    hooks = dict(after_commit.hooks)
    settings = make_settings(fresh_database_url, services.redis_url, kaspi_base_url=f"{kaspi.url}/kaspi")
    app = create_worker_app(settings)
    providers.kaspi.cache_clear()
    with app.app_context():
        yield app
        for engine in db.engines.values():
            engine.dispose()
    providers.kaspi.cache_clear()
    after_commit.hooks.clear()
    after_commit.hooks.update(hooks)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (Channel.WEB, "http://localhost/checkout/{}"),
        (Channel.TELEGRAM, "https://t.me/zhilego_test_bot?start=b{}"),
        (Channel.WHATSAPP, "https://wa.me/77270000001?text=ZG-b{}"),
    ],
)
def test_the_payer_comes_back_to_where_they_booked(
    worker: Flask,
    kaspi: Recorder,  # noqa: F811
    channel: Channel,
    address: str,
) -> None:
    """Who books in a chat may have no session in any browser: the checkout would ask them to sign in."""
    now = clock.now()
    with transaction() as session:
        prop, guest = factories.make_property(session), factories.make_user(session)
        request = HoldRequest(prop.id, factories.stay_in(9), 2)
        booking = hold(session, request, guest_id=guest, channel=channel, now=now)
        payment_id = factories.payment_of(session, booking).id
    assert _way_back(kaspi, payment_id) == address.format(booking.reference)


@pytest.mark.parametrize(
    ("messenger", "by_chat", "address"),
    [
        (Messenger.TELEGRAM, True, "https://t.me/zhilego_test_bot?start=b{}"),
        (Messenger.WHATSAPP, True, "https://wa.me/77270000001?text=ZG-b{}"),
        (Messenger.TELEGRAM, False, "http://localhost/checkout/{}/extension"),
    ],
)
def test_who_pays_for_more_nights_comes_back_to_where_they_asked_for_them(
    worker: Flask,
    kaspi: Recorder,  # noqa: F811
    messenger: Messenger,
    by_chat: bool,
    address: str,
) -> None:
    """Also for a stay that was booked elsewhere."""
    booking, payment_id = extend(messenger, by_chat=by_chat)
    assert _way_back(kaspi, payment_id) == address.format(booking.reference)


def _way_back(kaspi: Recorder, payment_id: UUID) -> str:  # noqa: F811
    """What Kaspi is told when it is asked for this payment."""
    now = clock.now()
    created = {"payment_id": "pay_1", "status": "created", "payment_url": "https://pay.example/1", "qr_token": "qr:1"}
    kaspi.usual = Answer(body=json.dumps(created | {"expires_at": (now + timedelta(minutes=9)).isoformat()}))
    payments.create(payment_id, now=now)
    return str(kaspi.requests[0].json["return_url"])
