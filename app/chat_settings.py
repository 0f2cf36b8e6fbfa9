"""The part of the settings that is about Telegram and WhatsApp; `app.config` reads it with the rest."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator


def _plain_http_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return value.rstrip("/")


def _before_the_start(value: str) -> str:
    return _plain_http_url(value.removesuffix("?start="))


def _wa_me(number: str) -> str:
    """WhatsApp's own links to a number: https://faq.whatsapp.com/5913398998672934."""
    return f"https://wa.me/{number.removeprefix('+')}?text=" if number else ""


WebAddress = Annotated[str, AfterValidator(_plain_http_url)]
"""An address without a slash at its end, or an empty text."""


class ChatSettings(BaseModel):
    """What of an installation is about chats. Without a bot there is no Telegram, without a sender no WhatsApp."""

    # --- Telegram --------------------------------------------------------------------------------
    telegram_base_url: WebAddress = "https://api.telegram.org"
    telegram_bot_token: str = ""
    """As BotFather gave it; empty: this installation has no Telegram."""
    telegram_webhook_secret: str = ""
    """What Telegram shows with every update: 1 to 256 letters, digits, `_` and `-`."""
    telegram_bot_name: str = ""
    """The bot's username without the @."""
    telegram_link_base: Annotated[str, AfterValidator(_before_the_start)] = ""
    """Where deep links lead, before their `?start=`; by default the bot at t.me."""
    telegram_login_url: WebAddress = ""
    """Where «Войти через Telegram» leads instead of Telegram's own widget: the stand-in's page."""

    # --- WhatsApp (by Twilio's account) ----------------------------------------------------------
    twilio_content_base_url: WebAddress = "https://content.twilio.com"
    twilio_whatsapp_from: Annotated[str, StringConstraints(pattern=r"^(\+[1-9][0-9]{7,14})?$")] = ""
    """The sender's number (E.164); without one there is no WhatsApp."""
    whatsapp_link_base: str = Field(default_factory=lambda values: _wa_me(values.get("twilio_whatsapp_from", "")))
    """What an encoded text is put behind, to make a link that opens our chat with that text typed."""

    @model_validator(mode="after")
    def _complete_for_telegram(self) -> Self:
        if self.telegram_bot_token:
            if not re.fullmatch(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,100}", self.telegram_bot_token):
                raise ValueError("TELEGRAM_BOT_TOKEN is written as <number>:<secret>")
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", self.telegram_webhook_secret):
                raise ValueError("TELEGRAM_WEBHOOK_SECRET must have 1 to 256 letters, digits, _ and -")
            if not re.fullmatch(r"[A-Za-z0-9_]{3,64}", self.telegram_bot_name):
                raise ValueError("TELEGRAM_BOT_NAME is missing: the bot's username without the @")
        return self

    def telegram_link(self, payload: str) -> str:
        """The deep link that opens the bot with a payload (up to 64 of A-Za-z0-9_-); empty without Telegram."""
        if not self.telegram_bot_token:
            return ""
        return f"{self.telegram_link_base or f'https://t.me/{self.telegram_bot_name}'}?start={payload}"
