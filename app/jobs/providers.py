"""The providers' clients of one worker process, made from settings when first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from uuid import UUID

from flask import current_app

from app.channels.port import ChannelPort
from app.channels.whatsapp import WhatsAppChannel
from app.channels.whatsapp_contents import ContentShelf
from app.config import Settings, SettingsError
from app.db import transaction
from app.domain.messages import photos as message_photos
from app.integrations import twilio_status
from app.integrations.kaspi.certificate import client_context
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import KaspiPort
from app.integrations.kaspi.qrpay import KaspiQrPay, QrAccess
from app.integrations.kaspi.traffic import SharedTraffic
from app.integrations.twilio import TwilioSms
from app.integrations.twilio_content import ContentApi
from app.integrations.twilio_traffic import WhatsAppRate
from app.integrations.twilio_whatsapp import TwilioWhatsApp
from app.jobs.chat_memory import ChatMemory
from app.jobs.chat_notices import LinkedChat
from app.jobs.queues import connect
from app.kit import clock
from app.kit.pictures import jpeg_of
from app.models import Messenger, NotificationChannel, PayMethod
from app.notify.channels import Channels, ChatChannel
from app.notify.whatsapp_templates import template_of


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


def whatsapp_contents() -> ContentApi:
    """Where WhatsApp's buttons and templates are written down."""
    config = settings()
    return ContentApi(
        base_url=config.twilio_content_base_url,
        account_sid=config.twilio_account_sid,
        auth_token=config.twilio_auth_token,
    )


def whatsapp_shelf() -> ContentShelf:
    """What is remembered of them, and of Meta's word on the templates, by all processes."""
    return ContentShelf(whatsapp_contents(), connect(settings().cache_redis_url))


def _whatsapp(config: Settings) -> ChannelPort | None:
    if not config.twilio_whatsapp_from:
        return None
    client = TwilioWhatsApp(
        base_url=config.twilio_base_url,
        account_sid=config.twilio_account_sid,
        auth_token=config.twilio_auth_token,
        sender=config.twilio_whatsapp_from,
        status_callback=f"{config.public_url}{twilio_status.PATH}",
    )
    return WhatsAppChannel(
        client,
        whatsapp_shelf(),
        WhatsAppRate(config.cache_redis_url),
        photo_url=lambda key: f"{config.public_url}/chat-photos/{key}.jpg",
        picture_url=lambda picture: f"{config.public_url}/message-photos/{_word_of(picture)}.jpg",
        template_of=template_of,
    )


def _telegram(config: Settings) -> ChannelPort | None:
    if not config.telegram_bot_token:
        return None
    from app.channels.telegram.channel import make  # web processes import this module, and never the bot's library

    return make(config, _picture_of)


def _picture_of(picture: str) -> bytes | None:
    """A message's photo by its id, as a JPEG; None when it was forgotten."""
    with transaction() as session:
        image = message_photos.image_by_id(session.connection(), UUID(hex=picture))
    return None if image is None else jpeg_of(image)


def _word_of(picture: str) -> str:
    return message_photos.link_word(UUID(hex=picture), now=clock.now())


MAKERS: dict[Messenger, Callable[[Settings], ChannelPort | None]] = {
    Messenger.TELEGRAM: _telegram,
    Messenger.WHATSAPP: _whatsapp,
}
"""How each messenger's channel is made; None when this installation does not have it."""


@cache
def installed() -> Mapping[Messenger, ChannelPort]:
    """The channels that this installation has."""
    made = {messenger: make(settings()) for messenger, make in MAKERS.items()}
    return {messenger: port for messenger, port in made.items() if port is not None}


def channel(messenger: Messenger) -> ChannelPort:
    """The channel of a messenger. Raises SettingsError for one that this installation does not have."""
    if messenger not in installed():
        raise SettingsError(f"This installation has no {messenger.value}.")
    return installed()[messenger]


@cache
def chat_memory() -> ChatMemory:
    """What conversations remember."""
    return ChatMemory(connect(settings().cache_redis_url))


@cache
def chats() -> Mapping[NotificationChannel, ChatChannel]:
    """The chats that notifications travel by."""
    return {
        NotificationChannel(messenger.value): LinkedChat(messenger, port) for messenger, port in installed().items()
    }


def channels() -> Channels:
    """Every channel that notifications travel by."""
    return Channels(sms(), chats())
