"""Settings of every process: typed, frozen, checked at start. The only reader of the environment.

`Settings()` reads environment variables (upper-case field names). Anything wrong or missing raises
`SettingsError`, whose text is one sentence naming the variable, so that a process stops at start
with something a person can act on instead of failing in the middle of a request.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Annotated, Literal, Self

from limits import parse_many
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.chat_settings import ChatSettings, WebAddress
from app.kit.quiet import QuietHours

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or wrong; the message is one sentence for the person who starts the process."""


class Settings(ChatSettings, BaseSettings):
    """Everything that differs between two installations. What is about chats is in `ChatSettings`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    app_env: Literal["local", "production"] = "production"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # --- addresses -------------------------------------------------------------------------------
    public_url: WebAddress = "https://zhilego.kz"
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    static_url: str = "/static"
    photo_url: str = "/photos"
    photo_dir: Path = ROOT / ".local" / "photos"
    private_photo_dir: Path = ROOT / ".local" / "private-photos"
    """Pictures that only some people may see: never below a folder that a server serves."""

    # --- stores ----------------------------------------------------------------------------------
    database_url: str
    replica_url: str | None = None
    database_pool_size: int = Field(default=4, ge=1, le=100)
    redis_url: str
    redis_queue_url: str | None = None
    redis_cache_url: str | None = None

    # --- secrets ---------------------------------------------------------------------------------
    secret_key: str = Field(min_length=32)
    seal_keys: Annotated[dict[int, bytes], NoDecode]
    """Key ring for sealed columns: "1:<base64 of 32 bytes>,2:…". The highest number seals, all of them open."""
    blind_index_key: Annotated[bytes, NoDecode]
    """HMAC key (base64 of 32 bytes) behind phone look-ups. Changing it needs a rebuild of all tokens."""
    cookie_secure: bool = True

    # --- Kaspi -----------------------------------------------------------------------------------
    kaspi_mode: Literal["gateway", "qrpay"] = "gateway"
    """Which of Kaspi's two surfaces; only its own settings are demanded."""
    kaspi_base_url: WebAddress = ""
    kaspi_api_key: str = ""
    kaspi_merchant_id: str = ""
    kaspi_callback_secrets: Annotated[tuple[str, ...], NoDecode] = ()
    """Comma-separated; the first is current, a second is accepted while secrets are rotated."""
    kaspi_qr_base_url: WebAddress = ""
    """Ends in /v01."""
    kaspi_qr_api_key: str | None = None
    """Scheme r1."""
    kaspi_qr_certificate: Path | None = None
    """Schemes r2 and r3: .pfx or .p12, or PEM with certificate and key."""
    kaspi_qr_certificate_password: str | None = None
    kaspi_qr_ca: Path | None = None
    """Authorities (PEM) that vouch for Kaspi instead of the system's: the stand-in has its own."""
    kaspi_qr_bin: str = ""
    kaspi_qr_device_id: str = ""
    kaspi_qr_device_token: str = ""
    """What `flask kaspi register-device` printed."""
    kaspi_qr_trade_point: int | None = None
    kaspi_fee_basis_points: int = Field(default=95, ge=0, le=1000)
    """What Kaspi keeps of a payment by contract, in hundredths of a per cent; the reconciliation compares."""

    # --- Twilio ----------------------------------------------------------------------------------
    twilio_base_url: WebAddress = "https://api.twilio.com"
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_sms_from: str

    # --- people ----------------------------------------------------------------------------------
    quiet_hours: str = "22:00-08:00"
    """On clocks in Almaty: notifications that may wait do. `off` for none."""

    # --- limits (Flask-Limiter notation) ---------------------------------------------------------
    limit_portal_session: str = "240/minute"
    limit_portal_address: str = "6000/minute"
    limit_sign_in: str = "10/minute;60/hour"
    limit_sign_in_address: str = "300/hour"
    limit_hold: str = "10/minute"
    limit_hold_address: str = "600/minute"
    limit_review: str = "30/hour"
    limit_api: str = "100/minute"
    limit_webhook_failures: str = "10/second"
    limit_chat: str = "60/minute"
    """Events of one chat that are taken up; an album or forwarded messages are one each."""
    sms_daily_cap: int = Field(default=5000, ge=1)
    """Most one-time codes sent in one Almaty day, against SMS pumping."""

    @field_validator("seal_keys", mode="before")
    @classmethod
    def _parse_seal_keys(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        ring: dict[int, bytes] = {}
        for part in value.split(","):
            number, _, encoded = part.strip().partition(":")
            if not number.isdigit() or not 1 <= int(number) <= 255:
                raise ValueError("each key is written as <number 1…255>:<base64 of 32 bytes>")
            ring[int(number)] = _key(encoded)
        return ring

    @field_validator("blind_index_key", mode="before")
    @classmethod
    def _parse_blind_index_key(cls, value: object) -> object:
        return _key(value) if isinstance(value, str) else value

    @field_validator("kaspi_callback_secrets", mode="before")
    @classmethod
    def _split_secrets(cls, value: object) -> object:
        if isinstance(value, str):
            value = tuple(part.strip() for part in value.split(",") if part.strip())
        if isinstance(value, tuple) and len(value) > 2:
            raise ValueError("one secret, or two during a rotation")
        return value

    @field_validator(
        "limit_portal_session",
        "limit_portal_address",
        "limit_sign_in",
        "limit_sign_in_address",
        "limit_hold",
        "limit_hold_address",
        "limit_review",
        "limit_api",
        "limit_webhook_failures",
        "limit_chat",
    )
    @classmethod
    def _readable_limit(cls, value: str) -> str:
        try:
            parse_many(value)
        except ValueError:
            raise ValueError("is written as 10/minute or 10/minute;60/hour") from None
        return value

    @field_validator("quiet_hours")
    @classmethod
    def _readable_hours(cls, value: str) -> str:
        if value != "off":
            QuietHours.parse(value)
        return value

    @field_validator("database_url", "replica_url")
    @classmethod
    def _psycopg_url(cls, value: str | None) -> str | None:
        """Any PostgreSQL address is accepted; SQLAlchemy is told to use psycopg 3."""
        if value is None:
            return None
        scheme, separator, rest = value.partition("://")
        if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
            raise ValueError("must start with postgresql://")
        return f"postgresql+psycopg://{rest}"

    @field_validator("redis_url", "redis_queue_url", "redis_cache_url")
    @classmethod
    def _redis_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        if self.app_env == "production":
            if not self.cookie_secure:
                raise ValueError("COOKIE_SECURE may be off only with APP_ENV=local")
            if not self.public_url.startswith("https://"):
                raise ValueError("PUBLIC_URL must be https:// unless APP_ENV=local")
        return self

    @model_validator(mode="after")
    def _complete_for_kaspi(self) -> Self:
        for name in _KASPI_NEEDS[self.kaspi_mode]:
            if not getattr(self, name):
                raise ValueError(f"{name.upper()} is missing (KASPI_MODE={self.kaspi_mode})")
        if self.kaspi_mode == "qrpay":
            if not self.kaspi_qr_base_url.endswith("/v01"):
                raise ValueError("KASPI_QR_BASE_URL must end in /v01")
            if self.app_env == "production" and not self.kaspi_qr_base_url.startswith("https://"):
                raise ValueError("KASPI_QR_BASE_URL must be https:// unless APP_ENV=local")
            if (self.kaspi_qr_api_key is None) == (self.kaspi_qr_certificate is None):
                raise ValueError("either KASPI_QR_API_KEY (scheme r1) or KASPI_QR_CERTIFICATE (r2, r3) must be set")
        return self

    @property
    def quiet_time(self) -> QuietHours | None:
        """The quiet hours; None when there are none."""
        return None if self.quiet_hours == "off" else QuietHours.parse(self.quiet_hours)

    @property
    def queue_redis_url(self) -> str:
        """Where RQ's queues live (noeviction, AOF)."""
        return self.redis_queue_url or self.redis_url

    @property
    def cache_redis_url(self) -> str:
        """Where sessions' cache, limits and cached pages live; may lose everything."""
        return self.redis_cache_url or self.redis_url


_KASPI_NEEDS = {
    "gateway": ("kaspi_base_url", "kaspi_api_key", "kaspi_merchant_id", "kaspi_callback_secrets"),
    "qrpay": ("kaspi_qr_base_url", "kaspi_qr_bin", "kaspi_qr_device_id"),
}
"""Without the device's token everything starts, so that a command can register the device."""


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        SettingsError: with one sentence that names the variable and what is wrong; never its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"][:1]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        text = f"Setting {name} is wrong: {reason}." if name else f"The settings are wrong: {reason}."
        if first["type"] == "missing":
            text = f"Setting {name} is missing."
        raise SettingsError(text) from None


def _key(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the key is not valid base64") from None
    if len(raw) != 32:
        raise ValueError("the key must be exactly 32 bytes before base64")
    return raw
