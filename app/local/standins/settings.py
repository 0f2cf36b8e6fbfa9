"""What the stand-ins are told by the environment; their only reader of it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class StandInSettings(BaseSettings):
    """Where the state lives, where callbacks go, and the same credentials that the portal was given."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    standins_dir: Path
    portal_url: str = Field(pattern=r"^https?://")
    kaspi_api_key: str
    kaspi_callback_secrets: str
    """Comma-separated, as the portal has them; the first one signs."""
    twilio_account_sid: str
    twilio_auth_token: str

    @property
    def kaspi_callback_url(self) -> str:
        """Where signed callbacks go."""
        return f"{self.portal_url.rstrip('/')}/kaspi/callback/"

    @property
    def kaspi_callback_secret(self) -> str:
        """The secret that signs callbacks."""
        return self.kaspi_callback_secrets.split(",")[0].strip()
