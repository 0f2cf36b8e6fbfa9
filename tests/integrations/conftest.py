"""Real clients, the stand-ins as a real process, and a receiver for what the stand-ins send back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.traffic import FREE, Traffic
from app.integrations.twilio import TwilioSms
from tests.factories import new_phone
from tests.integrations.qr_caller import QrCaller, with_certificate
from tests.integrations.recorder import Recorder
from tests.integrations.telegram import BotApi, new_number
from tests.integrations.whatsapp import Business
from tests.standins import CREDENTIALS, StandIns
from tests.telegram_phone import TelegramPhone
from tests.whatsapp_phone import WhatsAppPhone


@pytest.fixture(scope="session")
def _session_receiver() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture(scope="session")
def _session_standins(tmp_path_factory: pytest.TempPathFactory, _session_receiver: Recorder) -> Iterator[StandIns]:
    with StandIns(tmp_path_factory.mktemp("standins"), portal_url=_session_receiver.url) as running:
        yield running


@pytest.fixture
def receiver(_session_receiver: Recorder) -> Recorder:
    """The portal, as far as Kaspi can see: it takes callbacks and says 200."""
    _session_receiver.forget()
    return _session_receiver


@pytest.fixture
def standins(_session_standins: StandIns, receiver: Recorder) -> StandIns:
    """The stand-ins, all switches off."""
    _session_standins.set_faults()
    _session_standins.set_sms_faults()
    _session_standins.set_telegram_faults()
    _session_standins.set_whatsapp_faults()
    return _session_standins


@pytest.fixture(scope="session")
def _session_qr_standins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with StandIns(tmp_path_factory.mktemp("qr"), portal_url="http://127.0.0.1:9", has_qr=True) as running:
        yield running


@pytest.fixture
def kaspi(_session_qr_standins: StandIns) -> StandIns:
    """The stand-ins with Kaspi Pay QR behind client certificates, all switches off."""
    _session_qr_standins.set_faults()
    return _session_qr_standins


@pytest.fixture
def merchant(kaspi: StandIns) -> Iterator[QrCaller]:
    """We, as Kaspi Pay QR sees us: by our certificate."""
    with with_certificate(kaspi) as caller:
        yield caller


def gateway_at(
    base_url: str, pause: Callable[[float], None] = lambda _seconds: None, *, traffic: Traffic = FREE
) -> KaspiGateway:
    """The real client with the stand-ins' credentials, not waiting between attempts unless told how."""
    return KaspiGateway(
        base_url=base_url,
        api_key=CREDENTIALS["KASPI_API_KEY"],
        merchant_id="zhilego",
        callback_url="http://127.0.0.1/kaspi/callback/",
        traffic=traffic,
        pause=pause,
    )


def sms_at(base_url: str) -> TwilioSms:
    """The real client with the stand-ins' credentials."""
    return TwilioSms(
        base_url=base_url,
        account_sid=CREDENTIALS["TWILIO_ACCOUNT_SID"],
        auth_token=CREDENTIALS["TWILIO_AUTH_TOKEN"],
        sender="+77270000000",
    )


@pytest.fixture
def gateway(standins: StandIns) -> Iterator[KaspiGateway]:
    client = gateway_at(standins.kaspi_url)
    yield client
    client.close()


@pytest.fixture
def sms(standins: StandIns) -> Iterator[TwilioSms]:
    client = sms_at(standins.twilio_url)
    yield client
    client.close()


@pytest.fixture
def scripted() -> Iterator[Recorder]:
    """A provider that answers what the test tells it to."""
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture
def order_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Opened:
    """A payment of the gateway, which has both a link and a code."""

    provider_id: str
    pay_url: str
    qr_text: str
    expires_at: datetime


CreatePayment = Callable[..., Opened]


@pytest.fixture
def create(gateway: KaspiGateway, order_id: str) -> CreatePayment:
    """Open a payment of 58 300 ₸ for `order_id`; keyword arguments change it."""

    def _create(**changes: object) -> Opened:
        wanted: dict[str, object] = {
            "order_id": order_id,
            "amount": 58_300,
            "description": "Студия у Кок-Тобе, 12–14 марта",
            "return_url": "http://127.0.0.1/bookings/ZH-1",
            "expires_in": 900,
        }
        made = gateway.create(**{**wanted, **changes})  # type: ignore[arg-type]  # the caller's own values
        assert made.pay_url
        assert made.qr_text
        return Opened(made.provider_id, made.pay_url, made.qr_text, made.expires_at)

    return _create


@pytest.fixture
def bot_api(standins: StandIns) -> Iterator[BotApi]:
    """The Bot API with the bot's token."""
    found = BotApi(standins)
    yield found
    found.http.close()


@pytest.fixture
def telegram_phone(standins: StandIns) -> Iterator[TelegramPhone]:
    """A person who has started the bot."""
    found = TelegramPhone(standins.base_url, new_number())
    found.start()
    yield found
    found.close()


@pytest.fixture
def phone(standins: StandIns) -> Iterator[WhatsAppPhone]:
    """Somebody who has never written."""
    owned = WhatsAppPhone(standins.base_url, new_phone(), name="Айгерим")
    yield owned
    owned.close()


@pytest.fixture
def business(standins: StandIns, receiver: Recorder, phone: WhatsAppPhone) -> Iterator[Business]:
    ours = Business(standins, receiver, phone.phone)
    yield ours
    ours.http.close()


@pytest.fixture
def open_chat(business: Business, phone: WhatsAppPhone) -> Business:
    """The business of somebody who has just written."""
    phone.wait_until_taken(phone.send_text("Здравствуйте"))
    business.portal.forget()
    return business
