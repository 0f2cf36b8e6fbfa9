"""The providers' clients of one worker process, made from settings when first needed."""

from __future__ import annotations

from functools import cache

from flask import current_app

from app.config import Settings
from app.integrations import twilio_status
from app.integrations.kaspi.gateway import KaspiGateway
from app.integrations.kaspi.port import KaspiPort
from app.integrations.twilio import TwilioSms
from app.notify.channels import Channels


def settings() -> Settings:
    """The settings of this process."""
    found = current_app.config["SETTINGS"]
    assert isinstance(found, Settings)  # noqa: S101  # narrows the type of a value that only the factory sets
    return found


@cache
def kaspi() -> KaspiPort:
    """Kaspi's gateway."""
    config = settings()
    return KaspiGateway(
        base_url=config.kaspi_base_url,
        api_key=config.kaspi_api_key,
        merchant_id=config.kaspi_merchant_id,
        callback_url=f"{config.public_url}/kaspi/callback/",
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


def channels() -> Channels:
    """Every channel that notifications travel by."""
    return Channels(sms())
