"""What the stand-ins are told by the environment; their only reader of it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MERCHANT_BIN = "210840000017"
DEVICE_ID = "zhilego-portal"
TRADE_POINT = 1
"""What Kaspi Pay QR knows of the merchant, unless it is told otherwise."""

WHATSAPP_NUMBER = "+77270000001"
"""The business's number on WhatsApp, unless it is told otherwise."""


class StandInSettings(BaseSettings):
    """Where the state lives, where callbacks go, and the same credentials that the portal was given."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    standins_dir: Path
    portal_url: str = Field(pattern=r"^https?://")
    standins_url: str | None = Field(default=None, pattern=r"^https?://[^/]+$")
    """The plain address of the stand-ins, as people see it; without it, the one that a call came to."""
    kaspi_api_key: str
    kaspi_callback_secrets: str
    """Comma-separated, as the portal has them; the first one signs."""
    kaspi_qr_api_key: str = ""
    """Opens scheme r1 of Kaspi Pay QR; without one it stays closed."""
    kaspi_qr_bin: str = MERCHANT_BIN
    kaspi_qr_device_id: str = DEVICE_ID
    kaspi_qr_device_token: str
    kaspi_qr_trade_point: int = TRADE_POINT
    twilio_account_sid: str
    twilio_auth_token: str
    telegram_bot_token: str = ""
    """Without one, no bot is known and its API stays closed."""
    telegram_bot_name: str = "zhilego_bot"
    """The bot's username, without @."""
    telegram_webhook_secret: str = ""
    twilio_whatsapp_from: str = Field(default=WHATSAPP_NUMBER, pattern=r"^(whatsapp:)?\+[1-9][0-9]{7,14}$")

    @property
    def whatsapp_number(self) -> str:
        """The business's number (E.164)."""
        return self.twilio_whatsapp_from.removeprefix("whatsapp:")

    @property
    def whatsapp_webhook_url(self) -> str:
        """Where what people write goes."""
        return f"{self.portal_url.rstrip('/')}/whatsapp/webhook/"

    @property
    def kaspi_callback_url(self) -> str:
        """Where signed callbacks go."""
        return f"{self.portal_url.rstrip('/')}/kaspi/callback/"

    @property
    def kaspi_callback_secret(self) -> str:
        """The secret that signs callbacks."""
        return self.kaspi_callback_secrets.split(",")[0].strip()

    @property
    def telegram_webhook_url(self) -> str:
        """Where updates for the bot go until somebody sets or deletes the webhook."""
        return f"{self.portal_url.rstrip('/')}/telegram/webhook/"
