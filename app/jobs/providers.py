"""The providers' clients of one worker process, made from settings when first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from flask import current_app

from app.channels.port import ChannelPort
from app.config import Settings, SettingsError
from app.integrations import twilio_status
from app.integrations.kaspi.certificate import client_context
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import KaspiPort
from app.integrations.kaspi.qrpay import KaspiQrPay, QrAccess
from app.integrations.kaspi.traffic import SharedTraffic
from app.integrations.twilio import TwilioSms
from app.jobs.chat_memory import ChatMemory
from app.jobs.queues import connect
from app.models import Messenger, PayMethod
from app.notify.channels import Channels


def settings() -> Settings:
    """The settings of this process."""
    found = current_app.config["SETTINGS"]
    assert isinstance(found, Settings)  # noqa: S101  # narrows the type of a value that only the factory sets
    return found


def pay_ways() -> tuple[PayMethod, ...]:
    """What a guest may choose between. Nothing on the gateway, whose payment has a link and a code at once."""
    return tuple(PayMethod) if settings().kaspi_mode == "qrpay" else ()


@cache
def kaspi() -> KaspiPort:
    """Kaspi, by the surface of KASPI_MODE. Raises SettingsError when the QR surface cannot be used as it is set up."""
    config = settings()
    traffic = SharedTraffic(config.kaspi_mode, config.cache_redis_url)
    if config.kaspi_mode == "qrpay":
        if not config.kaspi_qr_device_token:
            raise SettingsError("Setting KASPI_QR_DEVICE_TOKEN is missing: `flask kaspi register-device` prints one.")
        return KaspiQrPay(qr_access(config), traffic=traffic)
    return KaspiGateway(
        base_url=config.kaspi_base_url,
        api_key=config.kaspi_api_key,
        merchant_id=config.kaspi_merchant_id,
        callback_url=f"{config.public_url}/kaspi/callback/",
        traffic=traffic,
    )


def qr_access(config: Settings) -> QrAccess:
    """Who we are on the QR surface. Raises SettingsError for a certificate that cannot be used."""
    return QrAccess(
        base_url=config.kaspi_qr_base_url,
        organization_bin=config.kaspi_qr_bin,
        device_token=config.kaspi_qr_device_token,
        api_key=config.kaspi_qr_api_key,
        tls=client_context(
            config.kaspi_qr_certificate, config.kaspi_qr_certificate_password, authority=config.kaspi_qr_ca
        ),
    )


@cache
def sms() -> TwilioSms:
    """Twilio's SMS."""
    config = settings()
    return TwilioSms(
        base_url=config.twilio_base_url,
        account_sid=config.twilio_account_sid,
        auth_token=config.twilio_auth_token,
        sender=config.twilio_sms_from,
        status_callback=f"{config.public_url}{twilio_status.PATH}",
    )


@cache
def channel(messenger: Messenger) -> ChannelPort:
    """The channel of a messenger. Raises SettingsError for one that this installation does not have."""
    makers: dict[Messenger, Callable[[Settings], ChannelPort]] = {}
    maker = makers.get(messenger)
    if maker is None:
        raise SettingsError(f"This installation has no {messenger.value}.")
    return maker(settings())


@cache
def chat_memory() -> ChatMemory:
    """What conversations remember."""
    return ChatMemory(connect(settings().cache_redis_url))


def channels() -> Channels:
    """Every channel that notifications travel by."""
    return Channels(sms())
